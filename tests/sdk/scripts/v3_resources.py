"""SageMaker SDK v3: the resource classes of sagemaker.core, from TrainingJob.create to Model.delete."""

import os
import sys
import time

import boto3
from botocore.exceptions import ClientError
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.resources import (
    Endpoint,
    EndpointConfig,
    Model,
    ProcessingJob,
    Tag,
    TrainingJob,
    TransformJob,
)
from sagemaker.core.shapes import (
    AlgorithmSpecification,
    AppSpecification,
    Channel,
    ContainerDefinition,
    DataSource,
    OutputDataConfig,
    ProcessingClusterConfig,
    ProcessingResources,
    ProductionVariant,
    ResourceConfig,
    S3DataSource,
    StoppingCondition,
    TransformDataSource,
    TransformInput,
    TransformOutput,
    TransformResources,
    TransformS3DataSource,
)

ROLE = sys.argv[1]
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
session = Session()
bucket = session.default_bucket()
name = f"core-{os.getpid()}-{int(time.time())}"
s3 = boto3.client("s3")
rows = "\n".join(f"{x + 2 * y},{x},{y}" for x in range(12) for y in range(12))
s3.put_object(Bucket=bucket, Key=f"{name}/train/a.csv", Body=rows.encode())
s3.put_object(Bucket=bucket, Key=f"{name}/in/b.csv", Body=b"1,2\n5,5\n")


def code_of(call, *words, **params):
    try:
        call(*words, **params)
    except ClientError as error:
        return error.response["Error"]["Code"]
    raise AssertionError("expected a refusal")


def training():
    source = S3DataSource(s3_data_type="S3Prefix", s3_uri=f"s3://{bucket}/{name}/train/")
    request = dict(  # noqa: C408
        training_job_name=name,
        algorithm_specification=AlgorithmSpecification(training_image=XGBOOST, training_input_mode="File"),
        role_arn=ROLE,
        input_data_config=[
            Channel(
                channel_name="train", content_type="text/csv", data_source=DataSource(s3_data_source=source)
            )
        ],
        output_data_config=OutputDataConfig(s3_output_path=f"s3://{bucket}/{name}/out"),
        resource_config=ResourceConfig(instance_type="ml.m5.large", instance_count=1, volume_size_in_gb=1),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=300),
        hyper_parameters={"num_round": "30", "objective": "reg:squarederror"},
        tags=[Tag(key="team", value="ml")],
    )
    job = TrainingJob.create(**request)
    job.wait(poll=1)
    job.refresh()
    assert (job.training_job_status, job.secondary_status) == ("Completed", "Completed")
    assert [each.training_job_name for each in TrainingJob.get_all(name_contains=name)] == [name]
    assert [(tag.key, tag.value) for tag in Tag.get_all(resource_arn=job.training_job_arn)] == [
        ("team", "ml")
    ]
    assert code_of(TrainingJob.create, **request) == "ResourceInUse"
    assert code_of(job.stop) == "ValidationException"
    return job.model_artifacts.s3_model_artifacts


def transform():
    data = TransformS3DataSource(s3_data_type="S3Prefix", s3_uri=f"s3://{bucket}/{name}/in/")
    job = TransformJob.create(
        transform_job_name=name,
        model_name=name,
        transform_input=TransformInput(
            data_source=TransformDataSource(s3_data_source=data), content_type="text/csv", split_type="Line"
        ),
        transform_output=TransformOutput(
            s3_output_path=f"s3://{bucket}/{name}/scored", assemble_with="Line", accept="text/csv"
        ),
        transform_resources=TransformResources(instance_type="ml.m5.large", instance_count=1),
    )
    job.wait(poll=1)
    scored = s3.get_object(Bucket=bucket, Key=f"{name}/scored/b.csv.out")["Body"].read()
    assert len(scored.split()) == 2, scored


def variant(label, count=1):
    return ProductionVariant(
        variant_name=label, model_name=name, instance_type="ml.m5.large", initial_instance_count=count
    )


def endpoint():
    first = EndpointConfig.create(endpoint_config_name=name, production_variants=[variant("A")])
    it = Endpoint.create(endpoint_name=name, endpoint_config_name=name)
    it.wait_for_status("InService", poll=1)
    answer = it.invoke(body="1,2\n5,5", content_type="text/csv", accept="text/csv")
    scores = [float(word) for word in answer.body.read().decode().split()]
    assert max(abs(scores[0] - 5), abs(scores[1] - 15)) < 1, scores
    second = EndpointConfig.create(endpoint_config_name=f"{name}-2", production_variants=[variant("B", 2)])
    boto3.client("sagemaker").update_endpoint(EndpointName=name, EndpointConfigName=f"{name}-2")
    it.wait_for_status("InService", poll=1)
    it.refresh()
    assert it.endpoint_config_name == f"{name}-2"
    assert it.production_variants[0].current_instance_count == 2
    it.delete()
    it.wait_for_delete(poll=1)
    for config in (first, second):
        config.delete()
    assert code_of(Endpoint.get, name) == "ValidationException"


def processing():
    job = ProcessingJob.create(
        processing_job_name=name,
        processing_resources=ProcessingResources(
            cluster_config=ProcessingClusterConfig(
                instance_count=1, instance_type="ml.m5.large", volume_size_in_gb=1
            )
        ),
        app_specification=AppSpecification(
            image_uri="python:3.11-slim", container_entrypoint=["sleep", "300"]
        ),
        role_arn=ROLE,
    )
    job.stop()
    for _ in range(100):
        job.refresh()
        if job.processing_job_status == "Stopped":
            break
        time.sleep(0.2)
    assert job.processing_job_status == "Stopped"


artifacts = training()
container = ContainerDefinition(image=XGBOOST, model_data_url=artifacts)
model = Model.create(model_name=name, primary_container=container, execution_role_arn=ROLE)
transform()
endpoint()
processing()
model.delete()
assert code_of(Model.get, name) == "ValidationException"
print("PASS")
