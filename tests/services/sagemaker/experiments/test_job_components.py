"""The trial components that training, processing and transform jobs leave by themselves
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ExperimentConfig.html; recorded answers of AWS in
sagemaker-python-sdk, tests/unit/sagemaker/core, and opendatadiscovery/odd-collector-aws)."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server.consumers import Consumers
from clary.server.loop import Controllers
from clary.services.sagemaker.experiments.job_contents import parameter
from clary.services.sagemaker.service import sagemaker
from tests.support.images import SKLEARN, XGBOOST
from tests.support.refusals import refusal
from tests.support.sagemaker_requests import processing_request, training_request, transform_request
from tests.support.turns import turn

BASE = "arn:aws:sagemaker:us-east-1:111122223333"
LOSS = {"Name": "loss", "Regex": "loss=([0-9.]+)"}


@pytest.fixture
def told(platform: Platform) -> Callable[[], None]:
    """Let the consumer of SageMaker's jobs hear of all that changed."""
    found = [one for one in sagemaker.consumers if one.name.endswith("keep_components")]
    return Consumers(platform, consumers=found).once


@pytest.fixture
def run(controllers: Controllers, clock: FakeClock, runs: FakeExecutor) -> Callable[..., None]:
    """`run("loss=1\n")`: the one job that was made last prints this and ends."""

    def go(text: str = "", code: int = 0) -> None:
        turn(controllers, clock, 2)
        run = runs.runs()[-1]
        runs.advance(run, steps=(("Downloading", clock.now()), ("Running", clock.now() + 1)))
        runs.write(run, text)
        turn(controllers, clock, 2)
        runs.finish(run, code=code, ended=clock.now())
        turn(controllers, clock, 4)

    return go


def shown(sm: Any, name: str) -> dict[str, Any]:
    return sm.describe_trial_component(TrialComponentName=name)


def scripted(role: str, name: str = "job-1", **more: Any) -> dict[str, Any]:
    request = training_request(role, name=name, **more)
    request["AlgorithmSpecification"] |= {"TrainingImage": SKLEARN, "MetricDefinitions": [LOSS]}
    return request


def test_a_training_job_from_its_creation_to_its_end(
    sm: Any, role: str, told: Any, run: Any, clock: FakeClock
) -> None:
    hyperparameters = {"lr": "0.1", "kind": '"adam"', "epochs": "2"}
    sm.create_training_job(**scripted(role, HyperParameters=hyperparameters))
    told()
    found = shown(sm, "job-1-aws-training-job")
    source = {"SourceArn": f"{BASE}:training-job/job-1", "SourceType": "SageMakerTrainingJob"}
    assert found["Source"] == source
    assert found["DisplayName"] == "job-1-aws-training-job"
    assert found["TrialComponentArn"] == f"{BASE}:experiment-trial-component/job-1-aws-training-job"
    assert found["Parameters"] == {
        "lr": {"NumberValue": 0.1},
        "kind": {"StringValue": '"adam"'},
        "epochs": {"NumberValue": 2.0},
        "SageMaker.ImageUri": {"StringValue": SKLEARN},
        "SageMaker.InstanceCount": {"NumberValue": 1.0},
        "SageMaker.InstanceType": {"StringValue": "ml.m5.large"},
        "SageMaker.VolumeSizeInGB": {"NumberValue": 5.0},
    }
    assert found["InputArtifacts"] == {
        "SageMaker.ImageUri": {"Value": SKLEARN},
        "train": {"Value": "s3://bucket/train", "MediaType": "text/csv"},
    }
    assert found["Status"]["PrimaryStatus"] == "InProgress"
    assert "StartTime" not in found
    run("loss=4\nloss=1\nloss=3\n")
    told()
    found, job = shown(sm, "job-1-aws-training-job"), sm.describe_training_job(TrainingJobName="job-1")
    message = "Status: Completed, secondary status: Completed, failure reason: ."
    assert found["Status"] == {"PrimaryStatus": "Completed", "Message": message}
    assert (found["StartTime"], found["EndTime"]) == (job["TrainingStartTime"], job["TrainingEndTime"])
    model = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert found["OutputArtifacts"] == {"SageMaker.ModelArtifact": {"Value": model}}
    (loss,) = found["Metrics"]
    assert (loss["MetricName"], loss["SourceArn"]) == ("loss", source["SourceArn"])
    assert [loss[name] for name in ("Min", "Max", "Last", "Count")] == [1.0, 4.0, 3.0, 3]
    assert loss["Avg"] == pytest.approx(8 / 3)
    assert loss["StdDev"] == pytest.approx(statistics.pstdev([4, 1, 3]))
    (final,) = job["FinalMetricDataList"]
    assert (final["MetricName"], final["Value"]) == ("loss", 3.0)


def test_a_training_job_that_fails(sm: Any, role: str, told: Any, run: Any) -> None:
    sm.create_training_job(**scripted(role))
    run("no luck\n", code=1)
    told()
    status = shown(sm, "job-1-aws-training-job")["Status"]
    assert status["PrimaryStatus"] == "Failed"
    assert "failure reason: AlgorithmError" in status["Message"]


def test_a_processing_job(sm: Any, role: str, told: Any, run: Any) -> None:
    sm.create_processing_job(**processing_request(role))
    run()
    told()
    found = shown(sm, "p-aws-processing-job")
    assert found["Source"]["SourceType"] == "SageMakerProcessingJob"
    assert found["Parameters"] == {
        "SageMaker.InstanceCount": {"NumberValue": 2.0},
        "SageMaker.InstanceType": {"StringValue": "ml.m5.large"},
        "SageMaker.VolumeSizeInGB": {"NumberValue": 5.0},
    }
    assert found["InputArtifacts"] == {
        "SageMaker.ImageUri": {"Value": SKLEARN},
        "in": {"Value": "s3://bucket/in"},
    }
    assert found["OutputArtifacts"] == {"out": {"Value": "s3://bucket/out"}}
    message = "Status: Completed, exit message: null, failure reason: null"
    assert found["Status"] == {"PrimaryStatus": "Completed", "Message": message}


def test_a_transform_job(sm: Any, role: str, told: Any, run: Any) -> None:
    container = {"Image": XGBOOST, "ModelDataUrl": "s3://bucket/model.tar.gz"}
    sm.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer=container)
    sm.create_experiment(ExperimentName="e")
    config = {"ExperimentName": "e", "TrialComponentDisplayName": "Scores"}
    sm.create_transform_job(**transform_request(ExperimentConfig=config))
    run()
    told()
    found = shown(sm, "t-aws-transform-job")
    assert (found["Source"]["SourceType"], found["DisplayName"]) == ("SageMakerTransformJob", "Scores")
    assert found["InputArtifacts"]["SageMaker.TransformInput"] == {
        "Value": "s3://bucket/in/",
        "MediaType": "text/csv",
    }
    assert found["Status"]["PrimaryStatus"] == "Completed"
    assert sm.describe_transform_job(TransformJobName="t")["ExperimentConfig"] == config
    # "If not specified, a new trial is created."
    (made,) = sm.list_trials(ExperimentName="e")["TrialSummaries"]
    assert sm.list_trials(TrialComponentName="t-aws-transform-job")["TrialSummaries"] == [made]


def test_a_job_of_a_trial_and_of_a_run(sm: Any, role: str, trial: str, put: Any, told: Any) -> None:
    """The job has a component of its own beside the run (https://github.com/aws/sagemaker-python-sdk/issues/4523), which
    names the job among its sources."""
    put("e-run", "t")
    config = {"ExperimentName": "e", "TrialName": "t", "RunName": "e-run"}
    for name in ("job-1", "job-2"):
        sm.create_training_job(**scripted(role, name=name, ExperimentConfig=config))
    told()
    assert sm.describe_training_job(TrainingJobName="job-1")["ExperimentConfig"] == config
    found = sm.list_trial_components(TrialName="t", SortBy="Name", SortOrder="Ascending")
    assert [one["TrialComponentName"] for one in found["TrialComponentSummaries"]] == [
        "e-run",
        "job-1-aws-training-job",
        "job-2-aws-training-job",
    ]
    arns = [f"{BASE}:training-job/{name}" for name in ("job-1", "job-2")]
    assert [one["SourceArn"] for one in shown(sm, "e-run")["Sources"]] == arns
    one = {"Name": "TrialComponentName", "Operator": "Equals", "Value": "job-1-aws-training-job"}
    (result,) = sm.search(Resource="ExperimentTrialComponent", SearchExpression={"Filters": [one]})["Results"]
    assert result["TrialComponent"]["RunName"] == "e-run"
    by_job = {"Name": "Source.SourceArn", "Operator": "Equals", "Value": arns[1]}
    (second,) = sm.search(Resource="ExperimentTrialComponent", SearchExpression={"Filters": [by_job]})[
        "Results"
    ]
    assert second["TrialComponent"]["TrialComponentName"] == "job-2-aws-training-job"
    detail = result["TrialComponent"]["SourceDetail"]
    assert (detail["SourceArn"], detail["TrainingJob"]["TrainingJobName"]) == (arns[0], "job-1")


def test_components_are_listed_by_their_job(sm: Any, role: str, told: Any) -> None:
    """_RunEnvironment.get_trial_component of the SDKs asks in small letters."""
    sm.create_training_job(**scripted(role, name="Job-1"))
    told()
    for arn in (f"{BASE}:training-job/Job-1", f"{BASE}:training-job/job-1"):
        (found,) = sm.list_trial_components(SourceArn=arn)["TrialComponentSummaries"]
        assert found["TrialComponentName"] == "Job-1-aws-training-job"
        assert found["TrialComponentSource"]["SourceArn"] == f"{BASE}:training-job/Job-1"


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"ExperimentName": "none"}, "ResourceNotFound"),
        ({"TrialName": "none"}, "ResourceNotFound"),
        ({"ExperimentName": "other", "TrialName": "t"}, "ValidationException"),
    ],
)
def test_a_config_that_cannot_be(
    sm: Any, role: str, trial: str, told: Any, config: dict[str, str], code: str
) -> None:
    sm.create_experiment(ExperimentName="other")
    assert refusal(lambda: sm.create_training_job(**scripted(role, ExperimentConfig=config)))[0] == code
    request = processing_request(role, ExperimentConfig=config)
    assert refusal(lambda: sm.create_processing_job(**request))[0] == code
    told()
    assert sm.list_trial_components()["TrialComponentSummaries"] == []


def test_what_users_do_to_a_component_stays(sm: Any, role: str, told: Any, run: Any) -> None:
    sm.create_training_job(**scripted(role))
    told()
    name = {"TrialComponentName": "job-1-aws-training-job"}
    sm.update_trial_component(
        **name,
        Parameters={"mine": {"NumberValue": 1.0}},
        ParametersToRemove=["num_round"],
        OutputArtifacts={"report": {"Value": "s3://bucket/report"}},
    )
    run("loss=1\n")
    told()
    found = sm.describe_trial_component(**name)
    assert ("mine" in found["Parameters"], "num_round" in found["Parameters"]) == (True, False)
    assert found["OutputArtifacts"].keys() == {"report", "SageMaker.ModelArtifact"}


def test_a_deleted_component_is_not_made_again(sm: Any, role: str, told: Any, run: Any) -> None:
    sm.create_training_job(**scripted(role))
    told()
    sm.delete_trial_component(TrialComponentName="job-1-aws-training-job")
    run("loss=1\n")
    told()
    assert sm.list_trial_components()["TrialComponentSummaries"] == []


def test_a_name_that_a_user_has_taken_stays_theirs(sm: Any, role: str, told: Any, put: Any) -> None:
    put("job-1-aws-training-job", DisplayName="mine")
    sm.create_training_job(**scripted(role))
    told()
    found = shown(sm, "job-1-aws-training-job")
    assert (found["DisplayName"], "Source" in found) == ("mine", False)


def test_the_same_changes_twice(
    sm: Any, role: str, trial: str, platform: Platform, told: Any, run: Any
) -> None:
    """A consumer sees each change at least once."""
    sm.create_training_job(**scripted(role, ExperimentConfig={"TrialName": "t"}))
    run("loss=1\n")
    told()
    before = shown(sm, "job-1-aws-training-job")
    with platform.store.write() as tx:
        tx.sql("delete from consumer where name = ?", "sagemaker:keep_components")
    told()
    after = shown(sm, "job-1-aws-training-job")
    ignored = {"ResponseMetadata"}
    assert {name: after[name] for name in after if name not in ignored} == {
        name: before[name] for name in before if name not in ignored
    }


@pytest.mark.parametrize("wanted", [True, False])
def test_the_series_of_a_jobs_metrics(
    sm: Any, mm: Any, role: str, told: Any, run: Any, clock: FakeClock, wanted: bool
) -> None:
    """AWS's samples ask for series by the job's ARN."""
    request = scripted(role)
    request["AlgorithmSpecification"]["EnableSageMakerMetricsTimeSeries"] = wanted
    sm.create_training_job(**request)
    run("loss=4\nloss=2\n")
    told()
    query = {"MetricName": "loss", "MetricStat": "Avg", "Period": "OneHour", "XAxisType": "Timestamp"}
    arns = (f"{BASE}:training-job/job-1", f"{BASE}:experiment-trial-component/job-1-aws-training-job")
    queries = [{**query, "ResourceArn": arn} for arn in arns]
    found = mm.batch_get_metrics(MetricQueries=queries)["MetricQueryResults"]
    said = [(one["Status"], one["MetricValues"]) for one in found]
    assert said == [("Complete", [3.0] if wanted else [])] * 2


def test_the_series_of_a_job_that_runs(
    sm: Any, mm: Any, role: str, told: Any, runs: FakeExecutor, controllers: Controllers, clock: FakeClock
) -> None:
    request = scripted(role)
    request["AlgorithmSpecification"]["EnableSageMakerMetricsTimeSeries"] = True
    sm.create_training_job(**request)
    turn(controllers, clock, 2)
    (run,) = runs.runs()
    runs.advance(run, steps=(("Downloading", clock.now()), ("Running", clock.now() + 1)))
    told()
    for text in ("loss=4\n", "loss=2\nloss=3\n"):
        runs.write(run, text)
        turn(controllers, clock, 2)
    query = {"MetricName": "loss", "MetricStat": "Count", "Period": "OneHour", "XAxisType": "Timestamp"}
    (found,) = mm.batch_get_metrics(MetricQueries=[{**query, "ResourceArn": f"{BASE}:training-job/job-1"}])[
        "MetricQueryResults"
    ]
    assert (found["Status"], sum(found["MetricValues"])) == ("Complete", 3.0)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("0.1", {"NumberValue": 0.1}),
        ("1e-3", {"NumberValue": 0.001}),
        ("nan", {"StringValue": "nan"}),
        ("inf", {"StringValue": "inf"}),
        ("s3://bucket/x", {"StringValue": "s3://bucket/x"}),
        ("x" * 2501, {"StringValue": "x" * 2500}),
        (5, {"NumberValue": 5.0}),
    ],
)
def test_a_parameter_is_a_number_where_its_text_is_one(value: Any, wanted: dict[str, Any]) -> None:
    assert parameter(value) == wanted
