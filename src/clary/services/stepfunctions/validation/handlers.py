"""Checks retriers and catchers."""

from __future__ import annotations

from typing import Any

from clary.services.stepfunctions.language.texts import is_number
from clary.services.stepfunctions.validation.fields import (
    check_number,
    check_path,
    check_template,
    note_expressions,
)
from clary.services.stepfunctions.validation.findings import Report

_ALL = "States.ALL"
_NUMBERS = {
    "IntervalSeconds": (1, 99_999_999),
    "MaxAttempts": (0, 99_999_999),
    "MaxDelaySeconds": (1, 31_622_399),
}
_RETRIER = {"ErrorEquals", "BackoffRate", "JitterStrategy", "Comment", *_NUMBERS}
_CATCHER = {"ErrorEquals", "Next", "Comment", "Assign"}


def check_retriers(report: Report, raw: dict[str, Any], location: str) -> None:
    """Check Retry."""
    for one, place in _each(report, raw, "Retry", location, _RETRIER):
        for field, (least, most) in _NUMBERS.items():
            if field in one:
                check_number(report, one[field], f"{place}/{field}", least, most)
        rate = one.get("BackoffRate", 2.0)
        if not is_number(rate) or rate < 1.0:
            report.add("Value must be greater than or equal to 1.0", f"{place}/BackoffRate")
        if one.get("JitterStrategy", "NONE") not in ("NONE", "FULL"):
            report.add("Value must be one of the following: [FULL, NONE]", f"{place}/JitterStrategy")


def check_catchers(report: Report, raw: dict[str, Any], location: str, is_jsonata: bool) -> None:
    """Check Catch."""
    allowed = _CATCHER | ({"Output"} if is_jsonata else {"ResultPath"})
    for one, place in _each(report, raw, "Catch", location, allowed):
        report.needs(one, place, "Next")
        if one.get("ResultPath") is not None and not is_jsonata:
            check_path(report, one["ResultPath"], "ResultPath", place)
        for field in ("Assign", "Output"):
            if field in one and is_jsonata:
                note_expressions(report, one[field], field, place)
            elif field in one:
                check_template(report, one[field], f"{place}/{field}")


def _each(
    report: Report, raw: dict[str, Any], field: str, location: str, allowed: set[str]
) -> list[tuple[dict[str, Any], str]]:
    """Return the handlers whose errors are named properly, each with its place."""
    if field not in raw or not report.is_a("array", raw[field], f"{location}/{field}"):
        return []
    found = [(one, f"{location}/{field}[{number}]") for number, one in enumerate(raw[field])]
    good = [(one, place) for one, place in found if report.is_a("object", one, place)]
    for number, (one, place) in enumerate(good):
        for name in one:
            if name not in allowed:
                report.add(f"Field '{name}' is not supported", f"{place}/{name}")
        _check_errors(report, one, place, number == len(good) - 1)
    return good


def _check_errors(report: Report, one: dict[str, Any], place: str, is_last: bool) -> None:
    if not report.needs(one, place, "ErrorEquals"):
        return
    names = one["ErrorEquals"]
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        report.add("ErrorEquals must be a non-empty array of strings", f"{place}/ErrorEquals")
        one["ErrorEquals"] = []
    elif _ALL in names and (len(names) > 1 or not is_last):
        report.add("States.ALL must be alone, and in the last one", f"{place}/ErrorEquals")
