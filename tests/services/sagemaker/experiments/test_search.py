"""Search of experiments, trials and trial components
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Search.html), as the SDKs and AWS's examples ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.services.sagemaker.search.match import matches
from clary.services.sagemaker.search.query import DERIVED
from clary.services.sagemaker.service import sagemaker
from clary.store.api import Record

BASE = "arn:aws:sagemaker:us-east-1:111122223333"
FILTERS: list[tuple[str, str, str, list[str]]] = [
    ("TrialComponentName", "Equals", "a", ["a"]),
    ("DisplayName", "Contains", "SECOND", ["b"]),
    ("Status.PrimaryStatus", "Equals", "Failed", ["b"]),
    ("Parameters.lr.NumberValue", "GreaterThan", "0.15", ["b", "c"]),
    ("Parameters.lr.NumberValue", "LessThanOrEqualTo", "0.10", ["a"]),
    ("Parameters.lr.NumberValue", "Exists", "", ["a", "b", "c"]),
    ("Parameters.lr", "Equals", "0.2", ["b"]),
    ("Parameters.kind.StringValue", "Equals", "adam", ["a"]),
    ("Parameters.kind.StringValue", "NotEquals", "adam", ["b", "c", "d"]),
    ("Parameters.kind", "Contains", "sg", ["b"]),
    ("Parameters.SageMaker.InstanceCount.NumberValue", "Equals", "2", ["c"]),
    ("InputArtifacts.data.Value", "Contains", "s3://bucket/one", ["a"]),
    ("Metrics.loss.Min", "LessThan", "0.3", ["a", "b"]),
    ("Metrics.loss.Max", "LessThan", "0.3", ["a"]),
    ("Metrics.loss", "Equals", "0.5", ["b"]),
    ("Metrics.test:accuracy.Count", "GreaterThanOrEqualTo", "1", ["c"]),
    ("Metrics.loss.Max", "NotExists", "", ["c", "d"]),
    ("metrics.LOSS.max", "Exists", "", []),
    ("metrics.loss.max", "Exists", "", ["a", "b"]),
    ("Parents.ExperimentName", "Equals", "e", ["a", "b", "c"]),
    ("Parents.ExperimentName", "Equals", "other", ["b"]),
    ("Parents.ExperimentName", "NotEquals", "other", ["a", "c", "d"]),
    ("Parents.TrialName", "Contains", "T", ["a", "b", "c"]),
    ("Parents.TrialName", "In", "u,x", ["b"]),
    ("Parents.TrialName", "NotExists", "", ["d"]),
    ("Tags.team", "Equals", "x", ["d"]),
]


@pytest.fixture
def runs_of(sm: Any, mm: Any, trial: str, put: Callable[..., str], clock: FakeClock) -> None:
    """Components a, b and c of the experiment `e`, b in a trial of another one too, and d in none."""
    sm.create_experiment(ExperimentName="other")
    sm.create_trial(ExperimentName="other", TrialName="u")
    lr = "lr"
    put("a", "t", Parameters={lr: {"NumberValue": 0.1}, "kind": {"StringValue": "adam"}},
        InputArtifacts={"data": {"Value": "s3://bucket/one/two"}})  # fmt: skip
    put("b", "t", "u", DisplayName="The-second", Status={"PrimaryStatus": "Failed"},
        Parameters={lr: {"NumberValue": 0.2}, "kind": {"StringValue": "sgd"}})  # fmt: skip
    put("c", "t", Parameters={lr: {"NumberValue": 0.3}, "SageMaker.InstanceCount": {"NumberValue": 2.0}})
    put("d", Tags=[{"Key": "team", "Value": "x"}])
    for name, metric, values in (
        ("a", "loss", (0.2, 0.1)),
        ("b", "loss", (0.25, 0.5)),
        ("c", "test:accuracy", (0.9,)),
    ):
        data = [
            {"MetricName": metric, "Value": value, "Timestamp": clock.now() + n, "Step": n}
            for n, value in enumerate(values)
        ]
        mm.batch_put_metrics(TrialComponentName=name, MetricData=data)


def found(sm: Any, **query: Any) -> list[str]:
    results = sm.search(Resource="ExperimentTrialComponent", **query)["Results"]
    return [result["TrialComponent"]["TrialComponentName"] for result in results]


def one(name: str, operator: str, value: str) -> dict[str, str]:
    return {"Name": name, "Operator": operator} | ({"Value": value} if value else {})


@pytest.mark.parametrize(("name", "operator", "value", "wanted"), FILTERS)
def test_a_filter(runs_of: None, sm: Any, name: str, operator: str, value: str, wanted: list[str]) -> None:
    expression = {"Filters": [one(name, operator, value)]}
    assert sorted(found(sm, SearchExpression=expression)) == wanted


def test_filters_together(runs_of: None, sm: Any) -> None:
    """What _TrialComponent._trial_component_is_associated_to_trial of the SDKs asks, and ExperimentAnalytics."""
    both = [one("TrialComponentName", "Equals", "b"), one("Parents.TrialName", "Equals", "u")]
    assert found(sm, SearchExpression={"Filters": both}) == ["b"]
    either = {"Filters": both, "Operator": "Or"}
    assert found(sm, SearchExpression=either) == ["b"]
    none = [one("TrialComponentName", "Equals", "a"), one("Parents.TrialName", "Equals", "u")]
    assert found(sm, SearchExpression={"Filters": none}) == []


def test_filters_of_one_parent(runs_of: None, sm: Any) -> None:
    """Filters of NestedFilters are for one entry together, others each for any entry."""

    def nested(trial: str, experiment: str) -> dict[str, Any]:
        filters = [
            one("Parents.TrialName", "Equals", trial),
            one("Parents.ExperimentName", "Equals", experiment),
        ]
        return {"NestedFilters": [{"NestedPropertyName": "Parents", "Filters": filters}]}

    assert found(sm, SearchExpression=nested("u", "other")) == ["b"]
    assert found(sm, SearchExpression=nested("t", "other")) == []
    apart = [one("Parents.TrialName", "Equals", "t"), one("Parents.ExperimentName", "Equals", "other")]
    assert found(sm, SearchExpression={"Filters": apart}) == ["b"]


def test_results_by_a_metric(runs_of: None, sm: Any) -> None:
    """AWS's example sorts by `metrics.test:accuracy.max` (https://github.com/aws/sagemaker-experiments/issues/136)."""
    assert found(sm, SortBy="metrics.test:accuracy.max", SortOrder="Descending")[0] == "c"
    assert found(sm, SortBy="Metrics.loss.Min", SortOrder="Descending")[:2] == ["b", "a"]
    assert found(sm, SortBy="Parameters.lr.NumberValue", SortOrder="Descending")[:3] == ["c", "b", "a"]


def test_what_a_result_shows(runs_of: None, sm: Any) -> None:
    expression = {"Filters": [one("TrialComponentName", "Equals", "b")]}
    (result,) = sm.search(Resource="ExperimentTrialComponent", SearchExpression=expression)["Results"]
    shown = result["TrialComponent"]
    assert shown["Parents"] == [
        {"TrialName": "t", "ExperimentName": "e"},
        {"TrialName": "u", "ExperimentName": "other"},
    ]
    assert shown["TrialComponentArn"] == f"{BASE}:experiment-trial-component/b"
    assert (shown["Metrics"][0]["MetricName"], shown["Metrics"][0]["Max"]) == ("loss", 0.5)
    assert (shown["Tags"], "Source" in shown) == ([], False)


def test_experiments_and_trials(runs_of: None, sm: Any) -> None:
    sm.add_tags(ResourceArn=f"{BASE}:experiment/e", Tags=[{"Key": "team", "Value": "x"}])
    (found,) = sm.search(
        Resource="Experiment", SearchExpression={"Filters": [one("Tags.team", "Equals", "x")]}
    )["Results"]
    assert found["Experiment"]["ExperimentName"] == "e"
    (found,) = sm.search(
        Resource="ExperimentTrial", SearchExpression={"Filters": [one("ExperimentName", "Equals", "other")]}
    )["Results"]
    assert found["Trial"]["TrialName"] == "u"
    (summary,) = found["Trial"]["TrialComponentSummaries"]
    assert summary["TrialComponentArn"] == f"{BASE}:experiment-trial-component/b"


def test_the_store_narrows_to_no_less_than_what_matches(runs_of: None, sm: Any, platform: Platform) -> None:
    """By looking at each record, as Search shows it."""
    noun = sagemaker.nouns["TrialComponent"]
    results = sm.search(Resource="ExperimentTrialComponent", MaxResults=100)["Results"]
    shown = [result["TrialComponent"] for result in results]
    with platform.store.read() as tx:
        assert tx.count(noun.kind, "111122223333/us-east-1") == len(shown) == 4
    for name, operator, value, wanted in FILTERS:
        if not name.startswith("metrics."):
            expression = {"Filters": [one(name, operator, value)]}
            looked = sorted(one["TrialComponentName"] for one in shown if matches(one, expression))
            assert looked == wanted, (name, operator, value)


def test_what_describe_makes_up_is_known() -> None:
    private = {"source": {"SourceArn": "x"}, "sources": [], "metrics": {}, "run": "r"}
    made_up = sagemaker.nouns["TrialComponent"].hooks.view(Record("k", "s", "i", doc={"private": private}))
    assert made_up.keys() - {"TrialComponentSource"} <= DERIVED["TrialComponent"]
