"""The platform as services see it: every service, one store, one executor, and how a call is made."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from clary.kernel import BusinessTime, Caller, Clock, Ids, RandomIds, SystemClock
from clary.kernel.errors import not_implemented
from clary.objects.api import ObjectStore
from clary.plane.action import Action, Params
from clary.plane.answered import Hear
from clary.plane.around import Around
from clary.plane.authorization.facts import Access
from clary.plane.authorization.ports import Authorizer
from clary.plane.context import Context
from clary.plane.pipeline import Pipeline, trimmed
from clary.plane.registry import Registry
from clary.plane.service import Service
from clary.plane.settings import Settings
from clary.plane.signals import CHANGES, Signals
from clary.plane.unit import Unit
from clary.records.api import RecordStore
from clary.runs.api import Executor
from clary.store.api import Store

T = TypeVar("T")
_NO_ACCESS = Access()


@dataclass(slots=True)
class Platform:
    """All parts of a platform, assembled by the server; one per process.

    `services` are loaded at first use (registry.py). `around` are the hooks that see every call, outermost
    first. `answered` are told of each request from outside when it is answered: empty unless a service logs requests.
    `open_records` opens the queues and logs, which happens at their first use.
    """

    settings: Settings
    services: Mapping[str, Service]
    store: Store
    objects: ObjectStore
    runs: Executor
    authorizer: Authorizer
    clock: Clock = field(default_factory=SystemClock)
    ids: Ids = field(default_factory=RandomIds)
    extras: dict[str, Any] = field(default_factory=dict)
    around: tuple[Around, ...] = ()
    answered: list[Hear] = field(default_factory=list)
    open_records: Callable[[], RecordStore] | None = None
    signals: Signals = field(init=False)
    _pipeline: Pipeline = field(init=False)
    registry: Registry = field(init=False)
    _records: RecordStore | None = field(init=False, default=None)
    _opening: Lock = field(init=False, default_factory=Lock)

    def __post_init__(self) -> None:
        self.registry = Registry.of(self.services)
        self.signals = Signals(self.settings.bells)
        self._pipeline = Pipeline(self)
        self.store.listen(lambda: self.signals.notify(CHANGES))

    @property
    def records(self) -> RecordStore:
        """The queues and logs of records: a store of their own."""
        if self._records is None:
            with self._opening:
                if self._records is None:
                    if self.open_records is None:
                        raise RuntimeError("this platform has no records")
                    self._records = self.open_records()
        return self._records

    @property
    def business(self) -> BusinessTime:
        """The current business time, on which schedules, retention and waits run."""
        return BusinessTime(self.clock.now(), self.clock.timeline)

    def access_of(self, action: str) -> Access:
        """Return the access facts of an action's service (`s3:GetObject`); empty for an unknown service."""
        prefix = action.partition(":")[0]
        name = self.registry.name_of(prefix)
        return self.registry[name].access if name else _NO_ACCESS

    def action(self, service: str, operation: str) -> Action:
        """Return what answers an operation. Raise NotImplemented, naming it, if nothing does."""
        found = self.registry.loaded.get(service) or self.services.get(service)
        if found is None or operation not in found.actions:
            raise not_implemented(service, operation)
        return found.actions[operation]

    def context(
        self, service: str, operation: str, caller: Caller, region: str, account: str | None = None
    ) -> Context:
        """Return a context for one call from inside."""
        return Context(
            platform=self,
            caller=caller,
            account=account or caller.account,
            region=region,
            now=self.clock.now(),
            op=self.services[service].model.operations[operation],
            request_id=self.ids.uuid(),
        )

    def answer(
        self, ctx: Context, action: Action, params: Params, finish: Callable[[Params], T]
    ) -> Awaitable[T]:
        """Answer a call from outside whose parameters are checked; `finish` renders the result."""
        return self._pipeline.answer(ctx, action, params, finish)

    def perform(
        self,
        service: str,
        operation: str,
        params: Params,
        caller: Caller,
        region: str,
        *,
        unit: Unit | None = None,
        account: str | None = None,
        parent: str = "",
    ) -> Params:
        """Make a call from inside, in this thread, checked and authorised like one from outside.

        It runs in the transaction `unit`, or in one of its own. `parent` is the ARN of the record for which the call is
        made. Raise InTransaction for a call that would have to wait inside of a transaction.
        """
        ctx, action = self._inside(service, operation, params, caller, region, account)
        ctx.parent = parent
        return self._pipeline.perform(ctx, action, params, unit)

    async def aperform(
        self,
        service: str,
        operation: str,
        params: Params,
        caller: Caller,
        region: str,
        account: str | None = None,
    ) -> Params:
        """Make a call from inside on the event loop, in a transaction of its own. A body may be a stream."""
        if service in self.registry:
            await self.registry.ready(service)
        ctx, action = self._inside(service, operation, params, caller, region, account)
        return await self._pipeline.answer(ctx, action, params, lambda result: trimmed(ctx.op, result))

    def _inside(
        self, service: str, operation: str, params: Params, caller: Caller, region: str, account: str | None
    ) -> tuple[Context, Action]:
        action = self.action(service, operation)
        ctx = self.context(service, operation, caller, region, account)
        ctx.inside = True
        ctx.op.check(params)
        return ctx, action

    def transaction(self, *, write: bool) -> AbstractContextManager[Unit]:
        """Open a transaction in this thread, in which calls can be made; effects follow its commit."""
        return self._pipeline.transaction(write=write)

    def use_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Use this loop for operations that stream when threads call them; otherwise one is created for them."""
        self._pipeline.use_loop(loop)

    def close(self) -> None:
        """End background work and close the stores."""
        self._pipeline.close()
        self.store.close()
        if self._records is not None:
            self._records.close()
