"""Metrics in what a program prints: what their expressions may cost. In a job: test_log_journal.py."""

from __future__ import annotations

from random import Random
from time import thread_time

import pytest

from clary.workloads import metric_scan

LOSS = {"Name": "loss", "Regex": "loss=([0-9.]+)"}


def test_linear_expressions_have_a_budget_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large ones on long lines, of which no two begin alike: what is beyond the ordinary rate adds up."""
    monkeypatch.setattr(metric_scan, "MOST_SECONDS", 0.2)
    definitions = [{"Name": f"m{n}", "Regex": f"([ab]*a[ab]{{450}}c{n})"} for n in range(40)]
    chosen = Random(1)
    scan = metric_scan.MetricScan()
    began = thread_time()
    scan.metrics(["".join(chosen.choices("ab", k=8000)) for _ in range(100)], definitions)
    assert scan.over
    assert thread_time() - began < 1.0


def test_ordinary_expressions_spend_nothing() -> None:
    scan = metric_scan.MetricScan()
    found = scan.metrics(["epoch 3 loss=0.25 accuracy=0.5"] * 5000, [LOSS])
    assert len(found) == 5000
    assert scan.spent < 0.1
