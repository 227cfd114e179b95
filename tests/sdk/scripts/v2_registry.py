# ruff: noqa: PT017
"""SageMaker SDK v2: versions of a group with model cards, a package without a group, cards that are exported to PDF."""

import json
import os
import sys
import time

import boto3
import sagemaker
from botocore.exceptions import ClientError
from sagemaker import ModelPackage
from sagemaker.model import Model
from sagemaker.model_card import (
    AdditionalInformation,
    EvaluationJob,
    HyperParameter,
    IntendedUses,
    Metric,
    MetricGroup,
    ModelCard,
    ModelOverview,
    ModelPackageModelCard,
    ObjectiveFunction,
    TrainingDetails,
    TrainingJobDetails,
    TrainingMetric,
)
from sagemaker.model_card import ModelPackage as CardPackage
from sagemaker.model_card.model_card import Function
from sagemaker.model_card.schema_constraints import FacetEnum, ObjectiveFunctionEnum, RiskRatingEnum
from sagemaker.model_life_cycle import ModelLifeCycle
from sagemaker.model_metrics import MetricsSource, ModelMetrics

ROLE = sys.argv[1]
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
session = sagemaker.Session()
sm, s3, bucket = session.sagemaker_client, boto3.client("s3"), session.default_bucket()
name = f"registry-{os.getpid()}-{int(time.time())}"
data = f"s3://{bucket}/{name}/model.tar.gz"
s3.put_object(Bucket=bucket, Key=f"{name}/model.tar.gz", Body=b"no archive; nothing is served here")
statistics = session.upload_string_as_file_body(
    json.dumps({"regression_metrics": {"rmse": {"value": 1.5, "standard_deviation": 0.1}}}),
    bucket,
    f"{name}/stats.json",
)


def described(arn):
    return sm.describe_model_package(ModelPackageName=arn)


def versions():
    """Register versions as `Model.register` does, and change them as `ModelPackage` does."""
    metrics = ModelMetrics(model_statistics=MetricsSource("application/json", statistics))
    asked = {
        "content_types": ["text/csv"],
        "response_types": ["text/csv"],
        "inference_instances": ["ml.m5.large"],
        "transform_instances": ["ml.m5.large"],
    }
    model = Model(image_uri=IMAGE, model_data=data, role=ROLE, sagemaker_session=session)
    package = model.register(
        **asked,
        model_package_group_name=name,
        model_metrics=metrics,
        customer_metadata_properties={"team": "a"},
        model_card=ModelPackageModelCard(
            model_card_content={"intended_uses": {"risk_rating": "Low"}}, model_card_status="Draft"
        ),
        model_life_cycle=ModelLifeCycle(stage="Development", stage_status="InProgress"),
        domain="MACHINE_LEARNING",
        task="REGRESSION",
        sample_payload_url=f"s3://{bucket}/{name}/payload.tar.gz",
    )
    arn = package.model_package_arn
    shown = described(arn)
    assert shown["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"] == statistics
    assert json.loads(shown["ModelCard"]["ModelCardContent"]) == {"intended_uses": {"risk_rating": "Low"}}
    assert shown["ModelLifeCycle"] == {"Stage": "Development", "StageStatus": "InProgress"}
    package.update_approval_status("Approved", "good")
    package.update_model_life_cycle(
        ModelLifeCycle(stage="Production", stage_status="Approved")._to_request_dict()
    )
    package.update_customer_metadata({"owner": "b"})
    package.remove_customer_metadata_properties(["team"])
    package.add_inference_specification(name="more", containers=[{"Image": IMAGE, "ModelDataUrl": data}])
    package.update_source_uri(data)
    package.update_model_card(ModelPackageModelCard({"intended_uses": {"risk_rating": "High"}}, "Draft"))
    package.update_model_card(ModelPackageModelCard({"intended_uses": {"risk_rating": "High"}}, "Approved"))
    shown = described(arn)
    assert (shown["ModelApprovalStatus"], shown["ApprovalDescription"]) == ("Approved", "good")
    assert shown["ModelLifeCycle"]["Stage"] == "Production"
    assert [one["Name"] for one in shown["AdditionalInferenceSpecifications"]] == ["more"]
    assert shown["CustomerMetadataProperties"] == {"owner": "b"}
    assert shown["ModelCard"]["ModelCardStatus"] == "Approved"
    assert json.loads(shown["ModelCard"]["ModelCardContent"])["intended_uses"]["risk_rating"] == "High"
    ModelPackage(role=ROLE, model_package_arn=arn, sagemaker_session=session)._create_sagemaker_model()

    alone = model.register(**asked, model_package_name=f"{name}-alone")
    assert alone.model_package_arn.endswith(f":model-package/{name}-alone")
    try:
        sm.create_model_package(
            ModelPackageName=f"{name}-alone", InferenceSpecification=shown["InferenceSpecification"]
        )
    except ClientError as error:
        assert "ModelPackage already exists" in str(error)
    else:
        raise AssertionError("a name was taken twice")
    return arn


def cards(arn):
    """Write a card, its next version and its PDF file; and a card of the package."""
    card = ModelCard(
        name=name,
        model_overview=ModelOverview(model_name="m", model_id="m", model_artifact=[data]),
        intended_uses=IntendedUses(purpose_of_model="to try", risk_rating=RiskRatingEnum.LOW),
        training_details=TrainingDetails(
            objective_function=ObjectiveFunction(
                function=Function(function=ObjectiveFunctionEnum.MINIMIZE, facet=FacetEnum.RMSE), notes="n"
            ),
            training_job_details=TrainingJobDetails(
                training_metrics=[TrainingMetric(name="rmse", value=1.5)],
                hyper_parameters=[HyperParameter(name="eta", value="0.1")],
            ),
        ),
        evaluation_details=[
            EvaluationJob(
                name="holdout",
                metric_groups=[
                    MetricGroup(name="g", metric_data=[Metric(name="rmse", type="number", value=1.5)])
                ],
            )
        ],
        additional_information=AdditionalInformation(custom_details={"a": "b"}),
        sagemaker_session=session,
    )
    assert card.create().endswith(f":model-card/{name}")
    assert card.version == 1
    card.update(status="PendingReview")
    card.intended_uses.purpose_of_model = "to try again"
    card.update()
    loaded = ModelCard.load(name=name, sagemaker_session=session)
    assert (loaded.version, loaded.status, loaded.intended_uses.purpose_of_model) == (
        2,
        "PendingReview",
        "to try again",
    )
    assert loaded.evaluation_details[0].metric_groups[0].metric_data[0].value == 1.5
    history = loaded.get_version_history()
    assert sorted(one["ModelCardVersion"] for one in history) == [1, 2]
    uri = loaded.export_pdf(s3_output_path=f"s3://{bucket}/{name}/cards")
    found = s3.get_object(Bucket=bucket, Key=uri.removeprefix(f"s3://{bucket}/"))["Body"].read()
    assert found.startswith(b"%PDF")
    assert len(loaded.list_export_jobs()["ModelCardExportJobSummaries"]) == 1

    of_package = ModelCard(
        name=f"{name}-of-package",
        model_package_details=CardPackage.from_model_package_arn(arn, sagemaker_session=session),
        sagemaker_session=session,
    )
    of_package.create()
    results = sm.search(
        Resource="ModelCard",
        SearchExpression={
            "Filters": [{"Name": "ModelPackageGroupName", "Operator": "Equals", "Value": name}]
        },
    )["Results"]
    assert [one["ModelCard"]["ModelCardName"] for one in results] == [f"{name}-of-package"]
    for one in (loaded, of_package):
        assert one.delete()


cards(versions())
for one in sm.list_model_packages(ModelPackageGroupName=name)["ModelPackageSummaryList"]:
    sm.delete_model_package(ModelPackageName=one["ModelPackageArn"])
sm.delete_model_package_group(ModelPackageGroupName=name)
sm.delete_model_package(ModelPackageName=f"{name}-alone")
print("PASS")
