"""Routers for tests, one for each set of services: it keeps nothing of a platform, and making one reads every operation."""

from __future__ import annotations

from functools import cache

from clary.plane import Platform
from clary.wire import Router, ServiceModel


def router_of(platform: Platform) -> Router:
    """Return the router over the services that a platform was assembled with."""
    return _router(tuple(service.model for service in platform.services.values()))


@cache
def _router(models: tuple[ServiceModel, ...]) -> Router:
    return Router(models)
