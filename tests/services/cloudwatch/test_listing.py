"""ListMetrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.services.cloudwatch import metrics


@pytest.fixture(autouse=True)
def _some(put: Callable[..., None], minute: int) -> None:
    put(minute, 1.0, name="plain")
    put(minute, 1.0, name="latency", host="a", zone="1")
    put(minute, 1.0, name="latency", zone="2", host="b")


def names(answer: dict[str, Any]) -> list[str]:
    return [
        metric["MetricName"] + "".join(f" {d['Name']}={d['Value']}" for d in metric["Dimensions"])
        for metric in answer["Metrics"]
    ]


def test_all_of_them(cloudwatch: Any) -> None:
    assert names(cloudwatch.list_metrics()) == ["plain", "latency host=a zone=1", "latency host=b zone=2"]


@pytest.mark.parametrize(
    ("filter", "count"),
    [
        ({"Namespace": "N"}, 3),
        ({"Namespace": "n"}, 0),
        ({"MetricName": "latency"}, 2),
        ({"Dimensions": [{"Name": "host"}]}, 2),
        ({"Dimensions": [{"Name": "host", "Value": "a"}]}, 1),
        ({"Dimensions": [{"Name": "host", "Value": "a"}, {"Name": "zone", "Value": "2"}]}, 0),
        ({"Dimensions": [{"Name": "hos"}]}, 0),
        ({"Dimensions": [{"Name": "a"}]}, 0),
    ],
)
def test_filters(cloudwatch: Any, filter: dict[str, Any], count: int) -> None:
    assert len(cloudwatch.list_metrics(**filter)["Metrics"]) == count


def test_a_value_that_looks_like_a_dimension(cloudwatch: Any, put: Callable[..., None], minute: int) -> None:
    put(minute, 1.0, name="sly", x='["host","a"]')
    assert len(cloudwatch.list_metrics(Dimensions=[{"Name": "host", "Value": "a"}])["Metrics"]) == 1


def test_pages(cloudwatch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_PAGE", 2)
    pages = list(cloudwatch.get_paginator("list_metrics").paginate())
    assert [len(page["Metrics"]) for page in pages] == [2, 1]


def test_a_forged_token(cloudwatch: Any) -> None:
    with pytest.raises(ClientError) as caught:
        cloudwatch.list_metrics(NextToken="bm9uc2Vuc2U=")
    # ListMetrics declares no InvalidNextToken, as GetMetricData does (the service's model).
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValue"


def test_what_had_no_data_lately(cloudwatch: Any, platform: Platform, clock: FakeClock) -> None:
    with platform.store.write() as tx:
        ago = int(clock.now()) - 4 * 3600
        tx.sql("update cloudwatch_metric set updated = ? where name = ?", ago, "latency")
        tx.sql("update cloudwatch_metric set updated = ? where name = ?", ago - 15 * 86400, "plain")
    assert len(cloudwatch.list_metrics()["Metrics"]) == 2
    assert cloudwatch.list_metrics(RecentlyActive="PT3H")["Metrics"] == []


def test_two_weeks_are_of_business_time(
    cloudwatch: Any, clock: FakeClock, move: Callable[[float], None]
) -> None:
    known = len(cloudwatch.list_metrics()["Metrics"])
    clock.advance(1)
    move(14 * 86400 - 60)
    assert len(cloudwatch.list_metrics()["Metrics"]) == known
    move(120)
    assert cloudwatch.list_metrics()["Metrics"] == []
    cloudwatch.put_metric_data(Namespace="N", MetricData=[{"MetricName": "fresh", "Value": 1.0}])
    assert [one["MetricName"] for one in cloudwatch.list_metrics()["Metrics"]] == ["fresh"]
