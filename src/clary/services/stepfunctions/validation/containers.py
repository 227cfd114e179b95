"""Checks the states of one level: that they are there, that they can be reached, and each of them."""

from __future__ import annotations

from typing import Any

from clary.services.stepfunctions.validation.findings import TARGET, Report
from clary.services.stepfunctions.validation.states import check_state, targets_of

_LONGEST_NAME = 80


def check_container(report: Report, raw: dict[str, Any], location: str, language: str) -> None:
    """Check StartAt and States of a state machine, a branch or an item processor."""
    if not report.needs(raw, location or "/", *(name for name in ("States", "StartAt") if name not in raw)):
        return
    states, start = raw["States"], raw["StartAt"]
    if not report.is_a("object", states, f"{location}/States") or not report.is_a(
        "string", start, f"{location}/StartAt"
    ):
        return
    if not states:
        report.add("States must not be empty", f"{location}/States")
        return
    if start not in states:
        report.add(f"Missing 'StartAt' target: {start}", f"{location}/StartAt", TARGET)
    for name, state in states.items():
        _check_named(report, name, state, f"{location}/States/{name}", language)
    _check_targets(report, states, start, location)


def _check_named(report: Report, name: str, state: Any, location: str, language: str) -> None:
    if len(name) > _LONGEST_NAME:
        report.add(f"State name must be {_LONGEST_NAME} characters or less", location)
    if name in report.names:
        report.add(f"Duplicate state name: {name}", location, "DUPLICATE_STATE_NAME")
    report.names.add(name)
    if report.is_a("object", state, location):
        for inner, place, own in check_state(report, state, location, language):
            check_container(report, inner, place, own)


def _check_targets(report: Report, states: dict[str, Any], start: str, location: str) -> None:
    """Check that what is named is there, and that each state can be reached."""
    reached, left = set(), [start]
    while left:
        name = left.pop()
        if name in reached or not isinstance(states.get(name), dict):
            continue
        reached.add(name)
        left.extend(target for _, target in targets_of(states[name]))
    for name, state in states.items():
        place = f"{location}/States/{name}"
        for field, target in targets_of(state) if isinstance(state, dict) else ():
            if target not in states:
                report.add(
                    f"Missing '{field.rpartition('/')[2]}' target: {target}", f"{place}/{field}", TARGET
                )
        if name not in reached and start in states:
            report.add(f'State "{name}" is not reachable.', place, TARGET)
