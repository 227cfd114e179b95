"""The pages about an experiment and a trial. Shapes: AWS's model. BatchGetMetrics answers times in milliseconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from clary.cli.report.experiment import rendered
from clary.cli.report.series import Chart
from tests.cli.report.conftest import Platform, parsed, words

Write = Callable[[str], str]
BEGUN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
PLACE = "arn:aws:sagemaker:us-east-1:111122223333:"
EXPERIMENT = {"ExperimentName": "churn", "ExperimentArn": f"{PLACE}experiment/churn", "CreationTime": BEGUN}


def summary(name: str) -> dict[str, Any]:
    arn = f"{PLACE}experiment-trial-component/{name}"
    return {"TrialComponentName": name, "TrialComponentArn": arn, "CreationTime": BEGUN}


def component(name: str, depth: float, loss: float) -> dict[str, Any]:
    parameters = {"depth": {"NumberValue": depth}, "booster": {"StringValue": "gbtree"}}
    metrics = [{"MetricName": "loss", "Last": loss, "Count": 3}]
    return {**summary(name), "Parameters": parameters, "Metrics": metrics}


COMPONENTS = {"one": component("one", 3.0, 0.5), "two": component("two", 7.0, 0.25)}


def answer_of(steps: bool) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """BatchGetMetrics where series have steps, or times alone."""

    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        by_step = asked["MetricQueries"][0]["XAxisType"] == "IterationNumber"
        places = ([1, 2, 3] if by_step else [60_000, 120_000, 240_000]) if by_step == steps else []
        values = [3.0, 2.0, 1.0][: len(places)]
        one = {"Status": "Complete", "XAxisValues": places, "MetricValues": values}
        return {"MetricQueryResults": [one for _ in asked["MetricQueries"]]}

    return answer


@pytest.fixture
def compared(platform: Platform) -> Platform:
    platform.answers |= {
        "DescribeExperiment": EXPERIMENT,
        "ListTrialComponents": {"TrialComponentSummaries": [summary("one"), summary("two"), summary("gone")]},
        "DescribeTrialComponent": lambda asked: COMPONENTS.get(
            asked["TrialComponentName"], {"Error": {"Code": "ResourceNotFound", "Message": "gone"}}
        ),
        "BatchGetMetrics": answer_of(steps=True),
    }
    return platform


def test_components_side_by_side(compared: Platform, write: Write) -> None:
    for name in ("churn", EXPERIMENT["ExperimentArn"]):
        html = write(str(name))
        said = words(html)
        assert "loss 0.5 0.25" in said
        assert "depth 3 7" in said
        assert "booster gbtree gbtree" in said
        assert "3 trial components" in said
        different = [
            "".join(one.itertext()) for one in parsed(html).iter("span") if one.get("class") == "diff"
        ]
        assert different == ["0.5", "0.25", "3", "7"]


def test_a_trial(compared: Platform, write: Write) -> None:
    arn = f"{PLACE}experiment-trial/night"
    compared.answers["DescribeTrial"] = {"TrialName": "night", "TrialArn": arn, "CreationTime": BEGUN}
    assert "loss 0.5 0.25" in words(write(arn))
    listed = [asked for name, asked in compared.asked if name == "ListTrialComponents"]
    assert [asked.get("TrialName") for asked in listed] == ["night"]


def test_series_by_step_and_by_time(compared: Platform, write: Write) -> None:
    """By hand: the first of steps 1, 2, 3 and the first of 0, 60, 180 seconds are at x 66; the second ones in the middle, and
    at a third of the way to the same end."""
    for steps, share in ((True, 1 / 2), (False, 1 / 3)):
        compared.answers["BatchGetMetrics"] = answer_of(steps)
        html = write("churn")
        (first, _) = list(parsed(html).iter("polyline"))
        across = [float(point.split(",")[0]) for point in str(first.get("points")).split()]
        assert across[0] == 66.0
        assert (across[1] - 66) / (across[2] - 66) == pytest.approx(share, abs=0.001)
        assert ("Step" in words(html)) == steps


def test_a_platform_that_has_no_series(compared: Platform, write: Write) -> None:
    del compared.answers["BatchGetMetrics"]
    assert "Metrics as lines" not in words(write("churn"))


def test_an_experiment_without_components(compared: Platform, write: Write) -> None:
    compared.answers["ListTrialComponents"] = {"TrialComponentSummaries": []}
    assert "There are none yet." in words(write("churn"))


def test_many_components_make_a_page_of_bounded_size(compared: Platform, write: Write) -> None:
    many = [summary(f"component-{number}") for number in range(3000)]
    compared.answers["ListTrialComponents"] = {"TrialComponentSummaries": many}
    compared.answers["DescribeTrialComponent"] = lambda asked: component(
        asked["TrialComponentName"], 1.0, 2.0
    )
    html = write("churn")
    assert "The newest 12 of 500 trial components" in words(html)
    assert len(html) < 300_000
    assert sum(name == "DescribeTrialComponent" for name, _ in compared.asked) == 12


EVIL = "\"><script>alert('x')</script>&'"


def test_every_text_is_escaped() -> None:
    one = {
        **component(EVIL, 1.0, 2.0),
        "Parameters": {EVIL: {"StringValue": EVIL}},
        "Metrics": [{"MetricName": EVIL, "Last": 1.0}],
    }
    chart = Chart(EVIL, True, {EVIL: [(1.0, 1.0), (2.0, 2.0)]})
    about = {"Description": EVIL, "DisplayName": EVIL}
    both = [one, component("two", 1.0, 1.0)]
    html = rendered((EVIL, EVIL, EVIL), about, [summary(EVIL)], both, [chart])
    assert EVIL in words(html)  # and it parses
