"""The summary of each metric of a trial component, as Describe and Search show it: kept in the component's record, by name.
Knows no store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Summaries = Mapping[str, Mapping[str, Any]]


def shown(summaries: Summaries) -> list[dict[str, Any]]:
    """Return the member `Metrics`, by name."""
    return [{"MetricName": name, **summaries[name]} for name in sorted(summaries)]


def points_in(summaries: Summaries) -> int:
    """Return how many values all summaries stand for."""
    return sum(one.get("Count", 0) for one in summaries.values())


def of_job(metrics: Summaries, source: str) -> dict[str, dict[str, Any]]:
    """Return the summaries of a job's metrics, as its record keeps them (workloads/log_journal.py), with the job's ARN."""
    return {
        name: {"SourceArn": source, **{member: one[member] for member in _MEMBERS if member in one}}
        for name, one in metrics.items()
        if "Count" in one
    }


_MEMBERS = ("TimeStamp", "Max", "Min", "Last", "Count", "Avg", "StdDev", "Squares")
