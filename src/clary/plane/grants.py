"""How a job proves that it is itself when it asks for its role's credentials.

The token is a MAC over the record's identity and birth, so nothing has to be stored. It is worth something only while
that very record is in a state that is not final: whoever held the token of a deleted job holds none of the next job of
that name, which may have another role.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from clary.plane.settings import Settings
from clary.store.api import Record


@dataclass(frozen=True, slots=True)
class Grant:
    """The container-credentials address of a record's program, and the token that it must send."""

    uri: str
    token: str


def grant_of(settings: Settings, record: Record) -> Grant:
    """The grant of a record whose document names its role as `RoleArn`, `ExecutionRoleArn` or `_RoleArn`."""
    path = f"{record.kind}/{record.scope}/{record.id}"
    return Grant(f"{settings.endpoint}/_clary/credentials/{path}", token_for(settings, record))


def token_for(settings: Settings, record: Record) -> str:
    """The only token that opens this record's path."""
    born = f"grant/{record.kind}/{record.scope}/{record.id}/{record.created!r}"
    return hmac.new(settings.token_key, born.encode(), hashlib.sha256).hexdigest()


def role_of(record: Record) -> str | None:
    """The role that a record's programs act as."""
    doc = record.doc
    return doc.get("RoleArn") or doc.get("ExecutionRoleArn") or doc.get("_RoleArn")
