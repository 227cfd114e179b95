"""May this caller do this? Asks a Directory for policies and the policy evaluator for the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from clary.kernel import Caller
from clary.plane.action import Action
from clary.plane.context import Context
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


class Authorizer(Protocol):
    """Says no by raising AccessDenied in AWS's words."""

    def authorize(self, ctx: Context, action: Action, params: Mapping[str, Any]) -> None:
        """Before a plain handler, in its transaction (`ctx.tx`)."""
        ...

    async def authorize_hot(self, ctx: Context, action: Action, params: Mapping[str, Any]) -> None:
        """Before a hot handler: from what is remembered, else from a reading transaction of its own."""
        ...

    def require(self, ctx: Context, action: str, resources: Sequence[str], keys: Mapping[str, str]) -> None:
        """One more thing that the caller must be allowed to do (`iam:PassRole`)."""
        ...


class AllowAll:
    """Lets everybody do everything: for tests of single services."""

    def authorize(self, ctx: Context, action: Action, params: Mapping[str, Any]) -> None:
        return None

    async def authorize_hot(self, ctx: Context, action: Action, params: Mapping[str, Any]) -> None:
        return None

    def require(self, ctx: Context, action: str, resources: Sequence[str], keys: Mapping[str, str]) -> None:
        return None
