"""What the evaluator asks of a directory of identities: access keys, and the policies that judge a caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from clary.kernel import Caller
from clary.store.api import Tx


@dataclass(frozen=True, slots=True)
class Credential:
    """An access key as the directory knows it. `token` is the session token that must come with it, `expires` when
    it ends (epoch seconds), `active` False when it was switched off."""

    access_key_id: str
    secret: str
    caller: Caller
    token: str = ""
    expires: float | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Policies:
    """The policy documents (JSON text) that judge a caller: its own, its boundary, those of its session."""

    identity: tuple[str, ...] = ()
    boundary: str | None = None
    session: tuple[str, ...] = ()


class Directory(Protocol):
    """Who knows the access keys and the policies: the IAM service."""

    def credential(self, tx: Tx, access_key_id: str) -> Credential | None: ...
    def policies(self, tx: Tx, caller: Caller) -> Policies: ...
