"""The platform as services see it: every service, one store, one executor, and how a call is performed."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from clary.kernel import Caller, Clock, Ids, RandomIds, SystemClock
from clary.kernel.errors import not_implemented, throttled
from clary.objects.api import ObjectStore
from clary.plane.action import Action, Params
from clary.plane.authorization.facts import Access
from clary.plane.authorization.ports import Authorizer
from clary.plane.context import Context
from clary.plane.lanes import Crowded, HeavyLane
from clary.plane.service import Service
from clary.plane.settings import Settings
from clary.runs.api import Executor
from clary.store.api import Store, Tx

T = TypeVar("T")
_NO_ACCESS = Access()


@dataclass(slots=True)
class Platform:
    """Everything that is there. Assembled by the server; one a process."""

    settings: Settings
    services: Mapping[str, Service]
    store: Store
    objects: ObjectStore
    runs: Executor
    authorizer: Authorizer
    clock: Clock = field(default_factory=SystemClock)
    ids: Ids = field(default_factory=RandomIds)
    extras: dict[str, Any] = field(default_factory=dict)
    _heavy: HeavyLane = field(default_factory=HeavyLane)
    _bell: socket.socket | None = None
    _by_prefix: dict[str, Service] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_prefix = {one.action_prefix: one for one in reversed(list(self.services.values()))}

    def access_of(self, action: str) -> Access:
        """Return what the service of an action (`s3:GetObject`) says of itself; a service that is not here says nothing."""
        service = self._by_prefix.get(action.partition(":")[0])
        return service.access if service else _NO_ACCESS

    def action(self, service: str, operation: str) -> Action:
        """What answers an operation. Raises NotImplemented, naming it."""
        found = self.services.get(service)
        if found is None or operation not in found.actions:
            raise not_implemented(service, operation)
        return found.actions[operation]

    def context(
        self, service: str, operation: str, caller: Caller, region: str, account: str | None = None
    ) -> Context:
        """A fresh context for one call."""
        return Context(
            platform=self,
            caller=caller,
            account=account or caller.account,
            region=region,
            now=self.clock.now(),
            op=self.services[service].model.operations[operation],
            request_id=self.ids.uuid(),
        )

    def perform(
        self,
        service: str,
        operation: str,
        params: Params,
        caller: Caller,
        region: str,
        *,
        tx: Tx | None = None,
        account: str | None = None,
    ) -> Params:
        """Make a call from inside: checked and authorised as one from outside, in `tx` or in one of its own."""
        action = self.action(service, operation)
        handler = action.inside if action.hot else action.handler
        if handler is None:
            raise RuntimeError(f"{service}:{operation} is asynchronous: use aperform")
        ctx = self.context(service, operation, caller, region, account)
        ctx.op.check(params)
        with nullcontext(tx) if tx else self._transaction(operation) as ctx.tx:
            self.authorizer.authorize(ctx, action, params)
            result = handler(ctx, params)
        if ctx.woken:
            self.ring()
        return result  # type: ignore[return-value]

    def _transaction(self, operation: str) -> AbstractContextManager[Tx]:
        return self.store.write() if writes(operation) else self.store.read()

    async def aperform(
        self,
        service: str,
        operation: str,
        params: Params,
        caller: Caller,
        region: str,
        account: str | None = None,
    ) -> Params:
        """The same on the event loop, for hot and plain handlers alike."""
        action = self.action(service, operation)
        ctx = self.context(service, operation, caller, region, account)
        ctx.op.check(params)
        return await self.run(ctx, action, params)

    async def run(self, ctx: Context, action: Action, params: Params) -> Params:
        """Authorise and answer one checked call."""
        if action.hot:
            await self.authorizer.authorize_hot(ctx, action, params)
            return await action.handler(ctx, params)  # type: ignore[misc]
        if action.heavy and action.is_heavy(params):
            return await self.read_heavily(ctx, action, params, lambda result: result)
        result = await self.store.run(
            lambda tx: self._answer(tx, ctx, action, params), write=writes(ctx.op.name)
        )
        if ctx.woken:
            self.ring()
        return result

    async def read_heavily(
        self, ctx: Context, action: Action, params: Params, render: Callable[[Params], T]
    ) -> T:
        """Answer one checked call in the lane of heavy reads. What is made of the result is made there as well: a page
        of 100,800 data points takes as long to write out as to read."""
        try:
            return await self._heavy.run(ctx.caller.account, lambda: render(self._read(ctx, action, params)))
        except Crowded:
            raise throttled(query=ctx.op.service.speaks_query) from None

    def _read(self, ctx: Context, action: Action, params: Params) -> Params:
        with self.store.read() as tx:
            return self._answer(tx, ctx, action, params)

    def _answer(self, tx: Tx, ctx: Context, action: Action, params: Params) -> Params:
        ctx.tx = tx
        self.authorizer.authorize(ctx, action, params)
        return action.handler(ctx, params)  # type: ignore[return-value]

    def ring(self) -> None:
        """Wake our processes: a hint only, they look by themselves as well."""
        if self._bell is None:
            self._bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._bell.setblocking(False)
        for path in self.settings.bells:
            with suppress(OSError):  # nobody listens, or plenty of hints wait already
                self._bell.sendto(b"!", path)


_READS = ("Describe", "List", "Get", "Head", "Search", "Simulate", "Filter", "BatchGet", "Query", "Lookup")


def writes(operation: str) -> bool:
    """Whether a plain handler of this name needs a writing transaction."""
    return not operation.startswith(_READS)
