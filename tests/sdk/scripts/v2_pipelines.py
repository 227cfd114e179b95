"""Pipelines as users of SDK 2 define them: each type of steps that Clary has, each form of references, conditions; upsert,
versions, and what is refused."""

from __future__ import annotations

import json
import sys
import uuid

import boto3
from botocore.exceptions import ClientError
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.lineage.artifact import Artifact
from sagemaker.model import Model
from sagemaker.model_monitor import DatasetFormat
from sagemaker.processing import ProcessingInput, ProcessingOutput, ScriptProcessor
from sagemaker.transformer import Transformer
from sagemaker.tuner import ContinuousParameter, HyperparameterTuner
from sagemaker.workflow.check_job_config import CheckJobConfig
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import (
    ConditionEquals,
    ConditionIn,
    ConditionLessThanOrEqualTo,
    ConditionNot,
    ConditionOr,
)
from sagemaker.workflow.endpoint_step import EndpointConfigStep, EndpointStep
from sagemaker.workflow.execution_variables import ExecutionVariables
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.lineage_step import LineageAssociation, LineageEntityReference, LineageStep
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parallelism_config import ParallelismConfiguration
from sagemaker.workflow.parameters import (
    ParameterBoolean,
    ParameterFloat,
    ParameterInteger,
    ParameterString,
)
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.quality_check_step import DataQualityCheckConfig, QualityCheckStep
from sagemaker.workflow.retry import StepExceptionTypeEnum, StepRetryPolicy
from sagemaker.workflow.steps import CacheConfig, ProcessingStep, TrainingStep, TransformStep, TuningStep

ROLE = sys.argv[1]
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
MACHINE = {"instance_count": 1, "instance_type": "ml.m5.large"}
session = PipelineSession()
bucket = session.default_bucket()
name = f"t-{uuid.uuid4().hex[:10]}"
boto3.client("s3").put_object(Bucket=bucket, Key=f"{name}/code.py", Body=b"")

source = ParameterString("InputData", default_value=f"s3://{bucket}/{name}/in")
rounds = ParameterInteger("Rounds", default_value=25)
threshold = ParameterFloat("Threshold", default_value=0.5)
skip = ParameterBoolean("Skip", default_value=True)
approval = ParameterString("Approval", default_value="Approved", enum_values=["Approved", "Rejected"])

processor = ScriptProcessor(
    role=ROLE, image_uri=IMAGE, command=["python3"], sagemaker_session=session, **MACHINE
)
report = PropertyFile("Report", output_name="train", path="report.json")
split = ProcessingStep(
    "Split",
    step_args=processor.run(
        code=f"s3://{bucket}/{name}/code.py",
        arguments=["--rounds", rounds.to_string()],
        inputs=[ProcessingInput(source=source, destination="/opt/ml/processing/input")],
        outputs=[ProcessingOutput(output_name="train", source="/opt/ml/processing/out")],
    ),
    property_files=[report],
    cache_config=CacheConfig(enable_caching=True, expire_after="p30d"),
    retry_policies=[StepRetryPolicy([StepExceptionTypeEnum.THROTTLING], max_attempts=3)],
)
estimator = Estimator(
    IMAGE,
    ROLE,
    1,
    "ml.m5.large",
    sagemaker_session=session,
    output_path=f"s3://{bucket}/{name}/out",
    hyperparameters={"num_round": rounds, "eta": 0.2},
)
data = split.properties.ProcessingOutputConfig.Outputs["train"].S3Output.S3Uri
train = TrainingStep("Train", step_args=estimator.fit({"train": TrainingInput(data)}))
tuner = HyperparameterTuner(
    estimator,
    "validation:rmse",
    {"eta": ContinuousParameter(0.1, 0.5)},
    objective_type="Minimize",
    max_jobs=2,
)
tune = TuningStep("Tune", step_args=tuner.fit({"train": TrainingInput(source)}))


def model(data: object) -> Model:
    return Model(image_uri=IMAGE, model_data=data, role=ROLE, sagemaker_session=session)


create = ModelStep(
    "Create",
    step_args=model(train.properties.ModelArtifacts.S3ModelArtifacts).create(instance_type="ml.m5.large"),
)
register = ModelStep(
    "Register",
    step_args=model(tune.get_top_model_s3_uri(0, bucket)).register(
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=["ml.m5.large"],
        transform_instances=["ml.m5.large"],
        model_package_group_name="g",
        approval_status=approval,
    ),
)
transformer = Transformer(
    model_name=create.properties.ModelName,
    output_path=f"s3://{bucket}/{name}/bt",
    sagemaker_session=session,
    **MACHINE,
)
batch = TransformStep(
    "Batch", step_args=transformer.transform(f"s3://{bucket}/{name}/in", content_type="text/csv")
)
fail = FailStep("TooBad", error_message=Join(on=" ", values=["above", threshold, skip]))
gate = ConditionStep(
    "Gate",
    conditions=[
        ConditionLessThanOrEqualTo(
            JsonGet(step_name="Split", property_file=report, json_path="mse.value"), threshold
        ),
        ConditionNot(ConditionOr([ConditionIn(approval, ["Rejected"]), ConditionEquals(skip, False)])),
    ],
    if_steps=[create, register, batch],
    else_steps=[fail],
)
quality = QualityCheckStep(
    "Quality",
    quality_check_config=DataQualityCheckConfig(
        baseline_dataset=data,
        dataset_format=DatasetFormat.csv(header=True),
        output_s3_uri=Join(
            on="/", values=[f"s3://{bucket}/{name}", ExecutionVariables.PIPELINE_EXECUTION_ID]
        ),
    ),
    check_job_config=CheckJobConfig(role=ROLE, sagemaker_session=session, **MACHINE),
    skip_check=skip,
    register_new_baseline=True,
)
artifact = Artifact.create(
    source_uri=train.properties.ModelArtifacts.S3ModelArtifacts,
    artifact_name="model",
    artifact_type="Model",
    sagemaker_session=session,
)
lineage = LineageStep(
    "Lineage",
    artifacts=[artifact],
    associations=[
        LineageAssociation(
            LineageEntityReference(name="model", type="Artifact"),
            LineageEntityReference(arn="arn:aws:sagemaker:us-east-1:111122223333:artifact/x"),
            "Produced",
        )
    ],
)
config = EndpointConfigStep(
    "Config",
    step_args=session.create_endpoint_config(
        name="config",
        model_name=create.properties.ModelName,
        initial_instance_count=1,
        instance_type="ml.m5.large",
    ),
)
endpoint = EndpointStep(
    "Endpoint",
    step_args=session.create_endpoint(endpoint_name="e", config_name=config.properties.EndpointConfigName),
)

parameters = [source, rounds, threshold, skip, approval]
steps = [split, train, tune, gate, quality, lineage, config, endpoint]
pipeline = Pipeline(name, parameters=parameters, steps=steps, sagemaker_session=session)

# What upsert compares, what Describe gives back, and the versions.
arn = pipeline.upsert(role_arn=ROLE, tags=[{"Key": "a", "Value": "1"}])["PipelineArn"]
assert (
    pipeline.upsert(role_arn=ROLE, description="again", tags=[{"Key": "b", "Value": "2"}])["PipelineArn"]
    == arn
)
shown = pipeline.describe()
assert json.loads(shown["PipelineDefinition"]) == json.loads(pipeline.definition())
assert shown["PipelineDescription"] == "again"
tags = session.sagemaker_client.list_tags(ResourceArn=arn)["Tags"]
assert {tag["Key"]: tag["Value"] for tag in tags} == {"a": "1", "b": "2"}
assert pipeline.latest_pipeline_version_id == 1
pipeline.steps = [split, train]
pipeline.update(role_arn=ROLE, parallelism_config=ParallelismConfiguration(3))
assert pipeline.latest_pipeline_version_id == 2
assert pipeline.describe()["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 3}
assert len(json.loads(pipeline.describe(pipeline_version_id=1)["PipelineDefinition"])["Steps"]) == 8

# A definition of more than 100 KB is put into S3 by the SDK.
fails = [FailStep(f"F{number}", error_message="x" * 1000) for number in range(120)]
large = Pipeline(f"{name}-large", steps=fails, sagemaker_session=session)
large.upsert(role_arn=ROLE)
assert json.loads(large.describe()["PipelineDefinition"])["Steps"][119]["Name"] == "F119"


def refused(*steps: object) -> str:
    try:
        Pipeline(f"{name}-wrong", parameters=parameters, steps=steps, sagemaker_session=session).create(
            role_arn=ROLE
        )
    except ClientError as error:
        return error.response["Error"]["Message"]
    raise AssertionError("it was accepted")


# https://github.com/aws/sagemaker-python-sdk/issues/4867
number = processor.run(code=f"s3://{bucket}/{name}/code.py", arguments=["--rounds", rounds])
assert "Cannot assign property reference [Parameters.Rounds] to argument of type [String]." in refused(
    ProcessingStep("Wrong", step_args=number)
)
elsewhere = JsonGet(step_name="Split", property_file="Other", json_path="a")
assert "There is no such property file." in refused(
    split, ConditionStep("Gate", conditions=[ConditionEquals(elsewhere, 1)], if_steps=[fail])
)

pipeline.delete()
large.delete()
print("PASS")
