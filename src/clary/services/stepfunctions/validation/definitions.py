"""Checks a whole definition."""

from __future__ import annotations

from clary.services.stepfunctions.language.jsonata import EVALUATORS
from clary.services.stepfunctions.language.texts import load
from clary.services.stepfunctions.validation.containers import check_container
from clary.services.stepfunctions.validation.fields import check_number
from clary.services.stepfunctions.validation.findings import SCHEMA, Finding, Known, Report

_LANGUAGES = ("JSONPath", "JSONata")
_FIELDS = ("Comment", "StartAt", "States", "TimeoutSeconds", "Version", "QueryLanguage")


def diagnose(text: str, known: Known, *, is_express: bool = False) -> list[Finding]:
    """Return what is wrong with a definition, in the order of the text; an empty list for a good one."""
    try:
        raw = load(text)
    except ValueError:
        raw = None
    if not isinstance(raw, dict):
        return [Finding(SCHEMA, "Definition must be a valid JSON object")]
    report = Report(known, is_express)
    language = raw.get("QueryLanguage", _LANGUAGES[0])
    if language not in _LANGUAGES:
        report.add("Value must be one of the following: [JSONPath, JSONata]", "/QueryLanguage")
        return report.findings
    _check_top(report, raw)
    check_container(report, raw, "", language)
    _check_expressions(report)
    return report.findings


def _check_top(report: Report, raw: dict[str, object]) -> None:
    for name in raw:
        if name not in _FIELDS:
            report.add(f"Field '{name}' is not supported", f"/{name}")
    if raw.get("Version", "1.0") != "1.0":
        report.add("Value must be one of the following: [1.0]", "/Version")
    if "TimeoutSeconds" in raw:
        check_number(report, raw["TimeoutSeconds"], "/TimeoutSeconds", 1, 99_999_999)


def _check_expressions(report: Report) -> None:
    """Read all expressions of JSONata at once, in a process with limits."""
    if not report.expressions:
        return
    problems = EVALUATORS.problems([text for _, _, text in report.expressions])
    for (field, location, text), problem in zip(report.expressions, problems, strict=True):
        if problem is not None:
            report.add(
                f"The JSONata expression '{text}' in the field '{field}' is invalid: {problem}", location
            )
