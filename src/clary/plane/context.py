"""A call as its handler sees it: caller, place, time, and the transaction to work in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from clary.kernel import BusinessTime, Caller
from clary.plane.port import Plane
from clary.plane.signals import DUE
from clary.plane.unit import Effect, InTransaction, MustWrite, Unit
from clary.store.api import Tx
from clary.wire import Operation, Request, Signature

T = TypeVar("T")


@dataclass(slots=True)
class Context:
    """The first argument of every handler.

    `now` is machine time, by which events are dated; `business` is the time that users can move forward, on
    which everything in the future waits. `account` owns the resources of the call: the caller's own account,
    unless a resource policy of another one applies.

    `tx` is the transaction of a handler in the lanes `read`, `heavy_read` and `write`, and `unit` is what
    belongs to it. Handlers in other lanes use `transact` (`async def`) or `transaction` (`def`). `request` is
    the HTTP request and `signature` how it was signed; both are None for a call from inside the platform
    (`inside`). `parent` is the ARN of the record whose controller makes the call, or ''.
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
    parent: str = ""

    @property
    def business(self) -> BusinessTime:
        """The current business time, on which schedules, retention and waits run."""
        return BusinessTime(self.now, self.platform.clock.timeline)

    @property
    def scope(self) -> str:
        """The key of regional resources: account and region."""
        return f"{self.account}/{self.region}"

    @property
    def partition(self) -> str:
        """The platform's partition. The caller's signature does not matter, so that nobody can influence an
        ARN."""
        return self.platform.settings.partition

    def arn(self, resource: str, service: str | None = None) -> str:
        """Return the ARN of a resource of this service in this account and region."""
        prefix = service or self.platform.services[self.op.service.name].action_prefix
        return f"arn:{self.partition}:{prefix}:{self.region}:{self.account}:{resource}"

    # transactions ------------------------------------------------------------------------------------------------

    async def transact(self, work: Callable[[Tx], T], *, write: bool = False) -> T:
        """Run `work` in a transaction of its own (`async def`)."""
        return await self.platform.store.run(work, write=write)

    @contextmanager
    def transaction(self, *, write: bool = False) -> Iterator[Context]:
        """Open a transaction for a handler without one: yield the same call, with `tx`.

        Effects of its `after_commit` run at the end of the block. Raise InTransaction inside of a
        transaction.
        """
        if self._unit is not None:
            raise InTransaction("This handler has a transaction: `ctx.tx`.")
        with self.platform.transaction(write=write) as unit:
            yield replace(self, tx=unit.tx, unit=unit)

    def after_commit(self, effect: Effect) -> None:
        """Do something outside of the store after this transaction is committed; nothing if it is rolled
        back. See Unit.

        Raise InTransaction without a transaction: then it can be done at once.
        """
        if self._unit is None:
            raise InTransaction("This handler has no transaction that is to be waited for.")
        self._unit.after_commit(effect)

    def notify(self, *topics: str) -> None:
        """Wake those who wait for these topics, after this transaction is committed; at once without one."""
        if self._unit is None:
            self.platform.signals.notify(*topics)
        else:
            self._unit.notify(*topics)

    def wake(self) -> None:
        """Make controllers handle what is due as soon as this call is committed."""
        self.notify(DUE)

    @property
    def _unit(self) -> Unit | None:
        return self.unit if self.unit is not None and not self.unit.over else None

    # other calls -------------------------------------------------------------------------------------------------

    def call(
        self,
        service: str,
        operation: str,
        params: Mapping[str, Any],
        *,
        caller: Caller | None = None,
        forwarded: bool = False,
    ) -> dict[str, Any]:
        """Call another operation, as this caller or a given one, with the same checks and authorisation.

        It runs in this transaction if there is one, otherwise in its own lane. A `forwarded` call is made by this service
        on the caller's behalf: policies see the caller and, in kms:ViaService and aws:CalledVia, the service. Raise
        InTransaction for one that would have to wait inside of a transaction.
        """
        who, account = self._calling(caller, forwarded)
        return self.platform.perform(
            service, operation, dict(params), who, self.region, unit=self._unit, account=account
        )

    async def acall(
        self,
        service: str,
        operation: str,
        params: Mapping[str, Any],
        *,
        caller: Caller | None = None,
        forwarded: bool = False,
    ) -> dict[str, Any]:
        """Call another operation from a handler on the event loop. A body may be a stream."""
        who, account = self._calling(caller, forwarded)
        return await self.platform.aperform(service, operation, dict(params), who, self.region, account)

    def _calling(self, caller: Caller | None, forwarded: bool) -> tuple[Caller, str]:
        """Return as whom a call from inside is made, and in which account. A forwarded one is made in the caller's own,
        and not in the one that owns what this call is about."""
        who = caller or self.caller
        if forwarded:
            service = self.platform.services[self.op.service.name]
            return who.through(service.principal), who.account
        return who, self.account if caller is None else caller.account

    def begin_to_write(self) -> None:
        """Begin this call again in a transaction that writes, unless its own does. Before a read can write, which few must:
        what is made on first use."""
        if self.unit is None or not self.unit.writes:
            raise MustWrite

    def authorize(self, action: str, resource: str, keys: Mapping[str, str] | None = None) -> None:
        """Raise AccessDenied unless the caller may do one more thing, such as `iam:PassRole` on a role."""
        self.platform.authorizer.require(self, action, (resource,), keys or {}, {})
