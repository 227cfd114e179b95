"""Whether this platform can run tasks of a resource, and with these arguments."""

from __future__ import annotations

from typing import Any

from clary.plane.port import Plane
from clary.services.stepfunctions.integrations.requests import Unfit, request_of
from clary.services.stepfunctions.integrations.targets import target_of
from clary.services.stepfunctions.language.resources import Resource
from clary.services.stepfunctions.language.texts import dump


def knows(platform: Plane, resource: Resource) -> bool:
    """Return whether tasks of a resource can run: functions need the service Lambda."""
    if resource.family == "lambda":
        return "lambda" in platform.services
    return resource.family == "activity" or target_of(platform, resource) is not None


def unfit(platform: Plane, resource: Resource, arguments: Any) -> str | None:
    """Return why a task cannot begin with these arguments, as AWS says it; None if it can."""
    target = target_of(platform, resource)
    if target is None:
        return f"The resource {resource.service}:{resource.action} is not available."
    try:
        request_of(platform, target, arguments)
    except Unfit as problem:
        return f"The Parameters '{dump(arguments)}' could not be used to start the Task: [{problem}]"
    return None
