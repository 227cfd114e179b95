"""The platform as a call and a controller see it: what they may use of it, not what it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from clary.access.directory import Credential
from clary.kernel import BusinessTime, Caller, Clock, Ids
from clary.objects.api import ObjectStore
from clary.plane.settings import Settings
from clary.plane.signals import Signals
from clary.plane.unit import Unit
from clary.records.api import RecordStore
from clary.runs.api import Executor
from clary.store.api import Store

Params = dict[str, Any]


class Requires(Protocol):
    """Who says whether a caller may do one more thing; `ctx` is the call's Context."""

    def require(
        self,
        ctx: Any,
        action: str,
        resources: Sequence[str],
        keys: Mapping[str, str],
        params: Mapping[str, Any],
    ) -> None: ...

    async def credential(self, access_key_id: str) -> Credential | None: ...

    async def require_hot(
        self, ctx: Any, action: str, resources: Sequence[str], params: Mapping[str, Any]
    ) -> None: ...


class Plane(Protocol):
    """See platform.Platform, which is it. Attributes are read only."""

    @property
    def settings(self) -> Settings: ...
    @property
    def services(self) -> Mapping[str, Any]: ...
    @property
    def store(self) -> Store: ...
    @property
    def records(self) -> RecordStore: ...
    @property
    def objects(self) -> ObjectStore: ...
    @property
    def runs(self) -> Executor: ...
    @property
    def authorizer(self) -> Requires: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def business(self) -> BusinessTime: ...
    @property
    def ids(self) -> Ids: ...
    @property
    def extras(self) -> dict[str, Any]: ...
    @property
    def signals(self) -> Signals: ...

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
    ) -> Params: ...

    async def aperform(
        self,
        service: str,
        operation: str,
        params: Params,
        caller: Caller,
        region: str,
        account: str | None = None,
    ) -> Params: ...

    def access_of(self, action: str) -> Any: ...

    def transaction(self, *, write: bool) -> AbstractContextManager[Unit]: ...
