"""The router over a platform's services; outlines announce those that are not loaded."""

from __future__ import annotations

from collections.abc import Iterable

from clary.plane.registry import Registry
from clary.wire import Router, Unread


def router_over(services: Registry, hosts: Iterable[str] = ("localhost",)) -> Router:
    """Return a router that loads no service: the gateway does that when a request needs it."""
    return Router(
        (
            services.loaded[one.name].model
            if one.name in services.loaded
            else Unread.of(one.name, one.metadata, one.largest, one.heads)
            for one in services.outlines
        ),
        hosts,
    )
