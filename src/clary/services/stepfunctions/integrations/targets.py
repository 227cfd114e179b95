"""Which operation a resource means (https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from clary.plane.port import Plane
from clary.services.stepfunctions.language.resources import Resource

WAIT = "waitForTaskToken"
_SDK = "aws-sdk:"
_CALLS = ("", WAIT)
_JOBS = ("", "sync")

OPTIMISED: Mapping[str, tuple[str, Mapping[str, tuple[str, ...]]]] = {
    "lambda": ("lambda", {"invoke": _CALLS}),
    "sqs": ("sqs", {"sendMessage": _CALLS}),
    "sns": ("sns", {"publish": _CALLS}),
    "events": ("events", {"putEvents": _CALLS}),
    "dynamodb": ("dynamodb", dict.fromkeys(("getItem", "putItem", "updateItem", "deleteItem"), ("",))),
    "states": ("stepfunctions", {"startExecution": ("", "sync", "sync:2", WAIT)}),
    "sagemaker": (
        "sagemaker",
        {
            "createEndpoint": ("",),
            "createEndpointConfig": ("",),
            "createHyperParameterTuningJob": _JOBS,
            "createLabelingJob": _JOBS,
            "createModel": ("",),
            "createProcessingJob": _JOBS,
            "createTrainingJob": _JOBS,
            "createTransformJob": _JOBS,
            "updateEndpoint": ("",),
        },
    ),
}
"""Services with an integration of their own: the service, and the patterns of each action."""
_OTHER_NAMES = {"cloudwatchlogs": "logs", "sfn": "stepfunctions", "eventbridge": "events"}
# Names that AWS's Java SDK gives its clients in causes and errors of optimised integrations.
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


@dataclass(frozen=True, slots=True)
class Target:
    """An operation: its service in Clary, and what errors call the service."""

    service: str
    operation: str
    is_sdk: bool
    words: str


def target_of(platform: Plane, resource: Resource) -> Target | None:
    """Return the operation of a resource; None if this platform does not have it."""
    is_sdk = resource.service.startswith(_SDK)
    found = _sdk(platform, resource) if is_sdk else _optimised(resource)
    if found is None or found not in platform.services:
        return None
    service = platform.services[found]
    operation = {name.lower(): name for name in service.actions}.get(resource.name.lower())
    if operation is None or (resource.name[:1].isupper()):
        return None
    return Target(found, operation, is_sdk, _pascal(service.model.botocore.service_id))


def _optimised(resource: Resource) -> str | None:
    service, actions = OPTIMISED.get(resource.service, ("", {}))
    return service if resource.pattern in actions.get(resource.name, ()) else None


def _sdk(platform: Plane, resource: Resource) -> str | None:
    name = resource.service.removeprefix(_SDK)
    if resource.pattern not in _CALLS:
        return None
    if name in _OTHER_NAMES:
        return _OTHER_NAMES[name]
    return next((one for one in platform.services if one.replace("-", "") == name), None)


def _pascal(id: str) -> str:
    """Return the name of a service as the Java SDK writes it: `DynamoDb` for DynamoDB, `CloudWatchLogs`."""
    return "".join(word.capitalize() for word in _WORDS.findall(id))
