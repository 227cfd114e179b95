"""The state machine: a record with its present revision. Its definition is a text of its own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from clary.plane import Context, Noun, Record, States
from clary.services.stepfunctions.errors import ERRORS, no_machine
from clary.services.stepfunctions.names import Named, machine_arn, read
from clary.services.stepfunctions.service import stepfunctions
from clary.store.api import Tx

MACHINE = stepfunctions.declare(
    Noun("StateMachine", arn="stateMachine:{name}", states=States("status", start="ACTIVE"), errors=ERRORS)
)
CONTENT = ("roleArn", "digest", "loggingConfiguration")


@dataclass(frozen=True, slots=True)
class Revision:
    """What an execution begins with: of a state machine, or of one of its versions."""

    record: Record
    content: dict[str, Any]
    revision: str
    version: int | None = None

    @property
    def arn(self) -> str:
        return self.record.arn if self.version is None else f"{self.record.arn}:{self.version}"

    @property
    def is_express(self) -> bool:
        return self.record.spec["type"] == "EXPRESS"


def find(ctx: Context, named: Named) -> Record:
    """Return a state machine of the caller's account. Raise StateMachineDoesNotExist."""
    record = ctx.tx.get(MACHINE.kind, ctx.scope, named.name) if named.scope == ctx.scope else None
    if record is None or record.arn != machine_arn(ctx, named.name):
        raise no_machine(named.arn)
    return record


def load(ctx: Context, arn: str) -> Record:
    """Return the state machine of an ARN without a version or an alias."""
    named = read(arn, "stateMachine")
    if named.rest:
        raise no_machine(arn)
    return find(ctx, named)


def keep_definition(tx: Tx, scope: str, text: str) -> str:
    """Store a definition; return its digest."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    tx.sql(
        "insert into stepfunctions_definition (scope, digest, body) values (?, ?, ?) on conflict (scope, digest) do nothing",
        scope,
        digest,
        text,
    )
    return digest


def definition_text(tx: Tx, scope: str, digest: str) -> str:
    """Return the text of a definition."""
    ((text,),) = tx.sql(
        "select body from stepfunctions_definition where scope = ? and digest = ?", scope, digest
    )
    return text


def present(record: Record) -> Revision:
    """Return what a state machine is now."""
    content = {name: record.spec[name] for name in CONTENT if name in record.spec}
    return Revision(record, content, record.private.get("revision", ""))


def described(ctx: Context, revision: Revision, with_data: bool = True) -> dict[str, Any]:
    """Return what Describe shows of a revision."""
    content = revision.content
    shown = {
        "stateMachineArn": revision.arn,
        "name": revision.record.id,
        "status": revision.record.status,
        "roleArn": content["roleArn"],
        "type": revision.record.spec["type"],
        "creationDate": revision.record.created,
        "loggingConfiguration": content["loggingConfiguration"],
        "tracingConfiguration": {"enabled": False},
        "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
    }
    # A definition is always shown: METADATA_ONLY leaves out what a key of the customer encrypts.
    shown["definition"] = definition_text(ctx.tx, revision.record.scope, content["digest"])
    return shown | ({"revisionId": revision.revision} if revision.revision else {})
