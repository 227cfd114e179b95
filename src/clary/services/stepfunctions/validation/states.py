"""Checks one state: the fields of its type and its query language, and what each of them says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clary.services.stepfunctions.validation import choice_rules, fields
from clary.services.stepfunctions.validation.findings import Report
from clary.services.stepfunctions.validation.handlers import check_catchers, check_retriers
from clary.services.stepfunctions.validation.processors import inner_of
from clary.services.stepfunctions.validation.tasks import check_task

_COMMON = {"Type", "Comment", "QueryLanguage"}
_PATHS = {"InputPath", "OutputPath"}
_GOES_ON = {"Next", "End", "Assign"}
_RESULT = {"ResultPath", "ResultSelector", "Parameters"}
_HANDLED = {"Retry", "Catch"}
_TIMES = {"TimeoutSeconds", "HeartbeatSeconds"}
_MAP = {"ItemProcessor", "Iterator", "ItemSelector", "ItemReader", "ItemBatcher", "ResultWriter", "MaxConcurrency",
        "ToleratedFailurePercentage", "ToleratedFailureCount", "Label"}  # fmt: skip
_BOTH: dict[str, set[str]] = {
    "Pass": _GOES_ON,
    "Task": _GOES_ON | _HANDLED | _TIMES | {"Resource", "Credentials"},
    "Choice": {"Choices", "Default", "Assign"},
    "Wait": _GOES_ON | {"Seconds", "Timestamp"},
    "Succeed": set(),
    "Fail": {"Error", "Cause"},
    "Parallel": _GOES_ON | _HANDLED | {"Branches"},
    "Map": _GOES_ON | _HANDLED | _MAP,
}
"""The fields of each type in both query languages."""
_PATH_ONLY: dict[str, set[str]] = {
    "Pass": _PATHS | {"Result", "ResultPath", "Parameters"},
    "Task": _PATHS | _RESULT | {f"{name}Path" for name in _TIMES},
    "Choice": _PATHS,
    "Wait": _PATHS | {"SecondsPath", "TimestampPath"},
    "Succeed": _PATHS,
    "Fail": {"ErrorPath", "CausePath"},
    "Parallel": _PATHS | _RESULT,
    "Map": _PATHS | _RESULT | {"ItemsPath", "MaxConcurrencyPath", "ToleratedFailurePercentagePath",
                               "ToleratedFailureCountPath"},
}  # fmt: skip
_JSONATA_ONLY: dict[str, set[str]] = {
    "Pass": {"Output"},
    "Task": {"Arguments", "Output"},
    "Choice": {"Output"},
    "Wait": {"Output"},
    "Succeed": {"Output"},
    "Fail": set(),
    "Parallel": {"Arguments", "Output"},
    "Map": {"Items", "Output"},
}
_ENDS = ("Succeed", "Fail")
Inner = tuple[dict[str, Any], str, str]


def targets_of(raw: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the states that a state goes to, each with the field that says so."""
    for field in ("Next", "Default"):
        if isinstance(raw.get(field), str):
            yield field, raw[field]
    for field in ("Choices", "Catch"):
        for number, one in enumerate(raw[field] if isinstance(raw.get(field), list) else ()):
            if isinstance(one, dict) and isinstance(one.get("Next"), str):
                yield f"{field}[{number}]/Next", one["Next"]


def check_state(report: Report, raw: dict[str, Any], location: str, language: str) -> list[Inner]:
    """Check a state; return the containers in it, with their places and query languages."""
    if not report.needs(raw, location, "Type"):
        return []
    kind = raw["Type"]
    if kind not in _BOTH:
        report.add(f"Value must be one of the following: [{', '.join(_BOTH)}]", f"{location}/Type")
        return []
    own = raw.get("QueryLanguage", language)
    if own not in ("JSONPath", "JSONata"):
        report.add("Value must be one of the following: [JSONPath, JSONata]", f"{location}/QueryLanguage")
        return []
    if language == "JSONata" and own == "JSONPath":
        report.add(
            "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine", location
        )
        return []
    _check_fields(report, raw, location, own)
    return inner_of(report, raw, location, language)


def _check_fields(report: Report, raw: dict[str, Any], location: str, language: str) -> None:
    kind, is_jsonata = raw["Type"], language == "JSONata"
    allowed = _COMMON | _BOTH[kind] | (_JSONATA_ONLY if is_jsonata else _PATH_ONLY)[kind]
    for name in raw:
        if name not in allowed:
            report.add(
                f"Field '{name}' is not supported by the {kind} state with the query language {language}",
                f"{location}/{name}",
            )
    if kind not in (*_ENDS, "Choice"):
        _check_transition(report, raw, location)
    fields.check_data(report, raw, location, is_jsonata)
    check_retriers(report, raw, location)
    check_catchers(report, raw, location, is_jsonata)
    _check_kind(report, raw, location, is_jsonata)


def _check_transition(report: Report, raw: dict[str, Any], location: str) -> None:
    if "Next" in raw and "End" in raw:
        report.add("Only one of the fields [Next, End] is allowed", location)
    elif "Next" in raw:
        report.is_a("string", raw["Next"], f"{location}/Next")
    elif raw.get("End") is not True:
        report.add("Exactly one of the fields [Next, End] is required", location)


def _check_kind(report: Report, raw: dict[str, Any], location: str, is_jsonata: bool) -> None:
    kind = raw["Type"]
    if kind == "Task":
        check_task(report, raw, location, is_jsonata)
    elif kind == "Choice":
        choice_rules.check_choices(report, raw, location, is_jsonata)
    elif kind == "Wait":
        _check_wait(report, raw, location)
    elif kind == "Fail":
        _check_fail(report, raw, location)


def _check_wait(report: Report, raw: dict[str, Any], location: str) -> None:
    names = ("Seconds", "Timestamp", "SecondsPath", "TimestampPath")
    given = [name for name in names if name in raw]
    if len(given) != 1:
        report.add(f"Exactly one of the fields [{', '.join(names)}] is required", location)
        return
    fields.check_wait(report, given[0], raw[given[0]], location)


def _check_fail(report: Report, raw: dict[str, Any], location: str) -> None:
    for name in ("Error", "Cause"):
        if name in raw and f"{name}Path" in raw:
            report.add(f"Only one of the fields [{name}, {name}Path] is allowed", location)
        if name in raw:
            report.is_a("string", raw[name], f"{location}/{name}")
