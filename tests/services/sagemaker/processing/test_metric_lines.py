"""The metrics that an analyser leaves for CloudWatch: how many of them are taken. In a job: test_life.py."""

from __future__ import annotations

from clary.services.sagemaker.processing import metric_lines

ROLE = "arn:aws:iam::111122223333:role/Jobs"


def test_metrics_that_a_program_leaves_are_so_many_and_no_more() -> None:
    line = b'{"MetricName": "m", "Value": 1, "Namespace": "n"}\n'
    assert sum(len(call.params["MetricData"]) for call in metric_lines.calls(line * 20_000, ROLE)) == 10_000
    names = b"".join(b'{"MetricName": "m", "Value": 1, "Namespace": "n%d"}\n' % n for n in range(9000))
    assert len(metric_lines.calls(names, ROLE)) == 100
