"""The routing table: endpoint -> variants -> workers. Follows the endpoints' changes, read on every invocation.

A look asks which versions of endpoints there are, in a thread, and reads those that are new. It follows each signal that
endpoints have changed, and happens now and then without (background.py), since a signal may be lost.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Set
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from clary.plane import Record
from clary.plane.port import Plane
from clary.services.sagemaker.hosting.traffic import ENDPOINT, served_capture, shares
from clary.store.api import Version
from clary.workloads.worker import Worker, connect

Key = tuple[str, str]  # scope and name


@dataclass(slots=True)
class Flight:
    """How many invocations of a variant are under way: one count for all versions of its route."""

    count: int = 0


@dataclass(slots=True)
class Container:
    """One container of a variant's model, by its name, and the workers that answer for it. `multi_model`: each invocation names
    a model."""

    name: str
    sockets: tuple[str, ...]
    multi_model: bool = False
    workers: dict[str, Worker] = field(default_factory=dict)

    def pick(self) -> Worker | None:
        """Return the least busy worker that is alive."""
        best = None
        for worker in self.workers.values():
            if worker.alive and (best is None or worker.load < best.load):
                best = worker
        return best

    async def connect(self) -> Worker | None:
        """Connect to every socket that has no live worker; one of them, if any."""
        for path in self.sockets:
            known = self.workers.get(path)
            if known is None or not known.alive:
                with suppress(OSError):
                    self.workers[path] = await connect(path)
        return self.pick()


@dataclass(slots=True)
class Variant:
    """One production variant: its share of the traffic, the containers of its model in their order, and the model's role.
    `direct`: each invocation names its container."""

    name: str
    weight: float
    containers: tuple[Container, ...]
    concurrency: int = 0
    role: str | None = None
    direct: bool = False
    flight: Flight = field(default_factory=Flight)

    @property
    def multi_model(self) -> bool:
        """Return whether a container serves many models."""
        return any(container.multi_model for container in self.containers)


@dataclass(slots=True)
class Route:
    """One endpoint as the runtime sees it."""

    version: int
    created: float
    arn: str
    scope: str
    name: str
    status: str
    capture: dict[str, Any] | None
    variants: dict[str, Variant]
    total: float = 0.0

    def choose(self, target: str | None) -> Variant | None:
        """Return the requested variant, or one by weight."""
        if target is not None:
            return self.variants.get(target)
        if len(self.variants) == 1:
            return next(iter(self.variants.values()))
        point = random.random() * self.total
        chosen = None
        for variant in self.variants.values():
            if variant.weight > 0:
                chosen = variant
                point -= variant.weight
                if point < 0:
                    break
        return chosen


class Routes:
    """Every endpoint that can be invoked, by scope and name."""

    def __init__(self, platform: Plane) -> None:
        self._platform = platform
        self._routes: dict[Key, Route] = {}
        self._changed = asyncio.Event()
        self._looking = asyncio.Lock()

    def get(self, scope: str, name: str) -> Route | None:
        return self._routes.get((scope, name))

    async def find(self, scope: str, name: str) -> Route | None:
        """Read an endpoint now and return its route, or None if there is no such endpoint."""
        before = self.get(scope, name)
        record = await self._platform.store.run(lambda tx: tx.get(ENDPOINT, scope, name), write=False)
        return self._learn(record, before) if record else None

    async def refresh(self) -> None:
        """Learn what changed; forget what was deleted."""
        async with self._looking:
            known = dict(self._routes)
            changed, gone = await asyncio.to_thread(self._look, known)
            for record in changed:
                self._learn(record, known.get((record.scope, record.id)))
            for key in gone:
                if self._routes.get(key) is known[key]:  # no invocation has found another meanwhile
                    for variant in self._routes.pop(key).variants.values():
                        _close(variant, set())
        event, self._changed = self._changed, asyncio.Event()
        event.set()

    async def change(self, seconds: float) -> None:
        """Wait until the table was refreshed; after some seconds, refresh it."""
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except TimeoutError:
            await self.refresh()

    def _look(self, known: Mapping[Key, Route]) -> tuple[list[Record], set[Key]]:
        """Return the endpoints that differ from these routes, and which are not there any more. For any thread."""
        with self._platform.store.read() as tx:
            there = {(one.scope, one.id): one for one in tx.versions(ENDPOINT)}
            found = [tx.get(ENDPOINT, *key) for key, one in there.items() if not _is_of(known.get(key), one)]
        return [record for record in found if record], known.keys() - there.keys()

    def _learn(self, record: Record, before: Route | None) -> Route:
        """Return the route of a record that was read while `before` was its endpoint's. Another that was learned
        meanwhile stays if it is newer."""
        key = (record.scope, record.id)
        known = self._routes.get(key)
        if known is not None and (
            _is_of(known, record) or (known is not before and _is_newer(known, record))
        ):
            return known
        route = self._routes[key] = route_of(record, known)
        return route


def _is_of(route: Route | None, seen: Record | Version) -> bool:
    """Whether a route was made of this version of its endpoint."""
    return route is not None and (route.version, route.created) == (seen.version, seen.created)


def _is_newer(route: Route, record: Record) -> bool:
    return (route.created, route.version) > (record.created, record.version)


def route_of(record: Record, known: Route | None) -> Route:
    """Return the route of a record; keep the connections that can still be used."""
    variants: dict[str, Variant] = {}
    for share in shares(record):
        old = known.variants.get(share.name) if known else None
        containers = tuple(Container(part.name, part.sockets, part.multi_model) for part in share.parts)
        variant = Variant(share.name, share.weight, containers, share.concurrency, share.role, share.direct)
        if old:
            variant.flight = old.flight
            _take_over(old, containers)
        variants[share.name] = variant
    return Route(
        version=record.version,
        created=record.created,
        arn=record.arn,
        scope=record.scope,
        name=record.id,
        status=record.status,
        capture=served_capture(record),
        variants=variants,
        total=sum(variant.weight for variant in variants.values()),
    )


def _take_over(old: Variant, containers: tuple[Container, ...]) -> None:
    """Keep the connections of an earlier version of a variant that can still be used."""
    known = {path: worker for container in old.containers for path, worker in container.workers.items()}
    for container in containers:
        container.workers = {path: known[path] for path in container.sockets if path in known}
    _close(old, {path for container in containers for path in container.sockets})


def _close(variant: Variant, keep: Set[str]) -> None:
    """Close idle connections to workers that are not served any more; busy ones end with their last answer."""
    for container in variant.containers:
        for path, worker in container.workers.items():
            if path not in keep and not worker.load:
                worker.close()
