"""Routers for tests, one for each set of services: it keeps nothing of a platform, and making one reads every operation."""

from __future__ import annotations

from functools import cache

from clary.plane import Platform
from clary.wire import Exchange, Request, Router, ServiceModel


def router_of(platform: Platform) -> Router:
    """Return the router over the services that a platform was assembled with."""
    return _router(tuple(service.model for service in platform.services.values()))


def match(router: Router, request: Request, service: str | None) -> Exchange:
    """Return the operation that a request is for, as the gateway finds it. Raise AwsError where there is none."""
    found = router.find(request, service)
    if found is None:
        raise router.refusal(request, service)
    return found


@cache
def _router(models: tuple[ServiceModel, ...]) -> Router:
    return Router(models)
