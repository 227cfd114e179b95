# ruff: noqa: PT017
"""SageMaker SDK v3: resource classes of the model registry and of model cards."""

import json
import os
import time

import boto3
from botocore.exceptions import ClientError
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.resources import ModelCard, ModelCardExportJob, ModelPackage, ModelPackageGroup
from sagemaker.core.shapes import ModelCardExportOutputConfig

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
session = Session()
bucket = session.default_bucket()
name = f"core-registry-{os.getpid()}-{int(time.time())}"
data = f"s3://{bucket}/{name}/model.tar.gz"
s3, sm = boto3.client("s3"), boto3.client("sagemaker")
s3.put_object(Bucket=bucket, Key=f"{name}/model.tar.gz", Body=b"no archive; nothing is served here")


def packages():
    """Update, list and delete versions. `ModelPackage.create` of the SDK looks for a member that no answer has."""
    group = ModelPackageGroup.create(model_package_group_name=name)
    container = {"Image": IMAGE, "ModelDataUrl": data}
    specification = {
        "Containers": [container],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    arns = [
        sm.create_model_package(
            ModelPackageGroupName=name,
            InferenceSpecification=specification,
            ModelLifeCycle={"Stage": stage, "StageStatus": "InProgress"},
        )["ModelPackageArn"]
        for stage in ("Development", "Production")
    ]
    package = ModelPackage.get(model_package_name=arns[1])
    assert (package.model_package_version, package.model_life_cycle.stage) == (2, "Production")
    package.update(model_approval_status="Approved")
    assert ModelPackage.get(model_package_name=arns[1]).model_approval_status == "Approved"
    found = ModelPackage.get_all(model_package_group_name=name)
    assert sorted(each.model_package_version for each in found) == [1, 2]
    both = package.batch_get(model_package_arn_list=arns).model_package_summaries
    assert sorted(both) == sorted(arns)
    for arn in arns:
        sm.delete_model_package(ModelPackageName=arn)
    group.delete()


def cards():
    content = {"intended_uses": {"risk_rating": "Low"}}
    card = ModelCard.create(model_card_name=name, content=json.dumps(content), model_card_status="Draft")
    card.update(content=json.dumps({}))
    assert ModelCard.get(model_card_name=name).model_card_version == 2
    assert name in [each.model_card_name for each in ModelCard.get_all(name_contains=name)]
    job = ModelCardExportJob.create(
        model_card_name=name,
        model_card_version=1,
        model_card_export_job_name=name,
        output_config=ModelCardExportOutputConfig(s3_output_path=f"s3://{bucket}/{name}/cards"),
    )
    job.wait(poll=1)
    job.refresh()
    assert job.status == "Completed", job.failure_reason
    key = job.export_artifacts.s3_export_artifacts.removeprefix(f"s3://{bucket}/")
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read(4) == b"%PDF"
    card.delete()
    try:
        ModelCard.get(model_card_name=name)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "ResourceNotFound"
    else:
        raise AssertionError("a card that was deleted is there")


packages()
cards()
print("PASS")
