"""The entities that SageMaker makes by itself: "Amazon SageMaker AI-Created Tracking Entities"
(https://docs.aws.amazon.com/sagemaker/latest/dg/lineage-tracking-auto-creation.html).

Types, directions and association types are those of the tables that LineageTableVisualizer shows of AWS's, as in
https://aws.amazon.com/blogs/machine-learning (BERT pipelines): data sets and images contribute to a job, which produces a
model; an approval contributes to a model package, which contributes to a deployment and is associated with its group.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.services.sagemaker.farm import Farm, make_config
from tests.services.sagemaker.lineage.entities import artifact_of, finished
from tests.support.images import SKLEARN, XGBOOST
from tests.support.sagemaker_requests import (
    INFERENCE,
    processing_request,
    register,
    training_request,
    transform_request,
)
from tests.support.turns import turn

PREFIX = "arn:aws:sagemaker:us-east-1:111122223333"
COMPONENT = f"{PREFIX}:experiment-trial-component"


def test_a_training_job(
    sm: Any,
    role: str,
    runs: FakeExecutor,
    controllers: Controllers,
    clock: FakeClock,
    consume: Callable[[], None],
    around: Callable[[str], set[tuple[str, ...]]],
) -> None:
    script = {
        "sagemaker_submit_directory": '"s3://bucket/code/sourcedir.tar.gz"',
        "sagemaker_program": '"t.py"',
    }
    spots = {"S3Uri": "s3://bucket/checkpoints"}
    sm.create_training_job(**training_request(role, HyperParameters=script, CheckpointConfig=spots))
    consume()
    inputs = {
        (XGBOOST, "Image", "ContributedTo", "Input"),
        ("s3://bucket/train", "DataSet", "ContributedTo", "Input"),
        ("s3://bucket/code/sourcedir.tar.gz", "Code", "ContributedTo", "Input"),
    }
    component = f"{COMPONENT}/job-1-aws-training-job"
    assert around(component) == inputs
    finished(runs, controllers, clock)
    consume()
    assert around(component) == inputs | {
        ("s3://bucket/out/job-1/output/model.tar.gz", "Model", "Produced", "Output"),
        ("s3://bucket/checkpoints", "Checkpoint", "Produced", "Output"),
    }
    for edge in sm.list_associations(MaxResults=100)["AssociationSummaries"]:
        end = "Source" if edge["SourceArn"] == component else "Destination"
        assert edge[f"{end}Type"] == "SageMakerTrainingJob"
        assert edge[f"{end}Name"] == "job-1-aws-training-job"
    # static_dataset_artifact in the integration tests of the SDK asks so for the job that a model is of.
    (model,) = sm.list_artifacts(ArtifactType="Model")["ArtifactSummaries"]
    asked = {"DestinationArn": model["ArtifactArn"], "SourceType": "SageMakerTrainingJob"}
    (edge,) = sm.list_associations(**asked)["AssociationSummaries"]
    assert edge["SourceArn"] == component
    assert not sm.list_associations(**{**asked, "SourceType": "SageMakerModel"})["AssociationSummaries"]


def test_a_job_that_failed_produced_no_model(
    sm: Any,
    role: str,
    runs: FakeExecutor,
    controllers: Controllers,
    clock: FakeClock,
    consume: Callable[[], None],
) -> None:
    sm.create_training_job(**training_request(role))
    turn(controllers, clock, 2)
    for run in runs.specs:
        runs.finish(run, 1)
    turn(controllers, clock, 5)
    consume()
    assert sm.list_artifacts(ArtifactType="Model")["ArtifactSummaries"] == []
    assert len(sm.list_associations(SourceType="DataSet")["AssociationSummaries"]) == 1


def test_one_artifact_for_each_uri(
    sm: Any, role: str, consume: Callable[[], None], around: Callable[[str], set[tuple[str, ...]]]
) -> None:
    """ "SageMaker AI reuses any existing entities rather than creating new ones"."""
    made = sm.create_artifact(
        Source={"SourceUri": "s3://bucket/train"}, ArtifactType="Mine", Properties={"owner": "me"}
    )["ArtifactArn"]
    sm.create_training_job(**training_request(role, "one"))
    sm.create_training_job(**training_request(role, "two"))
    consume()
    found = artifact_of(sm, "s3://bucket/train")
    assert (found["ArtifactArn"], found["ArtifactType"]) == (made, "Mine")
    assert found["Properties"]["owner"] == "me"
    outputs = {
        (f"{name}-aws-training-job", "SageMakerTrainingJob", "ContributedTo", "Output")
        for name in ("one", "two")
    }
    assert around(made) == outputs


def test_processing_and_transform_jobs(
    sm: Any,
    role: str,
    runs: FakeExecutor,
    controllers: Controllers,
    clock: FakeClock,
    consume: Callable[[], None],
    around: Callable[[str], set[tuple[str, ...]]],
) -> None:
    container = {"Image": XGBOOST, "ModelDataUrl": "s3://bucket/model.tar.gz"}
    sm.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer=container)
    sm.create_processing_job(**processing_request(role))
    sm.create_transform_job(**transform_request())
    finished(runs, controllers, clock)
    consume()
    assert around(f"{COMPONENT}/p-aws-processing-job") == {
        (SKLEARN, "Image", "ContributedTo", "Input"),
        ("s3://bucket/in", "DataSet", "ContributedTo", "Input"),
        ("s3://bucket/out", "DataSet", "Produced", "Output"),
    }
    assert around(f"{COMPONENT}/t-aws-transform-job") == {
        (XGBOOST, "Image", "ContributedTo", "Input"),
        ("s3://bucket/model.tar.gz", "Model", "ContributedTo", "Input"),
        ("s3://bucket/in/", "DataSet", "ContributedTo", "Input"),
        ("s3://bucket/out", "DataSet", "Produced", "Output"),
    }


def test_a_model_package_and_its_approvals(
    sm: Any,
    stored: Any,
    clock: FakeClock,
    consume: Callable[[], None],
    around: Callable[[str], set[tuple[str, ...]]],
) -> None:
    sm.create_model_package_group(ModelPackageGroupName="g")
    arn = register(sm)
    began = int(clock.now())
    clock.advance(60)
    sm.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    clock.advance(60)
    sm.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Rejected", ApprovalDescription="no")
    sm.update_model_package(ModelPackageArn=arn, ApprovalDescription="really")  # not another approval
    consume()
    found = artifact_of(sm, arn)
    assert found["ArtifactType"] == "Model"
    rows = around(found["ArtifactArn"])
    approvals = {row[0] for row in rows if row[1:] == ("Approval", "ContributedTo", "Input")}
    assert {name.split("-")[2] for name in approvals} == {"PendingManualApproval", "Approved", "Rejected"}
    for name in approvals:
        shown = sm.describe_action(ActionName=name)
        assert (shown["Source"], shown["Status"]) == ({"SourceUri": arn, "SourceType": "ARN"}, "Completed")
        assert shown["Properties"] == {"ModelApprovalStatus": name.split("-")[2]}
    assert {row for row in rows if row[1] != "Approval"} == {
        (XGBOOST, "Image", "ContributedTo", "Input"),
        ("s3://bucket/model.tar.gz", "Model", "ContributedTo", "Input"),
        (f"g-{began}-aws-model-group", "ModelGroup", "AssociatedWith", "Output"),
    }
    (group,) = sm.list_contexts(SourceUri=f"{PREFIX}:model-package-group/g")["ContextSummaries"]
    assert group["ContextType"] == "ModelGroup"


def test_a_group_that_a_pipeline_made(sm: Any, consume: Callable[[], None]) -> None:
    """ModelPackageGroup.pipeline_execution_arn of SDK v2 reads the property."""
    execution = f"{PREFIX}:pipeline/p/execution/e"
    tags = [{"Key": "sagemaker:pipeline-execution-arn", "Value": execution}]
    sm.create_model_package_group(ModelPackageGroupName="g", Tags=tags)
    consume()
    (context,) = sm.list_contexts()["ContextSummaries"]
    shown = sm.describe_context(ContextName=context["ContextName"])
    assert shown["Properties"] == {"PipelineExecutionArn": execution}


def test_lineage_stays_in_the_region(
    client: Callable[..., Any], sm: Any, consume: Callable[[], None]
) -> None:
    west = client("sagemaker", region_name="eu-west-1")
    west.create_model_package_group(ModelPackageGroupName="g")
    consume()
    (context,) = west.list_contexts()["ContextSummaries"]
    assert context["ContextArn"].startswith("arn:aws:sagemaker:eu-west-1:111122223333:context/g-")
    assert sm.list_contexts()["ContextSummaries"] == []


def test_a_package_without_a_group(
    sm: Any, stored: Any, consume: Callable[[], None], around: Callable[[str], set[tuple[str, ...]]]
) -> None:
    container = {"Image": XGBOOST, "ModelDataUrl": "s3://bucket/model.tar.gz"}
    inference = {**INFERENCE, "Containers": [container]}
    made = sm.create_model_package(ModelPackageName="alone", InferenceSpecification=inference)
    consume()
    assert around(artifact_of(sm, made["ModelPackageArn"])["ArtifactArn"]) == {
        (XGBOOST, "Image", "ContributedTo", "Input"),
        ("s3://bucket/model.tar.gz", "Model", "ContributedTo", "Input"),
    }


def test_an_endpoint_and_its_deployments(
    sm: Any,
    role: str,
    controllers: Controllers,
    clock: FakeClock,
    farm: Farm,
    in_service: str,
    consume: Callable[[], None],
    around: Callable[[str], set[tuple[str, ...]]],
) -> None:
    consume()
    (context,) = sm.list_contexts(SourceUri=f"{PREFIX}:endpoint/e")["ContextSummaries"]
    assert context["ContextType"] == "Endpoint"
    ((first, kind, how, direction),) = around(context["ContextArn"])
    assert (kind, how, direction) == ("ModelDeployment", "AssociatedWith", "Input")
    shown = sm.describe_action(ActionName=first)
    assert (shown["Status"], shown["Properties"]) == ("Completed", {"EndpointConfigName": "c1"})
    assert around(shown["ActionArn"]) == {
        (XGBOOST, "Image", "ContributedTo", "Input"),
        ("s3://bucket/model.tar.gz", "Model", "ContributedTo", "Input"),
        (context["ContextName"], "Endpoint", "AssociatedWith", "Output"),
    }
    weight = [{"VariantName": "A", "DesiredWeight": 2.0}]
    sm.update_endpoint_weights_and_capacities(EndpointName="e", DesiredWeightsAndCapacities=weight)
    turn(controllers, clock, 3)
    consume()
    assert len(sm.list_actions()["ActionSummaries"]) == 1, "nothing was deployed"
    make_config(sm, role, "c2")
    sm.update_endpoint(EndpointName="e", EndpointConfigName="c2")
    consume()
    (second,) = {row[0] for row in around(context["ContextArn"])} - {first}
    assert sm.describe_action(ActionName=second)["Status"] == "InProgress"
    turn(controllers, clock, 2, 0.1)
    for run in farm.runs.specs:  # the new replica fails
        if run not in farm.workers:
            farm.runs.finish(run, 1)
    turn(controllers, clock, 5)
    consume()
    assert sm.describe_endpoint(EndpointName="e")["EndpointStatus"] == "InService"
    assert sm.describe_action(ActionName=second)["Status"] == "Failed"
    assert sm.describe_action(ActionName=first)["Status"] == "Completed"


def test_a_model_of_a_package_is_deployed(
    sm: Any, role: str, consume: Callable[[], None], around: Callable[[str], set[tuple[str, ...]]]
) -> None:
    sm.create_model_package_group(ModelPackageGroupName="g")
    arn = register(sm, ModelApprovalStatus="Approved")
    sm.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer={"ModelPackageName": arn})
    make_config(sm, role, "c")
    sm.create_endpoint(EndpointName="e", EndpointConfigName="c")
    consume()
    package = artifact_of(sm, arn)["ArtifactArn"]
    (deployment,) = {
        row[0] for row in around(package) if row[1:] == ("ModelDeployment", "ContributedTo", "Output")
    }
    answer = sm.query_lineage(StartArns=[package], Direction="Descendants", Filters={"Types": ["Endpoint"]})
    assert len(answer["Vertices"]) == 1
    assert around(f"{PREFIX}:action/{deployment}") >= {
        (arn, "Model", "ContributedTo", "Input"),
        ("s3://bucket/model.tar.gz", "Model", "ContributedTo", "Input"),
        (XGBOOST, "Image", "ContributedTo", "Input"),
    }


def test_changes_seen_twice_make_nothing_twice(
    sm: Any, role: str, platform: Platform, consume: Callable[[], None]
) -> None:
    """A consumer sees each change at least once."""
    sm.create_training_job(**training_request(role))
    consume()
    before = (
        sm.list_associations(MaxResults=100)["AssociationSummaries"],
        sm.list_artifacts()["ArtifactSummaries"],
    )
    with platform.store.write() as tx:
        tx.sql("update consumer set position = 0 where name = ?", "sagemaker:lineage")
    consume()
    assert before == (
        sm.list_associations(MaxResults=100)["AssociationSummaries"],
        sm.list_artifacts()["ArtifactSummaries"],
    )


def test_what_is_gone_before_it_was_seen_leaves_nothing(
    sm: Any, stored: Any, consume: Callable[[], None]
) -> None:
    sm.create_model_package_group(ModelPackageGroupName="g")
    sm.delete_model_package_group(ModelPackageGroupName="g")
    consume()
    assert sm.list_contexts()["ContextSummaries"] == []
