"""What the change feed tells of SageMaker's resources: what its events say has changed
(https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html)."""

from __future__ import annotations

from typing import Any

from clary.kernel import FakeClock
from clary.plane import Change, Platform, Reaction
from clary.plane.changes import Consumer
from clary.runs.fake import FakeExecutor
from clary.server.consumers import Consumers
from clary.server.loop import Controllers
from clary.services import load_services
from tests.support.sagemaker_requests import training_request
from tests.support.turns import turn


def test_a_job_from_creation_to_its_end_is_told_each_status_once(
    sm: Any, role: str, platform: Platform, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    told: list[tuple[str, str | None, str | None]] = []
    secondary: list[str] = []

    def react(_: Reaction, change: Change) -> None:
        old, new = change.view["old"], change.view["new"]
        if old is None or old["status"] != new["status"]:
            told.append((change.arn, old and old["status"], new["status"]))
        before = old["members"]["SecondaryStatusTransitions"] if old else []
        history = new["members"]["SecondaryStatusTransitions"]
        secondary.extend(one["Status"] for one in history[len(before) :])
        assert new["members"]["SecondaryStatus"] == history[-1]["Status"]

    kinds = ("sagemaker:TrainingJob",)
    consumers = Consumers(platform, consumers=[Consumer("x:y", kinds, react, "x.amazonaws.com")])
    arn = sm.create_training_job(**training_request(role))["TrainingJobArn"]
    consumers.once()
    assert told == [(arn, None, "InProgress")]
    turn(controllers, clock, 2)
    (run_id,) = runs.specs
    assert secondary == ["Starting"]
    now = clock.now()
    runs.advance(run_id, steps=(("Downloading", now), ("Running", now + 1)))  # both at one look
    turn(controllers, clock, 3)
    consumers.once()
    assert len(told) == 1, "its status is InProgress still"
    assert secondary == ["Starting", "Downloading", "Training"]
    runs.finish(run_id)
    turn(controllers, clock, 5)
    job = sm.describe_training_job(TrainingJobName="job-1")
    assert job["TrainingJobStatus"] == "Completed"
    consumers.once()
    assert told[1:] == [(arn, "InProgress", "Completed")]
    assert secondary == [one["Status"] for one in job["SecondaryStatusTransitions"]]


def members_of(platform: Platform, kind: str) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """What, with the observed members before and after, of each change of a kind."""
    with platform.store.read() as tx:
        found = tx.changes(0, 100, [kind])
    return [
        (one.what, (one.view["old"] or {}).get("members", {}), (one.view["new"] or {}).get("members", {}))
        for one in found
    ]


def test_a_failed_job_tells_why(
    sm: Any, role: str, platform: Platform, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    sm.create_training_job(**training_request(role))
    turn(controllers, clock, 2)
    (run_id,) = runs.specs
    runs.finish(run_id, 1)
    turn(controllers, clock, 5)
    reason = sm.describe_training_job(TrainingJobName="job-1")["FailureReason"]
    assert reason
    assert members_of(platform, "sagemaker:TrainingJob")[-1][2]["FailureReason"] == reason


def test_the_approval_of_a_model_package(sm: Any, platform: Platform) -> None:
    """ "SageMaker Model Package State Change": ModelApprovalStatus is what pipelines wait for."""
    sm.create_model_package_group(ModelPackageGroupName="g")
    arn = sm.create_model_package(ModelPackageGroupName="g")["ModelPackageArn"]
    sm.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    sm.update_model_package(ModelPackageArn=arn, ApprovalDescription="as it was")  # no event of AWS's
    assert [
        (what, old.get("ModelApprovalStatus"), new.get("ModelApprovalStatus"))
        for what, old, new in members_of(platform, "sagemaker:ModelPackage")
    ] == [
        ("created", None, "PendingManualApproval"),
        ("updated", "PendingManualApproval", "Approved"),
    ]


def test_the_status_and_the_versions_of_a_model_card(sm: Any, platform: Platform) -> None:
    """ "SageMaker Model Card State Change" tells its status."""
    named = {"ModelCardName": "c"}
    sm.create_model_card(**named, Content="{}", ModelCardStatus="Draft")
    sm.update_model_card(**named, ModelCardStatus="Approved")
    sm.update_model_card(**named, Content='{"intended_uses": {}}')
    sm.delete_model_card(**named)
    told = members_of(platform, "sagemaker:ModelCard")
    assert [what for what, _, _ in told] == ["created", "updated", "updated", "deleted"]
    assert [(new.get("ModelCardStatus"), new.get("ModelCardVersion")) for _, _, new in told[:3]] == [
        ("Draft", 1),
        ("Approved", 1),
        ("Approved", 2),
    ]


def test_what_is_observed_is_what_describe_shows() -> None:
    sagemaker = load_services("sagemaker")["sagemaker"]
    assert "sagemaker:TrainingJob" in sagemaker.observed
    # Steps of pipelines are shown by a List alone, and their type is told in their events (stepType) only.
    listed = sagemaker.model.operations["ListPipelineExecutionSteps"].output_members["PipelineExecutionSteps"]
    shown = {"sagemaker:PipelineExecutionStep": {"StepType", *listed.member.members}}
    for kind, observe in sagemaker.observed.items():
        members = shown.get(kind)
        if members is None:
            members = set(sagemaker.model.operations["Describe" + kind.partition(":")[2]].output_members)
        assert set(observe.members) <= members, kind
