"""Checks the rules of Choice states."""

from __future__ import annotations

from typing import Any

from clary.services.stepfunctions.language.choices import COMPARISONS, OPERATORS, TESTS
from clary.services.stepfunctions.language.texts import kind_of
from clary.services.stepfunctions.language.timestamps import seconds_of
from clary.services.stepfunctions.validation.fields import check_path, check_template, note_expressions
from clary.services.stepfunctions.validation.findings import Report

_BOOLEANS = ("And", "Or", "Not")
_BESIDE = {"Next", "Comment", "Assign", "Output"}
_DEEPEST = 50


def check_choices(report: Report, raw: dict[str, Any], location: str, is_jsonata: bool) -> None:
    """Check all rules."""
    if not report.needs(raw, location, "Choices") or not report.is_a(
        "array", raw["Choices"], f"{location}/Choices"
    ):
        return
    if not raw["Choices"]:
        report.add("Choices must not be empty", f"{location}/Choices")
    for number, rule in enumerate(raw["Choices"]):
        place = f"{location}/Choices[{number}]"
        if report.is_a("object", rule, place):
            _check_top(report, rule, place, is_jsonata)


def _check_top(report: Report, rule: dict[str, Any], place: str, is_jsonata: bool) -> None:
    report.needs(rule, place, "Next")
    if is_jsonata:
        if report.needs(rule, place, "Condition"):
            note_expressions(report, rule["Condition"], "Condition", place)
        for field in ("Assign", "Output"):
            note_expressions(report, rule.get(field), field, place)
        return
    check_template(report, rule.get("Assign"), f"{place}/Assign")
    _check_rule(report, {name: value for name, value in rule.items() if name not in _BESIDE}, place, 0)


def _check_rule(report: Report, rule: Any, place: str, depth: int) -> None:
    if depth > _DEEPEST or not report.is_a("object", rule, place):
        return
    found = [name for name in rule if name in _BOOLEANS or name in OPERATORS]
    if len(found) != 1:
        report.add("Exactly one comparison operator is required", place)
        return
    name = found[0]
    extra = [one for one in rule if one not in (name, "Variable", "Comment")]
    if extra:
        report.add(f"Field '{extra[0]}' is not supported", f"{place}/{extra[0]}")
    if name in _BOOLEANS:
        _check_inner(report, rule[name], f"{place}/{name}", name, depth)
    else:
        _check_comparison(report, rule, name, place)


def _check_inner(report: Report, value: Any, place: str, name: str, depth: int) -> None:
    if name == "Not":
        return _check_rule(report, value, place, depth + 1)
    if not isinstance(value, list) or not value:
        report.add(f"{name} must be a non-empty array", place)
        return None
    for number, one in enumerate(value):
        _check_rule(report, one, f"{place}[{number}]", depth + 1)
    return None


def _check_comparison(report: Report, rule: dict[str, Any], name: str, place: str) -> None:
    if not report.needs(rule, place, "Variable"):
        return
    check_path(report, rule["Variable"], "Variable", place)
    if name.endswith("Path"):
        check_path(report, rule[name], name, place)
    elif not _fits(name, rule[name]):
        report.add(f"The value of {name} has a wrong type", f"{place}/{name}")


def _fits(name: str, value: Any) -> bool:
    if name in TESTS or name in ("IsPresent", "BooleanEquals"):
        return isinstance(value, bool)
    if name.startswith("Numeric"):
        return kind_of(value) == "number"
    if name.startswith("Timestamp"):
        return seconds_of(value) is not None
    return isinstance(value, str) and (name in COMPARISONS or name == "StringMatches")
