"""The record of a repository whose lifecycle policy is in force: its controller carries the policy out (carry_out.py)."""

from __future__ import annotations

from clary.plane import Key, Noun, Record
from clary.services.ecr.service import ecr
from clary.store.api import Tx

SCAN = ecr.declare(Noun("LifecycleScan", arn="lifecycle-scan/{repositoryName}", key=Key("repositoryName")))


def begin(tx: Tx, repository: Record, now: float) -> None:
    """Let the policy of a repository be carried out from now on."""
    known = tx.get(SCAN.kind, repository.scope, repository.id)
    if known is None:
        tx.insert(Record(SCAN.kind, repository.scope, repository.id, created=now, modified=now, due=now))
    else:
        tx.update(known.evolve(due=now, until=None))


def end(tx: Tx, repository: Record) -> None:
    known = tx.get(SCAN.kind, repository.scope, repository.id)
    if known is not None:
        tx.delete(known)
