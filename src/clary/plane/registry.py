"""The services of a platform, each loaded when it is first asked for. Knows no single service.

What must be known of all of them before (which kinds have controllers, what the change feed observes …) is in their
outlines. A service is loaded in the thread that asks; `ready` asks for the event loop, in a thread of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from threading import Lock, Thread
from typing import overload

from clary.plane.changes import Consumer, Reaction
from clary.plane.loading import may_load
from clary.plane.outline import Follows, Outline, outline_of
from clary.plane.service import Service
from clary.store.api import Change
from clary.store.document_formats import Upgrade

Load = Callable[[Outline], Service]
Loaded = Callable[[Service], None]


class Registry(Mapping[str, Service]):
    """All services by name. `loaded` has the loaded ones; any other access loads a service."""

    def __init__(self, outlines: Iterable[Outline], load: Load) -> None:
        self.loaded: dict[str, Service] = {}
        self._known = {one.name: one for one in outlines}
        self._load = load
        self._locks = {name: Lock() for name in self._known}
        self._under_way: dict[str, Future[None]] = {}
        self._whole: set[str] = set()  # loaded with the services whose access facts they ask for
        self._listeners: list[_Listener] = []
        self._by_prefix = _by_prefix((one.prefix, one.name) for one in self._known.values())

    @classmethod
    def of(cls, services: Mapping[str, Service]) -> Registry:
        """Return a registry of loaded services; they may change until they are used."""
        if isinstance(services, Registry):
            return services
        made = cls((), _unknown)
        made.loaded = dict(services)
        made._by_prefix = _by_prefix((one.action_prefix, one.name) for one in services.values())
        return made

    # what needs no service -------------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[str]:
        return iter(self._known or self.loaded)

    def __len__(self) -> int:
        return len(self._known or self.loaded)

    def __contains__(self, name: object) -> bool:
        return name in self.loaded or name in self._known

    @property
    def outlines(self) -> list[Outline]:
        """Return the outline of each service."""
        return [self._known.get(name) or outline_of(self.loaded[name]) for name in self]

    def name_of(self, prefix: str) -> str | None:
        """Return the service of an action: `s3` for `s3:GetObject`."""
        return self._by_prefix.get(prefix)

    def controlling(self, kind: str) -> Outline | None:
        """Return the service whose controller handles records of a kind."""
        return next((one for one in self.outlines if kind in one.kinds), None)

    @property
    def kinds(self) -> list[str]:
        """Return the kinds that have a controller."""
        return [kind for one in self.outlines for kind in one.kinds]

    def upgrades(self) -> dict[str, Sequence[Upgrade]]:
        """Return the upgrades of documents by kind. Their number is known; an old document loads the service."""
        return {
            kind: Upgrades(self, one.name, kind, count)
            for one in self.outlines
            for kind, count in one.upgrades.items()
        }

    def consumers(self) -> list[Consumer]:
        """Return the consumers of the change feed. The first change that one follows loads its service."""
        return [
            self._late(one, name, follows) for one in self.outlines for name, follows in one.consumers.items()
        ]

    def _late(self, of: Outline, name: str, follows: Follows) -> Consumer:
        def found() -> Consumer:
            return next(one for one in self[of.name].consumers if one.name == name)

        def react(at: Reaction, change: Change) -> None:
            found().react(at, change)

        def concerns(change: Change) -> bool:
            return found().concerns(change)

        return Consumer(name, follows.kinds, react, of.principal, follows.wants_all, concerns)

    # what loads ------------------------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> Service:
        found = self.loaded.get(name)
        return self._loaded_now(name) if found is None else found

    def listen(self, called: Loaded) -> None:
        """Call a function once with every service when it is loaded, in the thread that loads it; at once for
        loaded ones. If it raises, the load fails, and the next load calls it again."""
        listener = _Listener(called)
        self._listeners.append(listener)
        for service in list(self.loaded.values()):
            listener.tell(service)

    async def ready(self, name: str) -> Service:
        """Return a service without blocking the event loop. Others that ask meanwhile wait for the same load.

        Services whose access facts its calls need are loaded with it. Raise KeyError for an unknown service.
        """
        if name not in self._whole:
            await asyncio.wrap_future(self._begun(name))
        return self[name]

    def _begun(self, name: str) -> Future[None]:
        """Start loading. Call this on the event loop only."""
        future = self._under_way.get(name)
        if future is None:
            future = self._under_way[name] = Future()
            Thread(target=self._work, args=(name, future), name=f"load-{name}", daemon=True).start()
        return future

    def _work(self, name: str, future: Future[None]) -> None:
        try:
            for prefix in self[name].asks_of:
                if (other := self.name_of(prefix)) is not None:
                    self[other]
            self._whole.add(name)
        except BaseException as error:
            del self._under_way[name]  # so that it is tried again
            if not future.cancelled():  # a gateway that ends waits for nothing
                future.set_exception(error)
        else:
            del self._under_way[name]
            if not future.cancelled():
                future.set_result(None)

    def _loaded_now(self, name: str) -> Service:
        lock = self._locks[name]
        may_load(name)
        with lock:
            found = self.loaded.get(name)
            if found is None:
                found = self._load(self._known[name])
                self.loaded[name] = found  # first, so that a new listener sees it or is seen below
                self._tell(found)
        return found

    def _tell(self, service: Service) -> None:
        try:
            for listener in self._listeners:
                listener.tell(service)
        except BaseException:
            del self.loaded[service.name]  # so that those that were not told are told by the next load
            raise


class _Listener:
    """Calls a function once for each service, even if two threads tell of it at the same time."""

    def __init__(self, called: Loaded) -> None:
        self._called = called
        self._told: set[str] = set()
        self._lock = Lock()

    def tell(self, service: Service) -> None:
        """Call the function unless it was called with this service before. What raises was no call."""
        with self._lock:
            if service.name in self._told:
                return
            self._told.add(service.name)
        try:
            self._called(service)
        except BaseException:
            self._told.discard(service.name)
            raise


class Upgrades(Sequence[Upgrade]):
    """The upgrades of a kind's documents. Only their number is known until one is needed."""

    def __init__(self, services: Registry, service: str, kind: str, count: int) -> None:
        self._services = services
        self._service = service
        self._kind = kind
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Upgrade: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Upgrade]: ...
    def __getitem__(self, index: int | slice) -> Upgrade | Sequence[Upgrade]:
        if isinstance(index, slice) and not range(*index.indices(self._count)):
            return ()
        return self._services[self._service].upgrades[self._kind][index]


def _by_prefix(services: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the name of the service that has the access facts, by prefix of actions, for pairs of prefix and name:
    of several services with one prefix the one with this name, else the first."""
    found: dict[str, str] = {}
    for prefix, name in services:
        if prefix not in found or name == prefix:
            found[prefix] = name
    return found


def _unknown(outline: Outline) -> Service:
    raise KeyError(outline.name)
