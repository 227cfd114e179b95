"""BatchPutMetrics and BatchGetMetrics
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Metrics_Service.html)."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.services.sagemaker.metrics import get, points, put
from tests.support.refusals import refusal

ARN = "arn:aws:sagemaker:us-east-1:111122223333:experiment-trial-component/run"
DAY, HOUR, MINUTE = 86400, 3600, 60


@pytest.fixture
def mm(client: Callable[..., Any]) -> Any:
    return client("sagemaker-metrics")


@pytest.fixture
def run(sm: Any) -> str:
    sm.create_trial_component(TrialComponentName="run")
    return "run"


def summary_of(sm: Any, name: str) -> dict[str, Any]:
    found = sm.describe_trial_component(TrialComponentName="run")["Metrics"]
    return next(one for one in found if one["MetricName"] == name)


def query(statistic: str, period: str = "IterationNumber", name: str = "loss", **more: Any) -> dict[str, Any]:
    axis = "IterationNumber" if period == "IterationNumber" else "Timestamp"
    return {
        "MetricName": name,
        "ResourceArn": ARN,
        "MetricStat": statistic,
        "Period": period,
        "XAxisType": axis,
        **more,
    }


def series(mm: Any, *args: Any, **more: Any) -> list[tuple[int, float]]:
    (found,) = mm.batch_get_metrics(MetricQueries=[query(*args, **more)])["MetricQueryResults"]
    assert found["Status"] == "Complete"
    return list(zip(found["XAxisValues"], found["MetricValues"], strict=True))


def test_values_are_summed_up(sm: Any, mm: Any, run: str, clock: FakeClock) -> None:
    values = [4.0, 1.0, 3.0, 2.0]
    data = [
        {"MetricName": "loss", "Value": v, "Timestamp": clock.now() - 9 + n, "Step": n}
        for n, v in enumerate(values)
    ]
    assert "Errors" not in mm.batch_put_metrics(TrialComponentName="run", MetricData=data[:3])
    mm.batch_put_metrics(TrialComponentName="run", MetricData=data[3:])
    found = summary_of(sm, "loss")
    assert (found["Min"], found["Max"], found["Last"], found["Count"]) == (1.0, 4.0, 2.0, 4)
    assert found["Avg"] == statistics.fmean(values)
    assert found["StdDev"] == pytest.approx(statistics.pstdev(values))
    assert found["TimeStamp"].timestamp() == pytest.approx(clock.now() - 6, abs=0.01)
    assert found["SourceArn"] == ARN


def test_the_last_value_is_that_of_the_latest_time(sm: Any, mm: Any, run: str, clock: FakeClock) -> None:
    for value, at in ((2.0, clock.now()), (1.0, clock.now() - 60)):
        datum = {"MetricName": "loss", "Value": value, "Timestamp": at, "Step": 7}
        mm.batch_put_metrics(TrialComponentName="run", MetricData=[datum])
    assert summary_of(sm, "loss")["Last"] == 2.0
    assert series(mm, "Last") == [(7, 2.0)]


def test_large_values_that_differ_little(sm: Any, mm: Any, run: str, clock: FakeClock) -> None:
    values = [1e9 + n for n in range(3)]
    data = [{"MetricName": "loss", "Value": v, "Timestamp": clock.now(), "Step": 0} for v in values]
    mm.batch_put_metrics(TrialComponentName="run", MetricData=data)
    wanted = pytest.approx(statistics.pstdev(values), rel=1e-6)
    assert summary_of(sm, "loss")["StdDev"] == wanted
    assert series(mm, "StdDev") == [(0, wanted)]


@pytest.mark.parametrize(
    ("statistic", "wanted"),
    [
        ("Min", [(0, 1.0), (2, 5.0)]),
        ("Max", [(0, 3.0), (2, 5.0)]),
        ("Avg", [(0, 2.0), (2, 5.0)]),
        ("Count", [(0, 2.0), (2, 1.0)]),
        ("StdDev", [(0, 1.0), (2, 0.0)]),
        ("Last", [(0, 3.0), (2, 5.0)]),
    ],
)
def test_statistics_by_step(
    mm: Any, run: str, clock: FakeClock, statistic: str, wanted: list[tuple[int, float]]
) -> None:
    data = [{"MetricName": "loss", "Value": v, "Timestamp": clock.now(), **s} for v, s in (
        (1.0, {"Step": 0}), (3.0, {"Step": 0}), (5.0, {"Step": 2}), (9.0, {}),
    )]  # fmt: skip
    mm.batch_put_metrics(TrialComponentName="run", MetricData=data)
    assert series(mm, statistic) == wanted


@pytest.mark.parametrize(("period", "seconds"), [("OneMinute", 60), ("FiveMinute", 300), ("OneHour", 3600)])
def test_statistics_by_time(mm: Any, run: str, clock: FakeClock, period: str, seconds: int) -> None:
    """Times on the axis are milliseconds, which AWS's samples hand to MLflow."""
    begin = (clock.now() - DAY) // 3600 * 3600
    times = [begin, begin + seconds - 1, begin + seconds, begin + 5 * seconds]
    data = [{"MetricName": "loss", "Value": float(n), "Timestamp": at} for n, at in enumerate(times)]
    mm.batch_put_metrics(TrialComponentName="run", MetricData=data)
    places = [int(begin * 1000) + n * seconds * 1000 for n in (0, 1, 5)]
    assert series(mm, "Max", period) == list(zip(places, [1.0, 2.0, 3.0], strict=True))
    assert series(mm, "Avg", period, Start=places[1], End=places[1] + seconds * 1000 - 1) == [
        (places[1], 2.0)
    ]
    assert series(mm, "Last", period)[0] == (places[0], 1.0)


def test_each_value_has_its_own_error(sm: Any, mm: Any, run: str, clock: FakeClock) -> None:
    """Timestamps must be "between two weeks before and two hours from now" (_metrics.py of AWS's SDK)."""
    times = [-14 * DAY - 60, -14 * DAY + 60, 0, 2 * HOUR - 60, 2 * HOUR + 60]
    data = [{"MetricName": "loss", "Value": 1.0, "Timestamp": clock.now() + at} for at in times]
    found = mm.batch_put_metrics(TrialComponentName="run", MetricData=data)
    assert found["Errors"] == [
        {"Code": "VALIDATION_ERROR", "MetricIndex": 0},
        {"Code": "VALIDATION_ERROR", "MetricIndex": 4},
    ]
    assert summary_of(sm, "loss")["Count"] == 3


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1e308])
def test_what_no_summary_can_hold(sm: Any, mm: Any, run: str, clock: FakeClock, value: float) -> None:
    data = [
        {"MetricName": "loss", "Value": value, "Timestamp": clock.now(), "Step": 1},
        {"MetricName": "a\0b", "Value": 1.0, "Timestamp": clock.now()},
        {"MetricName": "loss", "Value": 2.0**360, "Timestamp": clock.now(), "Step": 1},
        {"MetricName": "loss", "Value": -(2.0**360), "Timestamp": clock.now(), "Step": 1},
    ]
    found = mm.batch_put_metrics(TrialComponentName="run", MetricData=data)
    assert [one["MetricIndex"] for one in found["Errors"]] == [0, 1]
    assert summary_of(sm, "loss")["StdDev"] == pytest.approx(2.0**360)
    assert series(mm, "StdDev") == [(1, pytest.approx(2.0**360))]
    assert series(mm, "Avg", name="a\0b") == []


def test_a_component_has_so_many_metrics_and_values(
    sm: Any, mm: Any, run: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(put, "MOST_METRICS", 2)
    monkeypatch.setattr(points, "MOST_POINTS", 4)

    def send(*names: str) -> list[Any]:
        data = [{"MetricName": name, "Value": 1.0, "Timestamp": clock.now()} for name in names]
        found = mm.batch_put_metrics(TrialComponentName="run", MetricData=data).get("Errors", [])
        return [(one["Code"], one["MetricIndex"]) for one in found]

    assert send("a", "b", "c") == [("METRIC_LIMIT_EXCEEDED", 2)]
    assert send("a", "b", "b") == [("METRIC_LIMIT_EXCEEDED", 2)]
    assert [one["Count"] for one in sm.describe_trial_component(TrialComponentName="run")["Metrics"]] == [
        2,
        2,
    ]


def test_more_than_ten_at_once_and_no_such_component(mm: Any, run: str, clock: FakeClock) -> None:
    datum = {"MetricName": "loss", "Value": 1.0, "Timestamp": clock.now()}
    many = refusal(lambda: mm.batch_put_metrics(TrialComponentName="run", MetricData=[datum] * 11))
    assert many[0] == "ValidationException"
    none = refusal(lambda: mm.batch_put_metrics(TrialComponentName="none", MetricData=[datum]))
    assert none[0] == "ResourceNotFound"
    assert series(mm, "Last") == []


def test_each_query_has_its_own_status(mm: Any, run: str) -> None:
    stranger = "arn:aws:sagemaker:us-east-1:111122223333:experiment-trial-component/none"
    queries = [
        query("Last"),
        query("Last", XAxisType="Timestamp"),
        query("Last", "OneMinute", XAxisType="IterationNumber"),
        query("Last", ResourceArn=stranger),
        query("Last", Start=5, End=4),
    ]
    found = mm.batch_get_metrics(MetricQueries=queries)["MetricQueryResults"]
    assert [one["Status"] for one in found] == ["Complete"] + 4 * ["ValidationError"]
    assert all(one["Message"] for one in found[1:])


def test_a_long_series_is_cut(mm: Any, run: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get, "MOST_VALUES", 3)
    monkeypatch.setattr(get, "MOST_IN_ALL", 5)
    data = [{"MetricName": "loss", "Value": 1.0, "Timestamp": clock.now(), "Step": n} for n in range(4)]
    mm.batch_put_metrics(TrialComponentName="run", MetricData=data)
    queries = [query("Last"), query("Avg"), query("Last", Start=3), query("Last", Start=9)]
    found = mm.batch_get_metrics(MetricQueries=queries)["MetricQueryResults"]
    assert [(one["Status"], one["XAxisValues"]) for one in found] == [
        ("Truncated", [0, 1, 2]),
        ("Truncated", [0, 1]),
        ("Truncated", []),
        ("Complete", []),
    ]


def test_a_call_reads_so_many_points(
    mm: Any, run: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get, "MOST_READ", 9)
    data = [{"MetricName": "loss", "Value": 1.0, "Timestamp": clock.now(), "Step": n} for n in range(4)]
    mm.batch_put_metrics(TrialComponentName="run", MetricData=data)
    found = mm.batch_get_metrics(MetricQueries=[query("Last")] * 3)["MetricQueryResults"]
    assert [(one["Status"], len(one["MetricValues"])) for one in found] == [
        ("Complete", 4),
        ("Complete", 4),
        ("Truncated", 0),
    ]


def test_metrics_go_with_their_component(sm: Any, mm: Any, run: str, clock: FakeClock) -> None:
    datum = {"MetricName": "loss", "Value": 1.0, "Timestamp": clock.now(), "Step": 1}
    mm.batch_put_metrics(TrialComponentName="run", MetricData=[datum])
    sm.delete_trial_component(TrialComponentName="run")
    sm.create_trial_component(TrialComponentName="run")
    assert series(mm, "Last") == []
    assert sm.describe_trial_component(TrialComponentName="run").get("Metrics", []) == []
