"""Checks Task states: their resource, and what it needs."""

from __future__ import annotations

from typing import Any

from clary.services.stepfunctions.language.errors import Invalid
from clary.services.stepfunctions.language.jsonata import expression_of
from clary.services.stepfunctions.language.resources import Resource, read
from clary.services.stepfunctions.validation.findings import Report


def check_task(report: Report, raw: dict[str, Any], location: str, is_jsonata: bool) -> None:
    """Check Resource and Credentials."""
    if not report.needs(raw, location, "Resource"):
        return
    place = f"{location}/Resource"
    try:
        resource = read(raw["Resource"]) if isinstance(raw["Resource"], str) else None
    except Invalid:
        resource = None
    if resource is None:
        report.add("Value is not a valid resource ARN", place)
    else:
        _check_resource(report, resource, raw["Resource"], place)
    _check_credentials(report, raw, location)
    _check_beat(report, raw, location, is_jsonata)


def _check_resource(report: Report, resource: Resource, text: str, place: str) -> None:
    if report.is_express and resource.family == "activity":
        report.add("Express state machine does not support Activity ARN", place)
    elif report.is_express and resource.pattern:
        pattern = resource.pattern.partition(":")[0]
        report.add(f"Express state machine does not support '.{pattern}' service integration", place)
    elif resource.family != "activity" and not report.known(resource):
        report.add(
            f"The resource provided {text} is not recognized. The value is not a valid resource ARN, or the resource is "
            "not available in this region.",
            place,
        )


def _check_credentials(report: Report, raw: dict[str, Any], location: str) -> None:
    if "Credentials" not in raw:
        return
    given, place = raw["Credentials"], f"{location}/Credentials"
    if report.is_a("object", given, place) and not {"RoleArn", "RoleArn.$"} & set(given):
        report.add("The field 'RoleArn' is required but was missing", place)


def _check_beat(report: Report, raw: dict[str, Any], location: str, is_jsonata: bool) -> None:
    timeout, beat = raw.get("TimeoutSeconds"), raw.get("HeartbeatSeconds")
    if isinstance(timeout, int) and isinstance(beat, int) and beat >= timeout:
        report.add("HeartbeatSeconds must be smaller than TimeoutSeconds", f"{location}/HeartbeatSeconds")
    for name in ("TimeoutSeconds", "HeartbeatSeconds"):
        if is_jsonata and isinstance(raw.get(name), str) and expression_of(raw[name]) is None:
            report.add("Expected value of type [Integer]", f"{location}/{name}")
