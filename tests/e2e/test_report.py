"""`clary report` of real things of a live platform: every kind of page from what jobs really did."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from clary.cli.main import main
from tests.cli.report.conftest import words
from tests.e2e.conftest import OVER, Bench, csv_rows
from tests.support.images import SKLEARN, XGBOOST
from tests.support.live import make_role
from tests.support.waiting import until

pytestmark = pytest.mark.slow
# Within the 256 letters that a part of a container's entry point may have.
EVALUATION = '{"binary_classification_metrics":{"confusion_matrix":{"0":{"0":1,"1":2},"1":{"0":0,"1":1}},"precision":0.25}}'
WRITE = f"mkdir -p /opt/ml/processing/out && echo '{EVALUATION}' > /opt/ml/processing/out/e.json"


@pytest.fixture
def report(bench: Bench, tmp_path: Path) -> Any:
    """The command; returns what a reader sees."""

    def run(name: str) -> str:
        target = tmp_path / "page.html"
        with contextlib.redirect_stdout(io.StringIO()):
            assert main(["report", name, "--out", str(target), "--home", str(bench.live.home.path)]) == 0
        return words(target.read_text())

    return run


def evaluation(bench: Bench, role: str, place: str) -> dict[str, Any]:
    """A processing job that writes a document of model quality."""
    output = {"S3Uri": bench.uri(place), "LocalPath": "/opt/ml/processing/out", "S3UploadMode": "EndOfJob"}
    return {
        "RoleArn": role,
        "AppSpecification": {"ImageUri": SKLEARN, "ContainerEntrypoint": ["/bin/bash", "-c", WRITE]},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}
        },
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "evaluation", "S3Output": output}]},
    }


def test_a_processing_job_and_a_pipeline(bench: Bench, report: Any) -> None:
    # The role of a pipeline creates jobs, which the role of the suite's jobs may not.
    role = make_role(bench.live, "Reports")
    policy = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
    bench.live.client("iam").attach_role_policy(RoleName="Reports", PolicyArn=policy)
    arguments = evaluation(bench, role, "report/out")
    steps = [{"Name": "Evaluate", "Type": "Processing", "Arguments": arguments}]
    definition = json.dumps({"Version": "2020-12-01", "Parameters": [], "Steps": steps})
    bench.sm.create_pipeline(
        PipelineName="report", PipelineDefinition=definition, RoleArn=role, ClientRequestToken="t" * 32
    )
    started = bench.sm.start_pipeline_execution(PipelineName="report", ClientRequestToken="t" * 32)
    arn = started["PipelineExecutionArn"]

    def ended() -> Any:
        found = bench.sm.describe_pipeline_execution(PipelineExecutionArn=arn)
        return found["PipelineExecutionStatus"] in ("Succeeded", "Failed")

    until(ended, 60)
    said = report("report")
    assert "Succeeded · execution" in said, said
    assert "Evaluate Succeeded" in said
    steps = bench.sm.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    for name in (steps[0]["Metadata"]["ProcessingJob"]["Arn"], bench.uri("report/out")):
        said = report(name)
        assert "precision 0.25 –" in said
        assert "0 1 33% 2 67%" in said


def test_a_training_job_in_an_experiment(bench: Bench, report: Any) -> None:
    bench.sm.create_experiment(ExperimentName="report")
    bench.sm.create_trial(TrialName="report-trial", ExperimentName="report")
    bench.put("report/train.csv", csv_rows())
    job = bench.train(
        "report-train",
        image=XGBOOST,
        HyperParameters={"num_round": "5", "objective": "reg:squarederror"},
        InputDataConfig=[bench.channel(bench.uri("report/train.csv"), ContentType="text/csv")],
        ExperimentConfig={"ExperimentName": "report", "TrialName": "report-trial"},
    )
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    said = report("report-train")
    assert "num_round 5" in said
    assert "train:rmse" in said
    experiment = bench.sm.describe_experiment(ExperimentName="report")["ExperimentArn"]
    until(lambda: "report-train-aws-training-job" in report(experiment))
    assert "num_round 5" in report("report-trial")


def test_a_tuning_job(bench: Bench, report: Any) -> None:
    bench.put("report/tune.csv", csv_rows())
    channels = [
        bench.channel(bench.uri("report/tune.csv"), name, ContentType="text/csv")
        for name in ("train", "validation")
    ]
    bench.sm.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="report-tune",
        HyperParameterTuningJobConfig={
            "Strategy": "Random",
            "RandomSeed": 1,
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:rmse"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 3},
            "ParameterRanges": {
                "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "1", "MaxValue": "6"}]
            },
        },
        TrainingJobDefinition={
            "StaticHyperParameters": {"num_round": "3", "objective": "reg:squarederror"},
            "AlgorithmSpecification": {"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
            "RoleArn": bench.role,
            "InputDataConfig": channels,
            "OutputDataConfig": {"S3OutputPath": bench.uri("out")},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        },
    )

    def ended() -> Any:
        found = bench.sm.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="report-tune")
        return found["HyperParameterTuningJobStatus"] in OVER

    until(ended, 90)
    said = report("report-tune")
    assert "All of its 3 training jobs have ended." in said
    assert "All 3 training jobs have an objective." in said
    assert "max_depth 1 to 6" in said
