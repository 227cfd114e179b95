"""What CreateProcessingJob refuses beyond what the model says. Knows no run."""

from __future__ import annotations

from typing import Any

from clary.kernel.errors import not_implemented, validation
from clary.plane import Context
from clary.services.sagemaker import own_images, requests, roles, volume_keys
from clary.services.sagemaker.experiments import job_config


def allow(ctx: Context, params: dict[str, Any]) -> None:
    """Raise what AWS answers beyond what the model says, or NotImplemented for what is not offered."""
    cluster = params["ProcessingResources"]["ClusterConfig"]
    for member in ("InstanceCount", "InstanceType"):
        requests.present(cluster, member, "processingResources.clusterConfig.")
    inputs = params.get("ProcessingInputs", [])
    outputs = params.get("ProcessingOutputConfig", {}).get("Outputs", [])
    requests.unique([item["InputName"] for item in inputs], "Input names")
    requests.unique([item["OutputName"] for item in outputs], "Output names")
    for item in inputs:
        _check_place(item, item.get("S3Input"), item["InputName"])
        _check_reading(item.get("S3Input", {}))
    for item in outputs:
        _check_place(item, item.get("S3Output"), item["OutputName"])
    requests.s3_only("CreateProcessingJob", params, "ProcessingInputs", "ProcessingOutputConfig")
    job_config.require(ctx, params)
    role = roles.require(ctx, params["RoleArn"], f"processing-job/{params['ProcessingJobName']}")
    volume_keys.require(ctx, cluster.get("VolumeKmsKeyId"), role)
    own_images.pin(ctx, params["AppSpecification"]["ImageUri"], role)


def _check_place(item: dict[str, Any], place: dict[str, Any] | None, name: str) -> None:
    """Raise ValidationException for a missing LocalPath. It is required unless the application moves the
    data itself (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingS3Input.html)."""
    if place is None:
        raise validation(f"The S3 location of {name} must be given.")
    if "LocalPath" not in place and not item.get("AppManaged"):
        raise validation(f"LocalPath of {name} is required when AppManaged is false.")
    requests.local_path(place.get("LocalPath"), "/opt/ml/processing", name)


def _check_reading(source: dict[str, Any]) -> None:
    """Raise for Pipe mode, whose file names are not documented for processing jobs, and for
    S3CompressionType, which is for pipes."""
    if source.get("S3InputMode", "File") != "File":
        raise not_implemented("sagemaker", f"CreateProcessingJob with S3InputMode {source['S3InputMode']}")
    if source.get("S3CompressionType", "None") != "None":
        raise validation("S3CompressionType Gzip can only be used if S3InputMode is Pipe.")
