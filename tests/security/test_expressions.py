"""What multiplies: metric math, simulations, searches, expressions of jobs. Each has a bound, and its refusal is AWS's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.services.cloudwatch import metric_queries, work_limit
from clary.services.cloudwatch.math import MathError, Scope, Series, evaluate
from clary.services.cloudwatch.period_statistics import Window
from clary.services.cloudwatch.work_limit import WorkLimit
from clary.services.iam import simulate
from clary.services.logs import filter_log_events
from tests.security.effort import assert_cheap

SCOPE = "111122223333/us-east-1"


def error(call: Callable[..., Any], **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    said = caught.value.response["Error"]
    return said["Code"], said["Message"]


# Metric math ----------------------------------------------------------------------------------------------------------

M1 = Series({0: 1.0, 60: 2.0}, 60, "m1", "m1", True)


def math(expression: str, spend: Callable[[int], None] = lambda points: None) -> list[Series]:
    window = Window(0, 120, 60)
    return evaluate(expression, Scope({"m1": M1}.get, lambda: [M1], lambda period: window, spend))


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("m1" + "+1" * 1000, [1001.0, 1002.0]),
        ("+".join(["1"] * 1000) + "+m1", [1001.0, 1002.0]),
        ("m1" + " OR m1" * 300, [1.0, 1.0]),
        ("-" * 1000 + "m1", [1.0, 2.0]),
        ("m1" + "^1" * 1000, [1.0, 2.0]),
        ("(" * 45 + "m1" + ")" * 45, [1.0, 2.0]),
        ("1" * 300 + " * 0 + m1", [1.0, 2.0]),
    ],
)
def test_a_long_expression_is_evaluated(expression: str, values: list[float]) -> None:
    assert list(math(expression)[0].points.values()) == values


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 1000,
        "[" * 60 + "m1" + "]" * 60,
        "ABS(" * 60 + "m1" + ")" * 60,
        "m1 * 1e999",
        "m1 * " + "9" * 1000,
        "TIME_SERIES(1e308 * 10)",
        "SLICE(METRICS(), 1e999)",
        "SUM(m1 * 1e308 - m1 * -7e307) * m1 + 1e308 * 10",
        "YEAR(TIME_SERIES(1)) * 1e400",
        "METRICS(m1)",
    ],
)
def test_what_there_is_no_room_for_is_no_failure_of_ours(expression: str) -> None:
    with pytest.raises(MathError):
        math(expression)


@pytest.mark.parametrize(
    "expression", ["CEIL(m1 * 1e300)", "FLOOR(m1 * 1e300)", "SUM([m1 * 1e307])", "STDDEV([m1, m1 * 1e100])"]
)
def test_large_results_are_doubles(expression: str) -> None:
    assert all(type(value) is float for value in math(expression)[0].points.values())


@pytest.mark.parametrize(
    "expression",
    ["SUM([m1 * 1e308, m1 * 1e308])", "RUNNING_SUM(m1 * 1e308)", "AVG([m1 * 1e308, m1 * 1e308])"],
)
def test_a_sum_without_room_drops_its_data_point(expression: str) -> None:
    assert len(math(expression)[0].points) < 2


def test_every_data_point_is_counted() -> None:
    spent: list[int] = []
    math("SUM(METRICS()) + TIME_SERIES(1) + m1 * 2", spent.append)
    assert sum(spent) >= 3 * len(M1.points)


def test_parsing_is_linear() -> None:
    assert_cheap(lambda n: lambda: math("m1" + "+1" * (n // 2)), 2048)


# GetMetricData --------------------------------------------------------------------------------------------------------


@pytest.fixture
def now(clock: FakeClock) -> int:
    return int(clock.now()) // 60 * 60


@pytest.fixture
def ask(client: Any, platform: Platform, now: int) -> Callable[..., Any]:
    """GetMetricData over ten metrics of a hundred data points each."""
    with platform.store.write() as tx:
        for n in range(10):
            tx.sql(
                "insert into cloudwatch_metric (scope, namespace, name, dimensions, updated) values (?, 'N', ?, '[]', ?)",
                SCOPE,
                f"m{n}",
                now,
            )
            tx.sql_many(
                "insert into cloudwatch_point (metric, at, unit, samples, total, low, high) values (?, ?, 'None', 1, 1, 1, 1)",
                [(n + 1, now - 60 * (i + 1)) for i in range(100)],
            )
    cloudwatch = client("cloudwatch", config=Config(parameter_validation=False))

    def ask(*queries: dict[str, Any], **more: Any) -> Any:
        times = {"StartTime": now - 6000, "EndTime": now} | more
        return cloudwatch.get_metric_data(MetricDataQueries=list(queries), **times)

    return ask


def metric(n: int, **more: Any) -> dict[str, Any]:
    stat = {"Metric": {"Namespace": "N", "MetricName": f"m{n % 10}"}, "Period": 60, "Stat": "Sum"}
    return {"Id": f"m{n}", "MetricStat": stat, **more}


def test_a_thousand_terms_through_the_wire(ask: Callable[..., Any]) -> None:
    answer = ask(metric(0), {"Id": "e", "Expression": "m0" + "+1" * 1000})
    assert answer["MetricDataResults"][1]["Values"][0] == 1001


def test_an_expression_beyond_awss_length_is_refused(ask: Callable[..., Any]) -> None:
    """MetricExpression: 2,048 characters (the service's model); CloudWatch's words for a text that is too long are those of
    aws/amazon-cloudwatch-agent#240."""
    code, message = error(lambda: ask(metric(0), {"Id": "e", "Expression": "m0" + "+1" * 1024}))
    assert code == "ValidationError"
    assert "MetricDataQueries.member.2.Expression must be shorter than 2049 characters." in message


def test_a_chain_of_references_is_followed_to_its_end(ask: Callable[..., Any]) -> None:
    chain = [{"Id": f"e{n}", "Expression": f"e{n + 1} + 1", "ReturnData": n == 0} for n in range(498)]
    answer = ask(*chain, {"Id": "e498", "Expression": "m0", "ReturnData": False}, metric(0, ReturnData=False))
    assert answer["MetricDataResults"][0]["Values"][0] == 499


def test_a_ring_of_references_is_refused(ask: Callable[..., Any]) -> None:
    ring = [{"Id": f"e{n}", "Expression": f"e{(n + 1) % 500} + 1"} for n in range(500)]
    code, message = error(lambda: ask(*ring))
    assert code == "ValidationError"
    assert "refers to itself" in message


def test_what_comes_behind_the_page_is_not_evaluated(
    ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """500 queries of 100 data points, of which the page shows 150; and the pages together show all."""
    spent: list[int] = []
    spend = WorkLimit.spend
    monkeypatch.setattr(WorkLimit, "spend", lambda self, points: spent.append(points) or spend(self, points))
    queries = [metric(n) for n in range(500)]
    first = ask(*queries, MaxDatapoints=150)
    assert [len(one["Values"]) for one in first["MetricDataResults"]] == [100, 50]
    assert sum(spent) <= 3 * 2 * 100
    second = ask(*queries, MaxDatapoints=100_800, NextToken=first["NextToken"])
    assert sum(len(one["Values"]) for one in second["MetricDataResults"]) == 50_000 - 150
    assert "NextToken" not in second


def test_what_several_queries_read_is_read_once(
    ask: Callable[..., Any], platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []
    read = metric_queries.read
    monkeypatch.setattr(
        metric_queries,
        "read",
        lambda tx, scope, what, *a, **k: reads.append(what["MetricName"]) or read(tx, scope, what, *a, **k),
    )
    assert len(ask(*(metric(n) for n in range(100)))["MetricDataResults"]) == 100
    assert sorted(reads) == [f"m{n}" for n in range(10)]


def test_more_data_points_than_a_request_may_work_on(
    ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_limit.WorkLimit.__init__, "__defaults__", (20_000, work_limit.validation_error))
    sums = [{"Id": f"e{n}", "Expression": "+".join(["SUM(METRICS())"] * 100)} for n in range(100)]
    code, message = error(lambda: ask(*sums, *(metric(n, ReturnData=False) for n in range(10))))
    assert code == "ValidationError"
    assert "which exceeds the limit of 20000. You may reduce the datapoints requested" in message


def test_a_page_has_a_bounded_number_of_series(ask: Callable[..., Any]) -> None:
    arrays = [{"Id": f"e{n}", "Expression": "METRICS()"} for n in range(40)]
    nothing = [metric(n, ReturnData=False) for n in range(100)]
    for query in nothing:
        query["MetricStat"] = {**query["MetricStat"], "Metric": {"Namespace": "N", "MetricName": "none"}}
    shown, token = 0, {}
    for size in (1000, 1000, 1000, 1000):
        answer = ask(*arrays, *nothing, **token)
        assert len(answer["MetricDataResults"]) == size
        shown, token = shown + size, {"NextToken": answer.get("NextToken")}
    assert shown == 40 * 100


# Simulations, searches, logs ------------------------------------------------------------------------------------------

POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
)


def test_a_simulation_evaluates_its_page_and_no_more(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluated: list[str] = []
    evaluate_one = simulate.evaluate
    monkeypatch.setattr(
        simulate,
        "evaluate",
        lambda action, *a, **k: evaluated.append(action) or evaluate_one(action, *a, **k),
    )
    iam = client("iam")
    pairs = {
        "PolicyInputList": [POLICY],
        "ActionNames": [f"s3:Get{n}" for n in range(400)],
        "ResourceArns": [f"arn:aws:s3:::b{n}" for n in range(400)],
    }
    first = iam.simulate_custom_policy(**pairs, MaxItems=399)
    assert len(first["EvaluationResults"]) == len(evaluated) == 399
    second = iam.simulate_custom_policy(**pairs, MaxItems=2, Marker=first["Marker"])
    got = [(one["EvalActionName"], one["EvalResourceName"]) for one in second["EvaluationResults"]]
    assert got == [("s3:Get0", "arn:aws:s3:::b399"), ("s3:Get1", "arn:aws:s3:::b0")]


def test_a_page_of_a_simulation_may_be_short(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """ "IAM might return fewer than the MaxItems number of results, even when there are more" (API reference)."""
    ticks = iter(range(1000))
    monkeypatch.setattr(simulate, "thread_time", lambda: next(ticks) * simulate._MOST_WORK / 2)
    pages = (
        client("iam")
        .get_paginator("simulate_custom_policy")
        .paginate(PolicyInputList=[POLICY], ActionNames=[f"s3:Get{n}" for n in range(5)])
    )
    got = [[one["EvalActionName"] for one in page["EvaluationResults"]] for page in pages]
    assert got == [["s3:Get0"], ["s3:Get1"], ["s3:Get2"], ["s3:Get3"], ["s3:Get4"]]


def test_policies_of_a_simulation_have_a_size_in_all(client: Any) -> None:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::" + "x" * 100_000}
    large = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    assert (
        error(
            client("iam").simulate_custom_policy, PolicyInputList=[large] * 3, ActionNames=["s3:GetObject"]
        )[0]
        == "InvalidInput"
    )


def test_a_search_expression_has_a_size_in_all(client: Any) -> None:
    sm = client("sagemaker")
    filters = {"Filters": [{"Name": "TrainingJobName", "Operator": "Contains", "Value": "x"}] * 20}
    few = {"SubExpressions": [filters] * 20}
    assert sm.search(Resource="TrainingJob", SearchExpression=few)["Results"] == []
    many = {"SubExpressions": [few] * 20}
    code, message = error(sm.search, Resource="TrainingJob", SearchExpression=many)
    assert (code, message) == ("ValidationException", "A search expression can have at most 500 filters.")


@pytest.mark.parametrize(("bound", "value"), [("_MOST_BYTES", 3000), ("_MOST_SECONDS", 0.0)])
def test_a_look_at_logs_ends_by_bytes_and_by_work(
    client: Any, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, bound: str, value: float
) -> None:
    logs, at = client("logs"), int(clock.now() * 1000)
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    events = [{"timestamp": at + n, "message": f"{n} " + "x" * 1000} for n in range(12)]
    logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=events)
    monkeypatch.setattr(filter_log_events, bound, value)
    pages = list(logs.get_paginator("filter_log_events").paginate(logGroupName="g", filterPattern='"11 "'))
    assert len(pages) > 3
    assert [event["message"][:3] for page in pages for event in page["events"]] == ["11 "]
