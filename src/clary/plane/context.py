"""One call as its handler sees it: who, where, when, and the transaction to work in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from clary.kernel import BusinessTime, Caller
from clary.plane.port import Plane
from clary.plane.signals import DUE
from clary.plane.unit import Effect, InTransaction, Unit
from clary.store.api import Tx
from clary.wire import Operation, Request, Signature

T = TypeVar("T")


@dataclass(slots=True)
class Context:
    """Handed to every handler.

    `now` is the machine's time, by which all that happened is dated; `business` is what users move forward, by which all
    that is to come is waited for.
    `account` is whose resources are meant (the caller's own, unless a resource policy lets another in).
    `tx` is the transaction of a handler in the lanes `read`, `heavy_read` and `write`, and `unit` what belongs to it; the
    others have none, and use `transact` (`async def`) or `transaction` (`def`).
    `request` is the HTTP request and `signature` how it was signed; both None when the call came from inside, which
    `inside` says.
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
    unit: Unit | None = None
    inside: bool = False

    @property
    def business(self) -> BusinessTime:
        """Business time at this moment: what schedules, retention and waits go by."""
        return BusinessTime(self.now, self.platform.clock.timeline)

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

    # transactions ------------------------------------------------------------------------------------------------

    async def transact(self, work: Callable[[Tx], T], *, write: bool = False) -> T:
        """Do `work` in a transaction of its own (`async def`)."""
        return await self.platform.store.run(work, write=write)

    @contextmanager
    def transaction(self, *, write: bool = False) -> Iterator[Context]:
        """A transaction of its own for a handler that runs in a thread without any: the same call, with `tx`. What its
        `after_commit` names follows the end of the block. Raise InTransaction where there is one already."""
        if self._unit is not None:
            raise InTransaction("This handler has a transaction: `ctx.tx`.")
        with self.platform.transaction(write=write) as unit:
            yield replace(self, tx=unit.tx, unit=unit)

    def after_commit(self, effect: Effect) -> None:
        """Do something outside of the store once this transaction is committed, and not at all where it is not: see Unit.
        Raise InTransaction where there is none: what is to be done can be done at once."""
        if self._unit is None:
            raise InTransaction("This handler has no transaction that is to be waited for.")
        self._unit.after_commit(effect)

    def notify(self, *topics: str) -> None:
        """Wake who waits for these topics, once this transaction is committed; at once where there is none."""
        if self._unit is None:
            self.platform.signals.notify(*topics)
        else:
            self._unit.notify(*topics)

    def wake(self) -> None:
        """Once this call is committed, controllers look at what is due at once."""
        self.notify(DUE)

    @property
    def _unit(self) -> Unit | None:
        return self.unit if self.unit is not None and not self.unit.over else None

    # other calls -------------------------------------------------------------------------------------------------

    def call(
        self, service: str, operation: str, params: Mapping[str, Any], *, caller: Caller | None = None
    ) -> dict[str, Any]:
        """Another operation, as this caller or as the one that is given, checked and authorised alike: in this
        transaction, if there is one, and otherwise in what its lane has. Raise InTransaction for one that would have to
        wait inside of a transaction."""
        account = self.account if caller is None else caller.account
        return self.platform.perform(
            service,
            operation,
            dict(params),
            caller or self.caller,
            self.region,
            unit=self._unit,
            account=account,
        )

    async def acall(
        self, service: str, operation: str, params: Mapping[str, Any], *, caller: Caller | None = None
    ) -> dict[str, Any]:
        """The same for a handler that runs on the event loop. A body may come part by part."""
        account = self.account if caller is None else caller.account
        return await self.platform.aperform(
            service, operation, dict(params), caller or self.caller, self.region, account
        )

    def authorize(self, action: str, resource: str, keys: Mapping[str, str] | None = None) -> None:
        """Raises AccessDenied unless the caller may do one more thing: `iam:PassRole` on a role, say."""
        self.platform.authorizer.require(self, action, (resource,), keys or {}, {})
