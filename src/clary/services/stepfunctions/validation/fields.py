"""Checks what the fields of a state say: paths, templates, expressions, numbers."""

from __future__ import annotations

from typing import Any

from clary.services.stepfunctions.language import intrinsics, paths
from clary.services.stepfunctions.language.errors import Invalid
from clary.services.stepfunctions.language.jsonata import expression_of
from clary.services.stepfunctions.language.jsonata.templates import expressions_in
from clary.services.stepfunctions.language.texts import is_integer
from clary.services.stepfunctions.language.timestamps import seconds_of
from clary.services.stepfunctions.validation.findings import Report

_TEMPLATES = (
    "Parameters",
    "ResultSelector",
    "ItemSelector",
    "Assign",
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "Credentials",
)
_NULLABLE = ("InputPath", "OutputPath", "ResultPath")
_PATHS = ("InputPath", "OutputPath", "ItemsPath", "SecondsPath", "TimestampPath", "TimeoutSecondsPath", "HeartbeatSecondsPath",
          "MaxConcurrencyPath", "ToleratedFailurePercentagePath", "ToleratedFailureCountPath")  # fmt: skip
_CALLABLE = ("ErrorPath", "CausePath")
_NUMBERS = {"TimeoutSeconds": (1, 99_999_999), "HeartbeatSeconds": (1, 99_999_999), "MaxConcurrency": (0, 10_000_000),
            "ToleratedFailureCount": (0, 10_000_000), "ToleratedFailurePercentage": (0, 100)}  # fmt: skip
_EXPRESSIONS = ("Arguments", "Output", "Assign", "Items", "ItemSelector", "Seconds", "Timestamp", "Error", "Cause",
                "ItemReader", "ItemBatcher", "ResultWriter", "Credentials", *_NUMBERS)  # fmt: skip


def check_data(report: Report, raw: dict[str, Any], location: str, is_jsonata: bool) -> None:
    """Check the fields with paths, templates, expressions and numbers."""
    if is_jsonata:
        for field in _EXPRESSIONS:
            if field in raw:
                note_expressions(report, raw[field], field, location)
    else:
        _check_paths(report, raw, location)
    for field, (least, most) in _NUMBERS.items():
        if field in raw and not (is_jsonata and expression_of(raw[field]) is not None):
            check_number(report, raw[field], f"{location}/{field}", least, most)
        if field in raw and f"{field}Path" in raw:
            report.add(f"Only one of the fields [{field}, {field}Path] is allowed", location)
    if "Assign" in raw:
        _check_names(report, raw["Assign"], f"{location}/Assign")


def note_expressions(report: Report, value: Any, field: str, location: str) -> None:
    """Remember the expressions in a value, which are read together."""
    report.expressions.extend(
        (place, f"{location}/{field}", text) for place, text in expressions_in(value, field)
    )


def _check_paths(report: Report, raw: dict[str, Any], location: str) -> None:
    for field in _TEMPLATES:
        if field in raw:
            check_template(report, raw[field], f"{location}/{field}")
    for field in (*_PATHS, "ResultPath", *_CALLABLE):
        if field in raw and not (raw[field] is None and field in _NULLABLE):
            check_path(report, raw[field], field, location)


def check_path(report: Report, value: Any, field: str, location: str) -> None:
    """Check a field that holds a path; ResultPath must be one that can be written to."""
    if not isinstance(value, str) or not _is_path(value, field in _CALLABLE):
        report.add("Value is not a valid JSONPath", f"{location}/{field}")
    elif field == "ResultPath" and not (paths.parse(value).is_reference and paths.parse(value).root == "$"):
        report.add("Value is not a Reference Path", f"{location}/{field}")


def _is_path(text: str, may_call: bool = False) -> bool:
    try:
        if may_call and text.startswith("States."):
            intrinsics.parse(text)
        else:
            paths.parse(text)
    except Invalid:
        return False
    return True


def check_template(report: Report, value: Any, location: str) -> None:
    """Check the members `name.$` of a payload template."""
    if isinstance(value, list):
        for one in value:
            check_template(report, one, location)
    for name, one in value.items() if isinstance(value, dict) else ():
        if not name.endswith(".$"):
            check_template(report, one, location)
        elif not isinstance(one, str) or not _is_path(one, True):
            report.add(
                f"The value for the field '{name}' must be a valid JSONPath or a valid intrinsic function call",
                location,
            )


def check_number(report: Report, value: Any, location: str, least: int, most: int) -> None:
    """Check a whole number."""
    if not is_integer(value):
        report.add("Expected value of type [Integer]", location)
    elif not least <= value <= most:
        report.add(f"Value must be between {least} and {most}", location)


def check_wait(report: Report, field: str, value: Any, location: str) -> None:
    """Check what a Wait state waits for."""
    if expression_of(value) is not None or field.endswith("Path"):
        return
    if field == "Seconds":
        check_number(report, value, f"{location}/Seconds", 0, 99_999_999)
    elif seconds_of(value) is None:
        report.add("Value is not a valid RFC-3339 timestamp", f"{location}/Timestamp")


def _check_names(report: Report, value: Any, location: str) -> None:
    if not report.is_a("object", value, location):
        return
    for name in value:
        plain = name.removesuffix(".$")
        if plain == "states" or not plain.isidentifier() or len(plain) > 80:
            report.add(f"The variable name '{plain}' is invalid", location)
