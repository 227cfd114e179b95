"""Makes the result of a task from the answer of an operation: members with a capital letter, times and bodies as text."""

from __future__ import annotations

from typing import Any

import orjson

from clary.plane.port import Plane
from clary.services.stepfunctions.integrations.targets import Target
from clary.services.stepfunctions.language.timestamps import text_of


def result_of(platform: Plane, target: Target, answer: dict[str, Any]) -> dict[str, Any]:
    """Return the result of a call. Integrations of their own say that the call was answered, as AWS's do."""
    shape = platform.services[target.service].model.operations[target.operation].output
    found = {} if shape is None else shown(shape, answer, target.is_sdk)
    if target.service == "lambda" and not target.is_sdk and "Payload" in found:
        found["Payload"] = payload_of(answer["Payload"])
    if target.is_sdk or target.service == "dynamodb":
        return found
    request = platform.ids.uuid()
    headers = {"x-amzn-RequestId": request}
    return {
        **found,
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": headers,
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": {"RequestId": request},
    }


def payload_of(body: bytes) -> Any:
    """Return what a function answered: JSON, or its text."""
    try:
        return orjson.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")


def shown(shape: Any, value: Any, is_sdk: bool) -> Any:
    """Return a value of the model as JSON."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        members = shape.members
        return {
            name[:1].upper() + name[1:]: shown(members[name], one, is_sdk)
            for name, one in value.items()
            if name in members and one is not None
        }
    if kind == "list" and isinstance(value, list):
        return [shown(shape.member, one, is_sdk) for one in value]
    if kind == "map" and isinstance(value, dict):
        return {name: shown(shape.value, one, is_sdk) for name, one in value.items()}
    if kind == "timestamp":
        return text_of(value) if is_sdk else int(value * 1000)
    return (
        bytes(value).decode("utf-8", "replace")
        if isinstance(value, (bytes, bytearray, memoryview))
        else value
    )
