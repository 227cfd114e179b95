"""QualityCheck steps on data
(https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-quality-clarify-baseline-lifecycle.html)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.sagemaker.pipeline_bench import Bench, get, register
from tests.support.images import ANALYSER

SUPPLIED = {
    "SuppliedBaselineStatistics": "s3://bucket/before/statistics.json",
    "SuppliedBaselineConstraints": "s3://bucket/before/constraints.json",
}
VIOLATED = "CompletedWithViolations: Job completed successfully with 2 violations."
CALCULATED = ("s3://bucket/checked/statistics.json", "s3://bucket/checked/constraints.json")


def check(bench: Bench, **members: Any) -> dict[str, Any]:
    """Return the step that the SDK's QualityCheckStep makes."""
    place = "/opt/ml/processing/input/baseline_dataset_input"
    given = {"S3Uri": "s3://bucket/in", "LocalPath": place, "S3DataType": "S3Prefix", "S3InputMode": "File"}
    output = {
        "S3Uri": "s3://bucket/checked",
        "LocalPath": "/opt/ml/processing/output",
        "S3UploadMode": "EndOfJob",
    }
    request = {
        "AppSpecification": {"ImageUri": ANALYSER},
        "Environment": {
            "dataset_format": '{"csv": {"header": true}}',
            "dataset_source": place,
            "output_path": "/opt/ml/processing/output",
            "publish_cloudwatch_metrics": "Disabled",
        },
        "ProcessingInputs": [{"InputName": "baseline_dataset_input", "S3Input": given}],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "monitoring_output", "S3Output": output}]},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5}
        },
        "RoleArn": bench.role,
    }
    options = {"CheckType": "DATA_QUALITY", "SkipCheck": False, "RegisterNewBaseline": False, **members}
    return {"Name": "Check", "Type": "QualityCheck", "Arguments": request, **options}


def ended(bench: Bench, arn: str, message: str = "Completed: Job completed successfully.") -> dict[str, Any]:
    bench.turn()
    bench.end("Check", message=message)
    return bench.steps(arn)["Check"]


def job_of(bench: Bench, step: dict[str, Any]) -> dict[str, Any]:
    name = step["Metadata"]["QualityCheck"]["CheckJobArn"].rpartition("/")[2]
    return bench.sm.describe_processing_job(ProcessingJobName=name)


@pytest.mark.parametrize("registers", [False, True])
def test_the_data_is_held_against_what_is_supplied(bench: Bench, registers: bool) -> None:
    arn = bench.start(check(bench, **SUPPLIED, RegisterNewBaseline=registers))
    step = ended(bench, arn)
    shown = step["Metadata"]["QualityCheck"]
    assert (step["StepStatus"], shown["CheckType"], shown["SkipCheck"]) == (
        "Succeeded",
        "DATA_QUALITY",
        False,
    )
    assert "ViolationReport" not in shown
    assert (shown["CalculatedBaselineStatistics"], shown["CalculatedBaselineConstraints"]) == CALCULATED
    used = (shown["BaselineUsedForDriftCheckStatistics"], shown["BaselineUsedForDriftCheckConstraints"])
    assert used == (CALCULATED if registers else tuple(SUPPLIED.values()))
    variables = job_of(bench, step)["Environment"]
    assert variables["baseline_constraints"] == "/opt/ml/processing/baseline/constraints/constraints.json"
    assert variables["baseline_statistics"] == "/opt/ml/processing/baseline/statistics/statistics.json"


@pytest.mark.parametrize("fails", [None, True, False])
def test_violations_fail_the_step_unless_it_says_otherwise(bench: Bench, fails: bool | None) -> None:
    # test_quality_check_steps.py of the SDK
    arn = bench.start(check(bench, **SUPPLIED, FailOnViolation=fails))
    step = ended(bench, arn, VIOLATED)
    report = "s3://bucket/checked/constraint_violations.json"
    assert step["Metadata"]["QualityCheck"]["ViolationReport"] == report
    if fails is False:
        assert (step["StepStatus"], step.get("FailureReason")) == ("Succeeded", None)
    else:
        assert step["StepStatus"] == "Failed"
        assert step["FailureReason"] == f"ClientError: Quality check failed. See violation report {report}"


def test_the_latest_approved_version_has_the_baselines(bench: Bench) -> None:
    group = {"ModelPackageGroupName": "models"}
    bench.sm.create_model_package_group(**group)
    for number, status in ((1, "Approved"), (2, "Approved"), (3, "Rejected")):
        places = {
            kind: {"ContentType": "application/json", "S3Uri": f"s3://bucket/v{number}/{kind.lower()}.json"}
            for kind in ("Statistics", "Constraints")
        }
        request = register("x")["Arguments"] | group
        bench.sm.create_model_package(
            **request, ModelApprovalStatus=status, DriftCheckBaselines={"ModelDataQuality": places}
        )
        bench.clock.advance(1)
    step = ended(bench, bench.start(check(bench, **group)))
    shown = step["Metadata"]["QualityCheck"]
    assert shown["BaselineUsedForDriftCheckConstraints"] == "s3://bucket/v2/constraints.json"
    assert shown["ModelPackageGroupName"] == "models"


def test_a_check_that_is_skipped_only_calculates(bench: Bench) -> None:
    arn = bench.start(
        check(bench, SkipCheck=True, RegisterNewBaseline=True),
        {
            "Name": "Stop",
            "Type": "Fail",
            "Arguments": {"ErrorMessage": get("Steps.Check.CalculatedBaselineStatistics")},
        },
    )
    step = ended(bench, arn)
    assert step["StepStatus"] == "Succeeded"
    assert "baseline_constraints" not in job_of(bench, step)["Environment"]
    assert bench.steps(arn)["Stop"]["FailureReason"] == CALCULATED[0]


def test_without_any_baseline_there_is_no_check(bench: Bench) -> None:
    arn = bench.start(check(bench))
    bench.turn()
    assert bench.steps(arn)["Check"]["FailureReason"] == "ClientError: There is no baseline to check against."
