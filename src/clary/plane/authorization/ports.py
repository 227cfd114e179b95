"""May this caller do this? Asks a Directory for policies and the policy evaluator for the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from clary.access.directory import Credential
from clary.plane.action import Action
from clary.plane.context import Context


class Authorizer(Protocol):
    """Says no by raising AccessDenied in AWS's words."""

    def authorize(self, ctx: Context, action: Action, params: Mapping[str, Any]) -> None:
        """Before a plain handler, in its transaction (`ctx.tx`)."""
        ...

    async def authorize_hot(self, ctx: Context, action: Action, params: Mapping[str, Any]) -> None:
        """Before a hot handler: from what is remembered, else from a reading transaction of its own."""
        ...

    def require(
        self,
        ctx: Context,
        action: str,
        resources: Sequence[str],
        keys: Mapping[str, str],
        params: Mapping[str, Any],
    ) -> None:
        """One more thing that the caller must be allowed to do (`iam:PassRole`). `params` are members of a request that
        conditions may be about."""
        ...

    async def require_hot(
        self, ctx: Context, action: str, resources: Sequence[str], params: Mapping[str, Any]
    ) -> None:
        """Do the same for a handler without a transaction."""
        ...

    def allows_still(self, ctx: Context, action: Action, params: Mapping[str, Any]) -> bool:
        """Whether it is remembered that a hot handler may answer this call; where not, ask `authorize_hot`."""
        ...

    async def credential(self, access_key_id: str) -> Credential | None:
        """Return the access key of this id, None where there is none."""
        ...

    def known_credential(self, access_key_id: str) -> Credential | None:
        """Return what is remembered of it, None where it has to be looked up."""
        ...

    def forget(self) -> None:
        """Remember nothing: policies or keys change at this moment."""
        ...


class AllowAll:
    """Lets everybody do everything: for tests of single services."""

    def authorize(self, ctx: Context, action: Action, params: Mapping[str, Any]) -> None:
        return None

    async def authorize_hot(self, ctx: Context, action: Action, params: Mapping[str, Any]) -> None:
        return None

    def require(
        self,
        ctx: Context,
        action: str,
        resources: Sequence[str],
        keys: Mapping[str, str],
        params: Mapping[str, Any],
    ) -> None:
        return None

    async def require_hot(
        self, ctx: Context, action: str, resources: Sequence[str], params: Mapping[str, Any]
    ) -> None:
        return None

    def allows_still(self, ctx: Context, action: Action, params: Mapping[str, Any]) -> bool:
        return True

    async def credential(self, access_key_id: str) -> Credential | None:
        return None

    def known_credential(self, access_key_id: str) -> Credential | None:
        return None

    def forget(self) -> None:
        return None
