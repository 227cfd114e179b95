"""What CreateTrainingJob refuses beyond what the model says. Knows no run."""

from __future__ import annotations

from typing import Any

from clary.kernel.errors import not_implemented, validation
from clary.plane import Context
from clary.plane.expressions import MATCHERS, Linear, OutOfTime, Unsupported
from clary.services.sagemaker import data_sources, images, own_images, requests, roles, volume_keys
from clary.services.sagemaker.experiments import job_config
from clary.services.sagemaker.training.run import DEFAULT_RUNTIME

# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html
LONGEST_RUNTIME = 28 * 86400
_CHECKING = 0.2  # seconds for all expressions of a request that only Python's engine takes

_WITH_PLACES = (
    "InputDataConfig",
    "OutputDataConfig",
    "CheckpointConfig",
    "TensorBoardOutputConfig",
    "DebugHookConfig",
)


def allow(ctx: Context, params: dict[str, Any]) -> None:
    """Raise what AWS answers, or NotImplemented for what is not offered."""
    requests.present(params, "AlgorithmSpecification")
    specification = params["AlgorithmSpecification"]
    if "TrainingImage" not in specification:
        raise validation("You must specify exactly one of AlgorithmName and TrainingImage.")
    requests.present(params, "StoppingCondition")
    image = images.resolve(specification["TrainingImage"])
    _check_metrics(specification.get("MetricDefinitions", []), image.is_built_in)
    _check_channels(params.get("InputDataConfig", []), specification)
    requests.s3_only("CreateTrainingJob", params, *_WITH_PLACES)
    _check_cluster(params)
    _check_waiting(params)
    for member in ("CheckpointConfig", "TensorBoardOutputConfig", "DebugHookConfig"):
        requests.local_path(params.get(member, {}).get("LocalPath"), "/opt/ml", member)
    job_config.require(ctx, params)
    role = roles.require(ctx, params["RoleArn"], f"training-job/{params['TrainingJobName']}")
    volume_keys.require(ctx, params["ResourceConfig"].get("VolumeKmsKeyId"), role)
    own_images.pin(ctx, specification["TrainingImage"], role)
    for channel in params.get("InputDataConfig", []):
        data_sources.require_objects(ctx, channel["DataSource"]["S3DataSource"], role)


def _check_metrics(definitions: list[dict[str, str]], built_in: bool) -> None:
    if definitions and built_in:
        raise validation(
            "You can't override the metric definitions for Amazon SageMaker algorithms. Please retry the request "
            "without specifying metric definitions."
        )
    left = _CHECKING
    for definition in definitions:
        name, (groups, seconds) = definition["Name"], _groups(definition, left)
        left -= seconds
        if not groups:
            raise validation(f"The regex of metric {name} has no group to take the value from.")


def _groups(definition: dict[str, str], seconds: float) -> tuple[int, float]:
    """Return how many groups an expression has, and the seconds that Python's engine took where RE2 does
    not accept it. Raise ValidationException for one that is not valid or too complex."""
    name, expression = definition["Name"], definition["Regex"]
    try:
        return Linear(expression).groups, 0.0
    except Unsupported:
        pass
    try:
        found = MATCHERS.search(expression, (), seconds)
    except OutOfTime:
        raise validation(f"The regex of metric {name} is not valid: it is too complex.") from None
    if found.error:
        raise validation(f"The regex of metric {name} is not valid: {found.error}.")
    return found.groups, found.seconds


def _check_channels(channels: list[dict[str, Any]], specification: dict[str, Any]) -> None:
    names = [channel["ChannelName"] for channel in channels]
    if len(names) != len(set(names)):
        raise validation("Channel names must be unique within the InputDataConfig of a training job.")
    for channel in channels:
        if channel["ChannelName"] in (
            ".",
            "..",
        ):  # AWS's pattern accepts them, but no folder can have such a name
            raise validation(f"Channel name {channel['ChannelName']} is not allowed.")
        source = channel["DataSource"].get("S3DataSource")
        if source is None:
            raise validation(f"The data source of channel {channel['ChannelName']} must be given.")
        kind = source["S3DataType"]
        if kind not in ("S3Prefix", "ManifestFile"):
            raise not_implemented("sagemaker", f"CreateTrainingJob with S3DataType {kind}")
        mode = channel.get("InputMode", specification["TrainingInputMode"])
        if mode == "FastFile" and kind != "S3Prefix":
            raise validation("FastFile mode is only supported with S3DataType S3Prefix.")


def _check_cluster(params: dict[str, Any]) -> None:
    requests.present(params, "ResourceConfig")
    cluster = params["ResourceConfig"]
    for member in ("InstanceType", "InstanceCount"):
        requests.present(cluster, member, "resourceConfig.")
    requests.at_least_one(cluster, "InstanceCount", "resourceConfig.")
    requests.instances(cluster["InstanceCount"], "training job")
    if "VolumeSizeInGB" in cluster:
        requests.at_least_one(cluster, "VolumeSizeInGB", "resourceConfig.")


def _check_waiting(params: dict[str, Any]) -> None:
    stopping = params["StoppingCondition"]
    requests.at_most(stopping, "MaxRuntimeInSeconds", LONGEST_RUNTIME, "stoppingCondition.")
    wait, run = stopping.get("MaxWaitTimeInSeconds"), stopping.get("MaxRuntimeInSeconds", DEFAULT_RUNTIME)
    if params.get("EnableManagedSpotTraining"):
        if wait is None or wait < run:
            raise validation(
                "MaxWaitTimeInSeconds must be present and greater than or equal to MaxRuntimeInSeconds."
            )
    elif wait is not None:
        raise validation("MaxWaitTimeInSeconds can only be set when EnableManagedSpotTraining is true.")
