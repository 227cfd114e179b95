"""SageMaker SDK v2: pipelines that run. A processing step with a property file, a condition, a training step that is cached, a
check of data quality, a selective execution, an execution that is stopped and retried."""

import json
import sys
import time
from pathlib import Path

import boto3
import sagemaker
from sagemaker.estimator import Estimator
from sagemaker.model_monitor import DatasetFormat
from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.workflow.check_job_config import CheckJobConfig
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import ConditionLessThanOrEqualTo
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import JsonGet
from sagemaker.workflow.parameters import ParameterFloat, ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.quality_check_step import DataQualityCheckConfig, QualityCheckStep
from sagemaker.workflow.selective_execution_config import SelectiveExecutionConfig
from sagemaker.workflow.steps import CacheConfig, ProcessingStep, TrainingStep

ROLE = sys.argv[1]
PYTHON = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-base-python:3.11"
SPLIT = """
import json, os, pathlib
rows = pathlib.Path("/opt/ml/processing/input/data.csv").read_text().splitlines()
out = pathlib.Path("/opt/ml/processing/out")
(out / "train.csv").write_text("\\n".join(rows[1:]))
(out / "report.json").write_text(json.dumps({"rows": {"value": len(rows) - 1}}))
"""
SLEEP = ["python3", "-c", "import os, time; time.sleep(float(os.environ.get('PAUSE', '0')))"]

session = PipelineSession()
sm, s3 = boto3.client("sagemaker"), boto3.client("s3")
bucket = session.default_bucket()
name = f"executions-{int(time.time() * 1000)}"


def put(key: str, rows: list[str]) -> str:
    s3.put_object(Bucket=bucket, Key=f"{name}/{key}/data.csv", Body="\n".join(rows).encode())
    return f"s3://{bucket}/{name}/{key}/data.csv"


def wait(execution, status: str) -> dict:
    for _ in range(600):
        found = execution.describe()
        if found["PipelineExecutionStatus"] not in ("Executing", "Stopping"):
            break
        time.sleep(0.2)
    steps = {one["StepName"]: one for one in execution.list_steps()}
    assert found["PipelineExecutionStatus"] == status, (found, steps)
    return steps


numbers = [f"{n},{n * 2}" for n in range(20)]
good = put("good", ["a,b", *numbers])
bad = put("bad", ["a,b", *(f"{n}.5,x" for n in range(20))])

data = ParameterString("Data", default_value=good)
most = ParameterFloat("Most", default_value=100.0)
pause = ParameterString("Pause", default_value="0")
Path("split.py").write_text(SPLIT)
processor = ScriptProcessor(
    role=ROLE,
    image_uri=PYTHON,
    command=["python3"],
    instance_count=1,
    instance_type="ml.m5.large",
    sagemaker_session=session,
)
report = PropertyFile("Report", output_name="out", path="report.json")
split = ProcessingStep(
    "Split",
    step_args=processor.run(
        code="split.py",
        inputs=[ProcessingInput(source=data, destination="/opt/ml/processing/input")],
        outputs=[ProcessingOutput(output_name="out", source="/opt/ml/processing/out")],
    ),
    property_files=[report],
)
estimator = Estimator(
    PYTHON,
    ROLE,
    1,
    "ml.m5.large",
    sagemaker_session=session,
    output_path=f"s3://{bucket}/{name}/model",
    container_entry_point=SLEEP,
    environment={"PAUSE": pause},
)
output = split.properties.ProcessingOutputConfig.Outputs["out"].S3Output.S3Uri
train = TrainingStep(
    "Train", step_args=estimator.fit({"train": output}), cache_config=CacheConfig(True, "PT1H")
)
gate = ConditionStep(
    "Gate",
    conditions=[
        ConditionLessThanOrEqualTo(
            left=JsonGet(step_name="Split", property_file=report, json_path="rows.value"), right=most
        )
    ],
    if_steps=[train],
    else_steps=[FailStep("TooMany", error_message="too many rows")],
)
pipeline = Pipeline(name, parameters=[data, most, pause], steps=[split, gate], sagemaker_session=session)
pipeline.upsert(role_arn=ROLE)

# the branches of a condition, and what is cached
first = pipeline.start(execution_display_name="first")
steps = wait(first, "Succeeded")
assert set(steps) == {"Split", "Gate", "Train"}, steps
steps = wait(pipeline.start(parameters={"Most": 3}), "Failed")
assert steps["TooMany"]["FailureReason"] == "too many rows", steps
assert "Train" not in steps
executions = sm.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]
assert [one["PipelineExecutionStatus"] for one in executions] == ["Failed", "Succeeded"], executions

# a selective execution: Train alone, with Split's output of the first one
chosen = SelectiveExecutionConfig(source_pipeline_execution_arn=first.arn, selected_steps=["Train"])
steps = wait(pipeline.start(selective_execution_config=chosen), "Succeeded")
assert steps["Train"]["CacheHitResult"] == {"SourcePipelineExecutionArn": first.arn}, steps

# stopped in the middle, and retried
slow = pipeline.start(parameters={"Pause": "2"})
for _ in range(300):
    if any(one["StepName"] == "Train" for one in slow.list_steps()):
        break
    time.sleep(0.1)
slow.stop()
steps = wait(slow, "Stopped")
assert (steps["Split"]["StepStatus"], steps["Train"]["StepStatus"]) == ("Succeeded", "Stopped"), steps
sm.retry_pipeline_execution(PipelineExecutionArn=slow.arn)
retried = wait(slow, "Succeeded")
assert retried["Split"] == steps["Split"], retried
assert retried["Train"]["AttemptCount"] == 2, retried


# data quality: baselines, and data that is held against them
def checked(place: str, **members) -> QualityCheckStep:
    return QualityCheckStep(
        name="Check",
        quality_check_config=DataQualityCheckConfig(
            baseline_dataset=data,
            dataset_format=DatasetFormat.csv(header=True),
            output_s3_uri=f"s3://{bucket}/{name}/{place}",
        ),
        check_job_config=CheckJobConfig(role=ROLE, instance_type="ml.m5.large", sagemaker_session=session),
        **members,
    )


baseline = Pipeline(
    f"{name}-baseline",
    parameters=[data],
    steps=[checked("base", skip_check=True, register_new_baseline=True)],
    sagemaker_session=session,
)
baseline.upsert(role_arn=ROLE)
shown = wait(baseline.start(), "Succeeded")["Check"]["Metadata"]["QualityCheck"]
held = Pipeline(
    f"{name}-held",
    parameters=[data],
    steps=[
        checked(
            "held",
            supplied_baseline_statistics=shown["CalculatedBaselineStatistics"],
            supplied_baseline_constraints=shown["CalculatedBaselineConstraints"],
        )
    ],
    sagemaker_session=session,
)
held.upsert(role_arn=ROLE)
wait(held.start(), "Succeeded")
check = wait(held.start(parameters={"Data": bad}), "Failed")["Check"]
assert check["FailureReason"].startswith("ClientError: Quality check failed. See violation report"), check
place = check["Metadata"]["QualityCheck"]["ViolationReport"].removeprefix(f"s3://{bucket}/")
assert json.loads(s3.get_object(Bucket=bucket, Key=place)["Body"].read())["violations"]

for one in (pipeline, baseline, held):
    one.delete()
print("PASS", sagemaker.__version__)
