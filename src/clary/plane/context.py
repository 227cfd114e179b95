"""One call as its handler sees it: who, where, when, and the transaction to work in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from clary.kernel import Caller
from clary.plane.port import Plane
from clary.store.api import Tx
from clary.wire import Operation, Request, Signature

T = TypeVar("T")


@dataclass(slots=True)
class Context:
    """Handed to every handler.

    `account` is whose resources are meant (the caller's own, unless a resource policy lets another in).
    `tx` is the transaction of a plain handler; an `async def` handler has none and uses `transact`.
    `request` is the HTTP request and `signature` how it was signed; both None when the call came from inside.
    """

    platform: Plane
    caller: Caller
    account: str
    region: str
    now: float
    op: Operation
    request_id: str
    tx: Tx = None  # type: ignore[assignment]
    request: Request | None = None
    signature: Signature | None = None
    woken: bool = False

    @property
    def scope(self) -> str:
        """The key of everything regional: account and region."""
        return f"{self.account}/{self.region}"

    @property
    def partition(self) -> str:
        """The platform's, wherever the call was signed for: an ARN must not depend on what a caller says of itself."""
        return self.platform.settings.partition

    def arn(self, resource: str, service: str | None = None) -> str:
        """The ARN of a resource of this service in this account and region."""
        prefix = service or self.platform.services[self.op.service.name].action_prefix
        return f"arn:{self.partition}:{prefix}:{self.region}:{self.account}:{resource}"

    def wake(self) -> None:
        """Once this call is committed, controllers look at what is due at once."""
        self.woken = True

    def call(self, service: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Another service's operation, in this transaction and as this caller: checked and authorised alike."""
        return self.platform.perform(
            service, operation, dict(params), self.caller, self.region, tx=self.tx, account=self.account
        )

    async def transact(self, work: Callable[[Tx], T], *, write: bool = False) -> T:
        """Do `work` in a transaction of its own (hot lane)."""
        return await self.platform.store.run(work, write=write)

    def authorize(self, action: str, resource: str, keys: Mapping[str, str] | None = None) -> None:
        """Raises AccessDenied unless the caller may do one more thing: `iam:PassRole` on a role, say."""
        self.platform.authorizer.require(self, action, (resource,), keys or {}, {})
