"""The policies that AWS manages: data files of this package, the same for every account. Knows no table.

The files are written for the partition `aws`; in other partitions, ARNs in them are changed to the
platform's.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from clary.services.iam.entities import Entity

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True, slots=True)
class AwsPolicy:
    """An AWS managed policy: its row as ListPolicies shows it, and its text."""

    entity: Entity
    document: str


@cache
def policies(partition: str) -> dict[str, AwsPolicy]:
    """Return all AWS managed policies by ARN."""
    folder = Path(__file__).parent / "managed"
    found = [
        _read(file.name.removesuffix(".json"), file.read_text(), partition)
        for file in folder.iterdir()
        if file.name.endswith(".json")
    ]
    return {policy.entity.arn: policy for policy in sorted(found, key=lambda policy: policy.entity.name)}


def entity(partition: str, arn: str) -> Entity | None:
    found = policies(partition).get(arn)
    return found.entity if found else None


def document(partition: str, arn: str) -> str | None:
    found = policies(partition).get(arn)
    return found.document if found else None


def _read(name: str, text: str, partition: str) -> AwsPolicy:
    data = json.loads(text.replace('"arn:aws:', f'"arn:{partition}:'))
    path = data.get("Path", "/")
    created = datetime.fromisoformat(data["CreateDate"]).replace(tzinfo=UTC).timestamp()
    entity = Entity(
        account="aws",
        kind="policy",
        name=name,
        path=path,
        id=_id(name),
        arn=f"arn:{partition}:iam::aws:policy{path}{name}",
        created=created,
        doc={"description": data["Description"], "last": 1, "default": 1, "updated": created},
    )
    return AwsPolicy(entity, json.dumps(data["PolicyDocument"], indent=4))


def _id(name: str) -> str:
    """Return an id in AWS's format that is the same on every platform."""
    digest = hashlib.sha256(name.encode()).digest()
    return "ANPA" + "".join(_ALPHABET[byte & 31] for byte in digest[:17])
