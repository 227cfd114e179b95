"""What each type of steps creates, and what its Metadata shows (PipelineExecutionStepMetadata)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.services.sagemaker.farm import Farm
from tests.services.sagemaker.pipeline_bench import (
    Bench,
    fail,
    get,
    model,
    register,
    training,
)
from tests.support.images import XGBOOST

VARIANT = {
    "VariantName": "A",
    "ModelName": get("Steps.Create.ModelName"),
    "InstanceType": "ml.m5.large",
    "InitialInstanceCount": 1,
}


def test_a_model_and_a_transform_job_of_it(bench: Bench) -> None:
    transform = {
        "ModelName": get("Steps.Create.ModelName"),
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in/"}}
        },
        "TransformOutput": {"S3OutputPath": "s3://bucket/out"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    arn = bench.start(
        model("Create", bench.role), {"Name": "Batch", "Type": "Transform", "Arguments": transform}
    )
    bench.turn()
    steps = bench.steps(arn)
    name = steps["Create"]["Metadata"]["Model"]["Arn"].rpartition("/")[2]
    assert bench.sm.describe_model(ModelName=name)["PrimaryContainer"]["Image"] == XGBOOST
    job = steps["Batch"]["Metadata"]["TransformJob"]["Arn"].rpartition("/")[2]
    assert bench.sm.describe_transform_job(TransformJobName=job)["ModelName"] == name


def test_a_model_is_registered_in_a_group_that_is_made(bench: Bench) -> None:
    arn = bench.start(register("First"), register("Second", DependsOn=["First"]))
    bench.turn(12)
    assert bench.status(arn) == "Succeeded"
    found = bench.sm.list_model_packages(ModelPackageGroupName="models")["ModelPackageSummaryList"]
    assert [one["ModelPackageVersion"] for one in found] == [1, 2]
    shown = [bench.steps(arn)[name]["Metadata"]["RegisterModel"]["Arn"] for name in ("First", "Second")]
    assert shown == [one["ModelPackageArn"] for one in found]


def test_a_model_of_no_group_has_a_name_of_the_execution(bench: Bench) -> None:
    """ModelPackageName then has the step's name in it
    (test_pytorch_training_model_registration_and_creation_without_custom_inference in the SDK's integration tests)."""
    container = {"Image": XGBOOST, "ModelDataUrl": "s3://bucket/model.tar.gz"}
    served = {
        "Containers": [container],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
        "SupportedRealtimeInferenceInstanceTypes": ["ml.m5.large"],
        "SupportedTransformInstanceTypes": ["ml.m5.large"],
    }
    step = {"Name": "Alone", "Type": "RegisterModel", "Arguments": {"InferenceSpecification": served}}
    arn = bench.start(step, fail("Told", get("Steps.Alone.ModelPackageName")))
    bench.turn(12)
    name = bench.steps(arn)["Told"]["FailureReason"]
    assert name.startswith(f"pipelines-{arn[-12:]}-Alone-")
    made = bench.steps(arn)["Alone"]["Metadata"]["RegisterModel"]["Arn"]
    assert made.endswith(f":model-package/{name}")
    assert bench.sm.describe_model_package(ModelPackageName=name)["ModelPackageArn"] == made


def test_names_that_the_definition_gives_begin_those_of_the_execution(bench: Bench) -> None:
    # tests/integ/sagemaker/workflow/test_deployment_steps.py of the SDK: AWS appends a suffix to them
    step = training("Train", bench.role, Arguments={"TrainingJobName": "mine"})
    arn = bench.start(step)
    bench.turn()
    job = bench.steps(arn)["Train"]["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
    assert job.startswith(f"mine-{arn[-12:]}-")


@pytest.fixture
def deployed(bench: Bench) -> str:
    config = {"EndpointConfigName": "config", "ProductionVariants": [VARIANT]}
    endpoint = {"EndpointName": "e", "EndpointConfigName": get("Steps.Config.EndpointConfigName")}
    return bench.start(
        model("Create", bench.role),
        {"Name": "Config", "Type": "EndpointConfig", "Arguments": config},
        {"Name": "Deploy", "Type": "Endpoint", "Arguments": endpoint},
    )


def test_an_endpoint_is_waited_for(bench: Bench, deployed: str, farm: Farm) -> None:
    bench.turn(12)
    steps = bench.steps(deployed)
    assert bench.statuses(deployed) == {"Create": "Succeeded", "Config": "Succeeded", "Deploy": "Executing"}
    assert set(steps["Config"]["Metadata"]) == {"EndpointConfig"}
    farm.bring_up()
    bench.turn()
    assert bench.status(deployed) == "Succeeded"
    name = bench.steps(deployed)["Deploy"]["Metadata"]["Endpoint"]["Arn"].rpartition("/")[2]
    assert name.startswith(f"e-{deployed[-12:]}-")
    assert bench.sm.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService"


def test_an_endpoint_that_does_not_come_up(bench: Bench, deployed: str) -> None:
    bench.turn(12)
    (run,) = bench.runs.runs()
    bench.runs.finish(run, 1)
    bench.until(lambda: bench.status(deployed) == "Failed", 400)
    assert bench.steps(deployed)["Deploy"]["FailureReason"]


LINEAGE = {
    "Actions": [
        {"ActionName": "check", "ActionType": "Review", "Source": {"SourceUri": "s3://bucket/report"}}
    ],
    "Artifacts": [
        {"ArtifactName": "data", "ArtifactType": "DataSet", "Source": {"SourceUri": "s3://bucket/in/a.csv"}}
    ],
    "Contexts": [
        {"ContextName": "project", "ContextType": "Project", "Source": {"SourceUri": "s3://bucket/p"}}
    ],
    "Associations": [
        {
            "Source": {"Name": "data", "Type": "Artifact"},
            "Destination": {"Name": "check", "Type": "Action"},
            "AssociationType": "ContributedTo",
        }
    ],
}


def note(name: str, **members: Any) -> dict[str, Any]:
    """Return the step that the SDK's LineageStep makes."""
    return {"Name": name, "Type": "Lineage", "Arguments": {**LINEAGE, **members}}


def test_lineage_is_written_down(bench: Bench) -> None:
    arn = bench.start(note("Note"))
    bench.turn()
    step = bench.steps(arn)["Note"]
    assert step["StepStatus"] == "Succeeded", step
    shown = step["Metadata"]["Lineage"]
    action, artifact = shown["ActionArns"]["check"], shown["ArtifactArns"]["data"]
    assert shown["Associations"] == [{"SourceArn": artifact, "DestinationArn": action}]
    found = bench.sm.list_associations(SourceArn=artifact)["AssociationSummaries"]
    assert [(one["DestinationArn"], one["AssociationType"]) for one in found] == [(action, "ContributedTo")]
    assert bench.sm.describe_action(ActionName="check")["ActionType"] == "Review"
    # Names are those of the definition (test_lineage_step.py in the integration tests of the SDK).
    assert action.endswith(":action/check")
    assert shown["ContextArns"]["project"].endswith(":context/project")
    # A second execution takes what is there.
    again = bench.start()
    bench.turn()
    assert bench.steps(again)["Note"]["Metadata"]["Lineage"] == shown


def test_an_association_of_what_the_step_does_not_create(bench: Bench) -> None:
    wrong = [
        {"Source": {"Name": "nobody", "Type": "Action"}, "Destination": {"Name": "data", "Type": "Artifact"}}
    ]
    arn = bench.start(note("Note", Associations=wrong))
    bench.turn()
    assert bench.steps(arn)["Note"]["FailureReason"] == "ClientError: The step creates no Action nobody."


def test_a_tuning_job_and_its_best_training_job(bench: Bench) -> None:
    ranges = {"IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "2", "MaxValue": "6"}]}
    train = training("x", bench.role)["Arguments"]
    job = {
        "AlgorithmSpecification": {**train["AlgorithmSpecification"]},
        "StaticHyperParameters": {"num_round": "3"},
        **{
            name: train[name] for name in ("RoleArn", "InputDataConfig", "OutputDataConfig", "ResourceConfig")
        },
        "StoppingCondition": train["StoppingCondition"],
    }
    request = {
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:rmse"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2},
            "ParameterRanges": ranges,
        },
        "TrainingJobDefinition": job,
    }
    best = get("Steps.Tune.TrainingJobSummaries[0].TrainingJobName")
    arn = bench.start({"Name": "Tune", "Type": "Tuning", "Arguments": request}, fail("Told", best))
    bench.turn(12)
    step = bench.steps(arn)["Tune"]
    name = step["Metadata"]["TuningJob"]["Arn"].rpartition("/")[2]
    assert name.startswith(f"{arn[-12:]}-Tune-")
    assert len(name) <= 32
    for place, run in enumerate(sorted(bench.runs.runs())):
        bench.runs.advance(run, steps=(("Running", bench.clock.now()),))
        bench.runs.write(run, f"[0]\tvalidation-rmse:{3 - place}.5\n")
    bench.turn(3)
    for run in bench.runs.runs():
        bench.runs.finish(run)
    bench.until(lambda: bench.status(arn) == "Failed", 60)
    found = bench.sm.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name, SortBy="FinalObjectiveMetricValue", SortOrder="Ascending"
    )
    first = found["TrainingJobSummaries"][0]
    assert bench.steps(arn)["Told"]["FailureReason"] == first["TrainingJobName"]
    assert first["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == 2.5


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (None, "cannot be read"),
        (b"no json", "is not a JSON document"),
        (b"[" * 100_000, "is not a JSON document"),
        (b'{"a": 1}', "has no value at mse"),
        (b" " * (2 * 1024 * 1024 + 1), "a property file may have"),
    ],
)
def test_a_document_that_is_not_as_it_should_be(
    bench: Bench, client: Callable[..., Any], body: bytes | None, said: str
) -> None:
    if body is not None:
        client("s3").put_object(Bucket="bucket", Key="report.json", Body=body)
    read = {"Std:JsonGet": {"S3Uri": "s3://bucket/report.json", "Path": "mse"}}
    arn = bench.start({"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": read}})
    bench.turn()
    step = bench.steps(arn)["Stop"]
    assert step["FailureReason"].startswith("ClientError: ")
    assert said in step["FailureReason"]


def test_a_step_does_not_read_documents_without_end(bench: Bench, client: Callable[..., Any]) -> None:
    body = b'{"mse": "1"}'.ljust(2 * 1024 * 1024)
    for number in range(9):
        client("s3").put_object(Bucket="bucket", Key=f"{number}.json", Body=body)
    reads = [{"Std:JsonGet": {"S3Uri": f"s3://bucket/{n}.json", "Path": "mse"}} for n in range(9)]
    few, many = ({"Std:Join": {"On": "", "Values": some}} for some in (reads[:8], reads))
    arn = bench.start(fail("Few", few), fail("Many", many))
    bench.turn()
    steps = bench.steps(arn)
    assert steps["Few"]["FailureReason"] == "1" * 8
    assert (
        "The JSON documents that the step reads have more than 16777216 bytes"
        in steps["Many"]["FailureReason"]
    )
