"""What CreateTransformJob refuses beyond what the model says. Knows no run."""

from __future__ import annotations

from typing import Any

from clary.kernel.errors import not_implemented, validation
from clary.plane import Context
from clary.services.sagemaker import data_sources, requests, roles, volume_keys
from clary.services.sagemaker.experiments import job_config
from clary.services.sagemaker.hosting.models import model
from clary.services.sagemaker.hosting.serving import containers, is_multi_model

_MOST_MEGABYTES = 100


def allow(ctx: Context, params: dict[str, Any]) -> None:
    """Raise what AWS answers beyond what the model says, or NotImplemented for what is not offered."""
    found = model.find(ctx, params["ModelName"])
    if "ExecutionRoleArn" not in found.spec:
        raise validation(f"Model {params['ModelName']} has no execution role, which a transform job needs.")
    _check_containers(found.spec)
    source = params["TransformInput"]["DataSource"]["S3DataSource"]
    kind = source["S3DataType"]
    if kind not in ("S3Prefix", "ManifestFile"):
        raise not_implemented("sagemaker", f"CreateTransformJob with S3DataType {kind}")
    requests.s3_only("CreateTransformJob", params, "TransformInput", "TransformOutput", "DataCaptureConfig")
    requests.instances(params["TransformResources"]["InstanceCount"], "transform job")
    _check_payload(params)
    _check_joining(params)
    job_config.require(ctx, params)
    role = roles.take(ctx, found.spec["ExecutionRoleArn"], f"transform-job/{params['TransformJobName']}")
    volume_keys.require(ctx, params["TransformResources"].get("VolumeKmsKeyId"), role)
    data_sources.require_objects(ctx, source, role)


def _check_containers(spec: dict[str, Any]) -> None:
    """Raise NotImplemented for models that only endpoints serve here."""
    listed = containers(spec)
    if len(listed) > 1:
        raise not_implemented("sagemaker", "CreateTransformJob with a model of several containers")
    if is_multi_model(listed[0]):
        raise not_implemented("sagemaker", "CreateTransformJob with a model of Mode MultiModel")


def _check_payload(params: dict[str, Any]) -> None:
    """Raise ValidationException for payloads above 100 MB
    (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html)."""
    payload, at_once = params.get("MaxPayloadInMB", 0), params.get("MaxConcurrentTransforms", 0)
    if payload > _MOST_MEGABYTES or payload * at_once > _MOST_MEGABYTES:
        raise validation(
            "The value of MaxPayloadInMB and its product with MaxConcurrentTransforms cannot exceed 100 MB."
        )


def _check_joining(params: dict[str, Any]) -> None:
    if params.get("DataProcessing", {}).get("JoinSource") != "Input":
        return
    if params["TransformOutput"].get("Accept") != params["TransformInput"].get("ContentType"):
        raise validation("Accept and ContentType must be the same when JoinSource is Input.")
