"""Data-quality job definitions: what an execution of a monitoring schedule analyses, and with what."""

from __future__ import annotations

from typing import Any

from clary.kernel.errors import not_implemented, validation
from clary.plane import Context, Document, Errors, Hooks, Key, Noun, Record
from clary.services.sagemaker import own_images, requests, roles, volume_keys
from clary.services.sagemaker.monitoring import accepts
from clary.services.sagemaker.service import sagemaker


def allow(ctx: Context, params: dict[str, Any]) -> None:
    own_images.require_address(params["DataQualityAppSpecification"]["ImageUri"])
    check_input(params["DataQualityJobInput"])
    requests.s3_only(
        "CreateDataQualityJobDefinition", params, "DataQualityBaselineConfig", "DataQualityJobOutputConfig"
    )
    role = roles.require(ctx, params["RoleArn"], f"data-quality-job-definition/{params['JobDefinitionName']}")
    volume_keys.require(ctx, params["JobResources"]["ClusterConfig"].get("VolumeKmsKeyId"), role)


def check_input(source: dict[str, Any]) -> None:
    if "EndpointInput" not in source:
        raise validation("An EndpointInput must be specified.")
    if source["EndpointInput"].get("S3InputMode", "File") != "File":
        raise not_implemented("sagemaker", "monitoring with S3InputMode Pipe")


def view(record: Record) -> dict[str, Any]:
    return {
        "JobDefinitionArn": record.arn,
        "MonitoringJobDefinitionName": record.id,
        "MonitoringJobDefinitionArn": record.arn,
    }


def stamp(ctx: Context, params: dict[str, Any]) -> Document:
    """Return the endpoint's name as a member of its own: lists are filtered by it."""
    source = params["DataQualityJobInput"].get("EndpointInput", {})
    return Document(status={"EndpointName": source.get("EndpointName")})


data_quality_job_definition = sagemaker.noun(
    Noun(
        "DataQualityJobDefinition",
        arn="data-quality-job-definition/{JobDefinitionName}",
        key=Key("JobDefinitionName"),
        accepts=accepts.DATA_QUALITY_JOB_DEFINITION,
        hooks=Hooks(allow=allow, stamp=stamp, view=view),
        errors=Errors(
            missing="Job Definition {arn} not found",
            taken="Job Definition {arn} already exists",
            missing_code="ResourceNotFound",
            taken_code="ResourceInUse",
        ),
    )
)


def inline(doc: dict[str, Any]) -> dict[str, Any]:
    """Return a data-quality job definition in the form that the definition inside of a schedule has."""
    application, baseline = doc["DataQualityAppSpecification"], doc.get("DataQualityBaselineConfig", {})
    return {
        "BaselineConfig": baseline,
        "MonitoringInputs": [{"EndpointInput": doc["DataQualityJobInput"]["EndpointInput"]}],
        "MonitoringOutputConfig": doc["DataQualityJobOutputConfig"],
        "MonitoringResources": doc["JobResources"],
        "MonitoringAppSpecification": application,
        "Environment": application.get("Environment", {}),
        "StoppingCondition": doc.get("StoppingCondition", {"MaxRuntimeInSeconds": 3600}),
        "NetworkConfig": doc.get("NetworkConfig"),
        "RoleArn": doc["RoleArn"],
    }
