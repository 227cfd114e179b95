"""What access control must know of SageMaker (Service Authorization Reference, "Actions, resources, and
condition keys for Amazon SageMaker")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.access.request_keys import Values
from clary.access.request_members import members
from clary.plane import Access, Context
from clary.services.sagemaker.registry import sharing
from clary.services.sagemaker.service import sagemaker

# The actions that know `sagemaker:ModelArn` (Service Authorization Reference), and where each names its models.
_MODELS = {
    "sagemaker:CreateEndpointConfig": "ProductionVariants.ModelName",
    "sagemaker:CreateTransformJob": "ModelName",
}
_PROPERTY = "sagemaker:customermetadataproperties/"


def find(ctx: Context, action: str, params: Mapping[str, Any], key: str) -> Values:
    """Return the values of `sagemaker:TaggingAction`, of `sagemaker:CustomerMetadataProperties/NAME` and of
    `sagemaker:ModelArn`: requests name models, policies their ARNs."""
    if key == "sagemaker:taggingaction":
        return (ctx.op.name,) if ctx.op.name.startswith("Create") else None
    if key.startswith(_PROPERTY):
        return _property(params, key.removeprefix(_PROPERTY))
    if key != "sagemaker:modelarn" or action not in _MODELS:
        return None
    return tuple(ctx.arn(f"model/{name}") for name in members(params, _MODELS[action])) or None


def _property(params: Mapping[str, Any], name: str) -> Values:
    """Return the value of a customer metadata property of a request. Names of condition keys ignore case."""
    found = params.get("CustomerMetadataProperties") or {}
    return tuple(value for given, value in found.items() if given.lower() == name) or None


def _of_definitions(*paths: str) -> tuple[str, ...]:
    """Return where the definitions of a tuning job's training jobs have these members."""
    return tuple(
        f"{one}.{path}" for one in ("TrainingJobDefinition", "TrainingJobDefinitions") for path in paths
    )


_MONITORING = "MonitoringScheduleConfig.MonitoringJobDefinition"
_MEMBERS = {
    "sagemaker:domainid": ("DomainId",),
    "sagemaker:userprofilename": ("UserProfileName",),
    "sagemaker:spacesharingtype": ("SpaceSharingSettings.SharingType",),
    "sagemaker:targetmodel": ("TargetModel",),
    "sagemaker:targetcontainerhostname": ("TargetContainerHostname",),
    "sagemaker:modelapprovalstatus": ("ModelApprovalStatus",),
    "sagemaker:modellifecycle:stage": ("ModelLifeCycle.Stage",),
    "sagemaker:modellifecycle:stagestatus": ("ModelLifeCycle.StageStatus",),
    "sagemaker:customermetadatapropertiestoremove": ("CustomerMetadataPropertiesToRemove",),
    "sagemaker:acceleratortypes": ("ProductionVariants.AcceleratorType",),
    "sagemaker:serverlessmaxconcurrency": ("ProductionVariants.ServerlessConfig.MaxConcurrency",),
    "sagemaker:serverlessmemorysize": ("ProductionVariants.ServerlessConfig.MemorySizeInMB",),
    "sagemaker:keepaliveperiod": ("ResourceConfig.KeepAlivePeriodInSeconds",),
    "sagemaker:enableremotedebug": ("RemoteDebugConfig.EnableRemoteDebug",),
    "sagemaker:rootaccess": ("RootAccess",),
    "sagemaker:directinternetaccess": ("DirectInternetAccess",),
    "sagemaker:instancetypes": (
        "ResourceConfig.InstanceType",
        "ResourceConfig.InstanceGroups.InstanceType",
        "ProcessingResources.ClusterConfig.InstanceType",
        "TransformResources.InstanceType",
        "ProductionVariants.InstanceType",
        *_of_definitions(
            "ResourceConfig.InstanceType",
            "HyperParameterTuningResourceConfig.InstanceType",
            "HyperParameterTuningResourceConfig.InstanceConfigs.InstanceType",
        ),
        "JobResources.ClusterConfig.InstanceType",
        f"{_MONITORING}.MonitoringResources.ClusterConfig.InstanceType",
        "InstanceType",
    ),
    "sagemaker:volumekmskey": (
        "ResourceConfig.VolumeKmsKeyId",
        "ProcessingResources.ClusterConfig.VolumeKmsKeyId",
        "TransformResources.VolumeKmsKeyId",
        "JobResources.ClusterConfig.VolumeKmsKeyId",
        f"{_MONITORING}.MonitoringResources.ClusterConfig.VolumeKmsKeyId",
        *_of_definitions(
            "ResourceConfig.VolumeKmsKeyId", "HyperParameterTuningResourceConfig.VolumeKmsKeyId"
        ),
        "KmsKeyId",
    ),
    "sagemaker:outputkmskey": (
        "OutputDataConfig.KmsKeyId",
        "ProcessingOutputConfig.KmsKeyId",
        "TransformOutput.KmsKeyId",
        "DataQualityJobOutputConfig.KmsKeyId",
        f"{_MONITORING}.MonitoringOutputConfig.KmsKeyId",
        *_of_definitions("OutputDataConfig.KmsKeyId"),
    ),
    "sagemaker:networkisolation": (
        "EnableNetworkIsolation",
        "NetworkConfig.EnableNetworkIsolation",
        f"{_MONITORING}.NetworkConfig.EnableNetworkIsolation",
        *_of_definitions("EnableNetworkIsolation"),
    ),
    "sagemaker:intercontainertrafficencryption": (
        "EnableInterContainerTrafficEncryption",
        "NetworkConfig.EnableInterContainerTrafficEncryption",
        f"{_MONITORING}.NetworkConfig.EnableInterContainerTrafficEncryption",
        *_of_definitions("EnableInterContainerTrafficEncryption"),
    ),
    "sagemaker:maxruntimeinseconds": (
        "StoppingCondition.MaxRuntimeInSeconds",
        f"{_MONITORING}.StoppingCondition.MaxRuntimeInSeconds",
        *_of_definitions("StoppingCondition.MaxRuntimeInSeconds"),
    ),
    "sagemaker:vpcsubnets": (
        "VpcConfig.Subnets",
        "NetworkConfig.VpcConfig.Subnets",
        f"{_MONITORING}.NetworkConfig.VpcConfig.Subnets",
        *_of_definitions("VpcConfig.Subnets"),
    ),
    "sagemaker:vpcsecuritygroupids": (
        "VpcConfig.SecurityGroupIds",
        "NetworkConfig.VpcConfig.SecurityGroupIds",
        f"{_MONITORING}.NetworkConfig.VpcConfig.SecurityGroupIds",
        *_of_definitions("VpcConfig.SecurityGroupIds"),
    ),
    "sagemaker:featuregrouponlinestorekmskey": ("OnlineStoreConfig.SecurityConfig.KmsKeyId",),
    "sagemaker:featuregroupofflinestores3uri": ("OfflineStoreConfig.S3StorageConfig.S3Uri",),
    "sagemaker:featuregroupofflinestorekmskey": ("OfflineStoreConfig.S3StorageConfig.KmsKeyId",),
    "sagemaker:workteamarn": ("HumanTaskConfig.WorkteamArn",),
}

sagemaker.access = Access(
    members=_MEMBERS, keys=find, guard=sharing.guard, guarded=sharing.KINDS, names_any=False
)
