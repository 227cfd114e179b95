"""Experiments and trials (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateExperiment.html,
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrial.html)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clary.kernel import FakeClock
from tests.support.refusals import refusal

BASE = "arn:aws:sagemaker:us-east-1:111122223333"


def names(found: dict[str, Any], of: str) -> list[str]:
    return [one[f"{of}Name"] for one in found[f"{of}Summaries"]]


def test_an_experiment_shows_what_it_was_given(sm: Any, clock: FakeClock) -> None:
    made = sm.create_experiment(
        ExperimentName="Exp-1", Description="why", Tags=[{"Key": "team", "Value": "x"}]
    )
    assert made["ExperimentArn"] == f"{BASE}:experiment/Exp-1"
    shown = sm.describe_experiment(ExperimentName="Exp-1")
    # "If you don't specify DisplayName, the value in ExperimentName is displayed."
    assert (shown["DisplayName"], shown["Description"]) == ("Exp-1", "why")
    # A recorded answer of AWS has both, empty, for a caller that is no user of Studio (opendatadiscovery/odd-collector-aws).
    assert (shown["CreatedBy"], shown["LastModifiedBy"]) == ({}, {})
    assert sm.list_tags(ResourceArn=made["ExperimentArn"])["Tags"] == [{"Key": "team", "Value": "x"}]
    clock.advance(5)
    sm.update_experiment(ExperimentName="Exp-1", DisplayName="Shown", Description="")
    changed = sm.describe_experiment(ExperimentName="Exp-1")
    assert (changed["DisplayName"], "Description" in changed) == ("Shown", False)
    assert changed["LastModifiedTime"] > changed["CreationTime"]


def test_sdks_know_a_name_that_is_taken(sm: Any, trial: str) -> None:
    """sagemaker/experiments/experiment.py looks for the code and "already exists"; the sentence is quoted by AWS's users."""
    code, message = refusal(lambda: sm.create_experiment(ExperimentName="e"))
    assert code == "ValidationException"
    assert message == (
        "Experiment names must be unique within an AWS account and region. Experiment with name (e) already exists."
    )
    assert "already exists" in refusal(lambda: sm.create_trial(ExperimentName="e", TrialName="t"))[1]


def test_what_is_not_there(sm: Any, trial: str) -> None:
    missing = ("ResourceNotFound", f"Experiment '{BASE}:experiment/x' does not exist.")
    assert refusal(lambda: sm.describe_experiment(ExperimentName="x")) == missing
    assert refusal(lambda: sm.create_trial(ExperimentName="x", TrialName="t2")) == missing
    assert refusal(lambda: sm.list_trials(ExperimentName="x")) == missing
    assert refusal(lambda: sm.describe_trial(TrialName="x"))[0] == "ResourceNotFound"
    assert refusal(lambda: sm.list_trials(TrialComponentName="x"))[0] == "ResourceNotFound"
    assert names(sm.list_trials(), "Trial") == ["t"]


def test_a_trial_is_part_of_one_experiment(sm: Any, trial: str, clock: FakeClock) -> None:
    sm.create_experiment(ExperimentName="other")
    clock.advance(1)
    origin = {"CommitId": "c0ffee", "GeneratedBy": "me"}
    sm.create_trial(ExperimentName="other", TrialName="a", DisplayName="First", MetadataProperties=origin)
    shown = sm.describe_trial(TrialName="a")
    assert (shown["ExperimentName"], shown["DisplayName"]) == ("other", "First")
    assert shown["MetadataProperties"] == origin
    assert names(sm.list_trials(ExperimentName="other"), "Trial") == ["a"]
    assert names(sm.list_trials(ExperimentName="e"), "Trial") == ["t"]
    assert names(sm.list_trials(), "Trial") == ["a", "t"]  # "The default value is CreationTime", Descending
    assert names(sm.list_trials(SortBy="Name", SortOrder="Ascending"), "Trial") == ["a", "t"]
    sm.update_trial(TrialName="a", DisplayName="Second")
    assert sm.list_trials(ExperimentName="other")["TrialSummaries"][0]["DisplayName"] == "Second"


def test_trials_are_listed_page_by_page_and_by_time(sm: Any, trial: str, clock: FakeClock) -> None:
    for number in range(5):
        clock.advance(1)
        sm.create_trial(ExperimentName="e", TrialName=f"t{number}")
    since = sm.describe_trial(TrialName="t1")["CreationTime"]
    assert names(sm.list_trials(ExperimentName="e", CreatedAfter=since), "Trial") == ["t4", "t3", "t2"]
    pages = sm.get_paginator("list_trials").paginate(ExperimentName="e", PaginationConfig={"PageSize": 4})
    assert [names(page, "Trial") for page in pages] == [["t4", "t3", "t2", "t1"], ["t0", "t"]]


def test_trials_of_a_component(sm: Any, trial: str, put: Callable[..., str]) -> None:
    sm.create_experiment(ExperimentName="other")
    for name, owner in (("t2", "e"), ("t3", "other"), ("t4", "e")):
        sm.create_trial(ExperimentName=owner, TrialName=name)
    put("c", "t", "t2", "t3")
    asked = {"TrialComponentName": "c", "SortBy": "Name", "SortOrder": "Ascending"}
    assert names(sm.list_trials(**asked), "Trial") == ["t", "t2", "t3"]
    assert names(sm.list_trials(**asked, ExperimentName="e"), "Trial") == ["t", "t2"]
    first = sm.list_trials(**asked, MaxResults=2)
    assert names(sm.list_trials(**asked, NextToken=first["NextToken"]), "Trial") == ["t3"]


def test_nothing_is_deleted_that_something_belongs_to(sm: Any, trial: str, put: Callable[..., str]) -> None:
    """DeleteExperiment, DeleteTrial and DeleteTrialComponent in the API reference; the sentence:
    https://github.com/aws/sagemaker-python-sdk/pull/1515."""
    put("c", "t")
    code, message = refusal(lambda: sm.delete_trial_component(TrialComponentName="c"))
    assert code == "ValidationException"
    expected = f"TrialComponent '{BASE}:experiment-trial-component/c' is linked to 1 or more trials and cannot be deleted."
    assert message == expected
    assert refusal(lambda: sm.delete_trial(TrialName="t"))[0] == "ValidationException"
    assert refusal(lambda: sm.delete_experiment(ExperimentName="e"))[0] == "ValidationException"
    sm.disassociate_trial_component(TrialName="t", TrialComponentName="c")
    for call, named in (
        (sm.delete_trial_component, {"TrialComponentName": "c"}),
        (sm.delete_trial, {"TrialName": "t"}),
        (sm.delete_experiment, {"ExperimentName": "e"}),
    ):
        assert [arn for name, arn in call(**named).items() if name.endswith("Arn")]
        assert refusal(lambda call=call, named=named: call(**named))[0] == "ResourceNotFound"
