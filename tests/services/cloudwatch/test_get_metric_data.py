"""GetMetricData: labels, units, pages, expressions. Recorded answers: test_cloudwatch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def query(id: str, name: str = "m", stat: str = "Sum", period: int = 60, **more: Any) -> dict[str, Any]:
    metric = {"Namespace": "N", "MetricName": name}
    unit = {"Unit": more.pop("unit")} if "unit" in more else {}
    return {"Id": id, "MetricStat": {"Metric": metric, "Period": period, "Stat": stat, **unit}, **more}


@pytest.fixture
def ask(cloudwatch: Any, minute: int) -> Callable[..., Any]:
    """Ask for ten minutes."""

    def ask(*queries: dict[str, Any], **more: Any) -> Any:
        times = {"StartTime": minute - 300, "EndTime": minute + 300} | more
        return cloudwatch.get_metric_data(MetricDataQueries=list(queries), **times)

    return ask


def refusal(ask: Callable[..., Any], *queries: dict[str, Any], **more: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        ask(*queries, **more)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


class TestMetrics:
    def test_an_answer(self, ask: Callable[..., Any], put: Callable[..., None], minute: int) -> None:
        put(minute, 41.0)
        put(minute + 60, 23.0)
        answer = ask(query("some"))
        assert answer["Messages"] == []
        [result] = answer["MetricDataResults"]
        assert (result["Id"], result["Label"], result["StatusCode"]) == ("some", "m", "Complete")
        assert "Messages" not in result
        assert result["Values"] == [23.0, 41.0]
        assert [at.timestamp() for at in result["Timestamps"]] == [minute + 60, minute]

    def test_the_oldest_first(self, ask: Callable[..., Any], put: Callable[..., None], minute: int) -> None:
        put(minute, 1.0)
        put(minute + 60, 2.0)
        [result] = ask(query("a"), ScanBy="TimestampAscending")["MetricDataResults"]
        assert result["Values"] == [1.0, 2.0]

    def test_no_data(self, ask: Callable[..., Any]) -> None:
        """Recorded: test_get_metric_with_no_results."""
        [result] = ask(query("result"))["MetricDataResults"]
        assert (result["Values"], result["StatusCode"]) == ([], "Complete")

    def test_periods_are_multiples(
        self, ask: Callable[..., Any], put: Callable[..., None], minute: int
    ) -> None:
        put(minute + 10, 1.0)
        put(minute + 290, 2.0)
        [result] = ask(query("a", period=300), StartTime=minute + 7)["MetricDataResults"]
        assert (result["Values"], result["Timestamps"][0].timestamp()) == ([3.0], minute)

    @pytest.mark.parametrize(
        ("more", "value", "units"),
        [
            ([], 60000.0, "Milliseconds, Seconds"),
            ([(5.0, "Count")], 5.0, "Count, Milliseconds, Seconds"),
        ],
    )
    def test_of_several_units_the_first_is_shown(
        self,
        ask: Callable[..., Any],
        put: Callable[..., None],
        minute: int,
        more: list[tuple[float, str]],
        value: float,
        units: str,
    ) -> None:
        """Recorded: test_get_metric_data_different_units_no_unit_in_query."""
        for number, unit in [(60000.0, "Milliseconds"), (60.0, "Seconds"), *more]:
            put(minute, number, unit=unit)
        [result] = ask(query("m1"))["MetricDataResults"]
        assert result["Values"] == [value]
        text = f"Multiple units returned: '[{units}]'"
        assert result["Messages"] == [{"Code": "MultipleUnits", "Value": text}]
        [result] = ask(query("m1", unit="Seconds"))["MetricDataResults"]
        assert result["Values"] == [60.0]

    @pytest.mark.parametrize(
        ("first", "second", "labels"),
        [
            (("Sum", 60), ("Minimum", 30), ["metric1 Sum 60", "metric1 Minimum 30"]),
            (("Sum", 60), ("Minimum", 60), ["metric1 Sum", "metric1 Minimum"]),
            (("Sum", 60), ("Sum", 30), ["metric1 60", "metric1 30"]),
            (("Sum", 60), ("Sum", 60), ["metric1", "metric1"]),
        ],
    )
    def test_labels_say_what_differs(
        self, ask: Callable[..., Any], first: tuple[str, int], second: tuple[str, int], labels: list[str]
    ) -> None:
        """Recorded: test_label_generation."""
        answer = ask(query("a", "metric1", *first), query("b", "metric1", *second))
        assert [result["Label"] for result in answer["MetricDataResults"]] == labels


class TestPages:
    def test_all_series_share_a_page(self, cloudwatch: Any, put: Callable[..., None], minute: int) -> None:
        for n in range(5):
            put(minute + 60 * n, float(n), name="x")
            put(minute + 60 * n, float(n), name="y")
        pages = cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[query("a", "x"), query("b", "y")],
            StartTime=minute,
            EndTime=minute + 300,
            ScanBy="TimestampAscending",
            PaginationConfig={"PageSize": 4},
        )
        got = [
            [(result["Id"], result["Values"], result["StatusCode"]) for result in page["MetricDataResults"]]
            for page in pages
        ]
        assert got == [
            [("a", [0.0, 1.0, 2.0, 3.0], "PartialData")],
            [("a", [4.0], "Complete"), ("b", [0.0, 1.0, 2.0], "PartialData")],
            [("b", [3.0, 4.0], "Complete")],
        ]

    def test_a_forged_token(self, ask: Callable[..., Any]) -> None:
        assert refusal(ask, query("a"), NextToken="AAAA")[0] == "InvalidNextToken"


class TestExpressions:
    def test_over_metrics_that_are_not_returned(
        self, ask: Callable[..., Any], put: Callable[..., None], minute: int
    ) -> None:
        put(minute, 2.0, name="errors")
        put(minute, 8.0, name="calls")
        answer = ask(
            query("e", "errors", ReturnData=False),
            query("c", "calls", ReturnData=False),
            {"Id": "rate", "Expression": "100 * e / c", "Label": "Rate"},
            {"Id": "twice", "Expression": "rate * 2"},
        )
        got = [(result["Id"], result["Label"], result["Values"]) for result in answer["MetricDataResults"]]
        assert got == [("rate", "Rate", [25.0]), ("twice", "twice", [50.0])]

    def test_an_array_gives_several_results(
        self, ask: Callable[..., Any], put: Callable[..., None], minute: int
    ) -> None:
        put(minute, 1.0, name="x")
        put(minute, 2.0, name="y")
        answer = ask(
            query("a", "x", ReturnData=False),
            query("b", "y", ReturnData=False),
            {"Id": "e", "Expression": "METRICS() * 10", "Label": "Ten"},
        )
        got = [(result["Id"], result["Label"], result["Values"]) for result in answer["MetricDataResults"]]
        assert got == [("e", "Ten x", [10.0]), ("e", "Ten y", [20.0])]

    def test_fill_knows_the_periods_of_the_request(
        self, ask: Callable[..., Any], put: Callable[..., None], minute: int
    ) -> None:
        put(minute, 5.0)
        answer = ask(query("m1", ReturnData=False), {"Id": "e", "Expression": "FILL(m1, 0)"})
        assert answer["MetricDataResults"][0]["Values"] == [0.0, 0.0, 0.0, 0.0, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0]

    @pytest.mark.parametrize(
        ("expression", "said"),
        [
            ("SEARCH('x')", "Clary does not implement SEARCH"),
            ("SELECT AVG(x) FROM y", "Metrics Insights"),
            ("NOPE(m1)", "There is no function NOPE"),
            ("m1 +", "Unexpected end of expression"),
            ("m2", "'m2' is not the id"),
            ("AVG(m1)", "must be a time series"),
            ("e", "refers to itself"),
        ],
    )
    def test_what_cannot_be_evaluated(self, ask: Callable[..., Any], expression: str, said: str) -> None:
        code, message = refusal(ask, query("m1"), {"Id": "e", "Expression": expression})
        assert code == "ValidationError"
        assert message.startswith("Error in expression 'e': ")
        assert said in message

    def test_two_that_need_each_other(self, ask: Callable[..., Any]) -> None:
        queries = [{"Id": "a", "Expression": "b + 1"}, {"Id": "b", "Expression": "a + 1"}]
        assert "refers to itself" in refusal(ask, *queries)[1]

    def test_a_range_of_too_many_periods(self, ask: Callable[..., Any]) -> None:
        queries = [query("m1", period=1), {"Id": "e", "Expression": "FILL(m1, 0)"}]
        assert "periods" in refusal(ask, *queries, StartTime=0, EndTime=10**10)[1]


class TestRefusals:
    @pytest.mark.parametrize(
        "queries",
        [
            [query("a"), query("a")],
            [query("A")],
            [{"Id": "a"}],
            [{**query("a"), "Expression": "b"}],
            [query("a", stat="p101")],
            [query("a", stat="nonsense")],
            [query("a", period=61)],
        ],
    )
    def test_queries_that_make_no_sense(self, ask: Callable[..., Any], queries: list[dict[str, Any]]) -> None:
        assert refusal(ask, *queries)[0] == "ValidationError"

    def test_every_statistic_that_is_none_is_named(self, ask: Callable[..., Any]) -> None:
        """The sentence: prometheus-community/yet-another-cloudwatch-exporter#385."""
        code, message = refusal(ask, query("a", stat="None"), query("b"), query("c", stat="p101"))
        where = "for parameter MetricDataQueries.member"
        assert (code, message) == (
            "ValidationError",
            f"The value None {where}.1.MetricStat.Stat is not a valid statistic.\n"
            f"The value p101 {where}.3.MetricStat.Stat is not a valid statistic.\n",
        )

    def test_the_start_at_the_end(self, ask: Callable[..., Any], minute: int) -> None:
        """elastic/beats#32687."""
        code, message = refusal(ask, query("a"), StartTime=minute, EndTime=minute)
        assert (code, message) == (
            "ValidationError",
            "The parameter StartTime must not equal parameter EndTime.\n",
        )
        assert refusal(ask, query("a"), StartTime=minute + 1, EndTime=minute)[0] == "ValidationError"

    def test_every_rule_is_a_line(self, ask: Callable[..., Any]) -> None:
        """A query without a metric, and the last line's end: getmoto/moto, "AWS also returns the empty line"; ids:
        influxdata/telegraf#5420."""
        where = "for parameter MetricDataQueries.member"
        assert (
            refusal(ask, {"Id": "a"})[1]
            == "The parameter MetricDataQueries.member.1.MetricStat is required.\n"
        )
        assert refusal(ask, query("5xx"), query("B"))[1] == (
            f"The value 5xx {where}.1.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.\n"
            f"The value B {where}.2.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.\n"
        )
        assert refusal(ask, query("a", unit="Furlongs"))[1].startswith(
            "The parameter MetricDataQueries.member.1.MetricStat.Unit must be a value in the set [ Seconds, "
        )
        metric = {"MetricName": "m"}
        missing = {"Id": "a", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}
        assert refusal(ask, missing) == (
            "ValidationError",
            "The parameter MetricDataQueries.member.1.MetricStat.Metric.Namespace is required.\n",
        )
