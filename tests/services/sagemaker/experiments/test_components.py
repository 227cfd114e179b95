"""Trial components (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrialComponent.html)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from clary.kernel import FakeClock
from tests.support.refusals import refusal

ARN = "arn:aws:sagemaker:us-east-1:111122223333:experiment-trial-component"


def names(found: dict[str, Any]) -> list[str]:
    return [one["TrialComponentName"] for one in found["TrialComponentSummaries"]]


def test_a_component_shows_what_it_was_given(sm: Any) -> None:
    began, ended = datetime(2026, 1, 2, 3, tzinfo=UTC), datetime(2026, 1, 2, 4, tzinfo=UTC)
    given = {
        "DisplayName": "Shown",
        "Status": {"PrimaryStatus": "Failed", "Message": "no data"},
        "StartTime": began,
        "EndTime": ended,
        "Parameters": {"lr": {"NumberValue": 0.1}, "kind": {"StringValue": "x"}},
        "InputArtifacts": {"data": {"Value": "s3://b/in", "MediaType": "text/csv"}},
        "OutputArtifacts": {"model": {"Value": "s3://b/out"}},
        "MetadataProperties": {"CommitId": "c0ffee"},
    }
    made = sm.create_trial_component(TrialComponentName="c", **given, Tags=[{"Key": "a", "Value": "b"}])
    assert made["TrialComponentArn"] == f"{ARN}/c"
    shown = sm.describe_trial_component(TrialComponentName="c")
    assert {name: shown[name] for name in given} == given
    assert sm.list_tags(ResourceArn=f"{ARN}/c")["Tags"] == [{"Key": "a", "Value": "b"}]
    (group,) = sm.list_lineage_groups()["LineageGroupSummaries"]
    assert shown["LineageGroupArn"] == group["LineageGroupArn"]
    by_arn = sm.describe_trial_component(TrialComponentName=f"{ARN}/c")  # ExperimentEntityNameOrArn
    assert by_arn["TrialComponentName"] == "c"
    (listed,) = sm.list_trial_components()["TrialComponentSummaries"]
    assert (listed["DisplayName"], listed["Status"], listed["StartTime"]) == (
        "Shown",
        given["Status"],
        began,
    )


def test_an_update_adds_replaces_and_removes(sm: Any) -> None:
    """ "Existing hyperparameters are replaced if the trial component is updated with an identical hyperparameter key."
    (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateTrialComponent.html)"""
    artifact = {"Value": "s3://b/x"}
    sm.create_trial_component(
        TrialComponentName="c",
        Parameters={"a": {"NumberValue": 1.0}, "b": {"NumberValue": 2.0}},
        InputArtifacts={"i": artifact},
        OutputArtifacts={"o": artifact},
    )
    sm.update_trial_component(
        TrialComponentName="c",
        Parameters={"b": {"StringValue": "two"}, "d": {"NumberValue": 4.0}},
        ParametersToRemove=["a", "never there"],
        InputArtifacts={"j": artifact},
        OutputArtifactsToRemove=["o"],
        Status={"PrimaryStatus": "Completed"},
    )
    shown = sm.describe_trial_component(TrialComponentName="c")
    assert shown["Parameters"] == {"b": {"StringValue": "two"}, "d": {"NumberValue": 4.0}}
    assert shown["InputArtifacts"] == {"i": artifact, "j": artifact}
    assert shown.get("OutputArtifacts", {}) == {}
    assert shown["Status"] == {"PrimaryStatus": "Completed"}


def test_a_parameter_is_a_text_or_a_number(sm: Any) -> None:
    """ "If you specify a value for this parameter, you can't specify the NumberValue parameter."
    (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TrialComponentParameterValue.html)"""
    both = {"a": {"StringValue": "1", "NumberValue": 1.0}}
    none = {"a": {"NumberValue": float("nan")}}
    for given in (both, none):
        call = lambda given=given: sm.create_trial_component(TrialComponentName="c", Parameters=given)  # noqa: E731
        assert refusal(call)[0] == "ValidationException"
    sm.create_trial_component(TrialComponentName="c")
    call = lambda: sm.update_trial_component(TrialComponentName="c", Parameters=both)  # noqa: E731
    assert refusal(call)[0] == "ValidationException"
    assert "Parameters" not in sm.describe_trial_component(TrialComponentName="c")


def test_updates_together_do_not_pass_the_limit(sm: Any) -> None:
    def some(first: int, count: int) -> dict[str, Any]:
        return {f"p{number}": {"NumberValue": 1.0} for number in range(first, first + count)}

    sm.create_trial_component(TrialComponentName="c", Parameters=some(0, 300))
    assert refusal(lambda: sm.update_trial_component(TrialComponentName="c", Parameters=some(300, 1)))[0] == (
        "ValidationException"
    )
    sm.update_trial_component(TrialComponentName="c", Parameters=some(300, 1), ParametersToRemove=["p0"])
    assert len(sm.describe_trial_component(TrialComponentName="c")["Parameters"]) == 300


def test_components_of_a_trial_and_of_an_experiment(
    sm: Any, trial: str, put: Callable[..., str], clock: FakeClock
) -> None:
    sm.create_trial(ExperimentName="e", TrialName="t2")
    sm.create_experiment(ExperimentName="other")
    sm.create_trial(ExperimentName="other", TrialName="t3")
    for name, trials in (("a", ("t", "t2")), ("b", ("t",)), ("c", ("t3",)), ("alone", ())):
        clock.advance(1)
        put(name, *trials)
    assert names(sm.list_trial_components()) == ["alone", "c", "b", "a"]
    assert names(sm.list_trial_components(TrialName="t")) == ["b", "a"]
    assert names(sm.list_trial_components(ExperimentName="e")) == [
        "b",
        "a",
    ]  # once, though it is in two trials
    assert names(sm.list_trial_components(ExperimentName="other")) == ["c"]
    first = sm.list_trial_components(ExperimentName="e", SortBy="Name", SortOrder="Ascending", MaxResults=1)
    assert names(first) == ["a"]
    rest = sm.list_trial_components(
        ExperimentName="e", SortBy="Name", SortOrder="Ascending", NextToken=first["NextToken"]
    )
    assert (names(rest), "NextToken" in rest) == (["b"], False)
    sm.associate_trial_component(TrialName="t", TrialComponentName="a")  # again
    sm.disassociate_trial_component(TrialName="t", TrialComponentName="a")
    assert names(sm.list_trial_components(TrialName="t")) == ["b"]
    assert names(sm.list_trial_components(ExperimentName="e")) == ["b", "a"]


@pytest.mark.parametrize("more", [{"TrialName": "t"}, {"SourceArn": f"{ARN}/x"}])
def test_one_filter_at_a_time(sm: Any, trial: str, more: dict[str, str]) -> None:
    """ "If you specify ExperimentName, you can't filter by SourceArn or TrialName."
    (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListTrialComponents.html)"""
    assert refusal(lambda: sm.list_trial_components(ExperimentName="e", **more))[0] == "ValidationException"


def test_what_is_not_there(sm: Any, trial: str, put: Callable[..., str]) -> None:
    put("c")
    missing = ("ResourceNotFound", f"TrialComponent '{ARN}/x' does not exist.")
    assert refusal(lambda: sm.describe_trial_component(TrialComponentName="x")) == missing
    assert refusal(lambda: sm.associate_trial_component(TrialName="t", TrialComponentName="x")) == missing
    for call in (sm.associate_trial_component, sm.disassociate_trial_component):
        found = refusal(lambda call=call: call(TrialName="x", TrialComponentName="c"))
        assert found[0] == "ResourceNotFound"
    for by in ("TrialName", "ExperimentName"):
        assert refusal(lambda by=by: sm.list_trial_components(**{by: "x"}))[0] == "ResourceNotFound"
    assert names(sm.list_trial_components(SourceArn=f"{ARN}/x")) == []
