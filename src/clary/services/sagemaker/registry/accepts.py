"""Which members of the requests for model packages and their groups are acted on, and which are only shown
again."""

from __future__ import annotations

from clary.plane import Members
from clary.services.sagemaker.accepts import AMI, EULA, KMS, below, echoed_below

# A group is a name for its versions. Managed storage, which AWS keeps for their artifacts, is not offered.
MODEL_PACKAGE_GROUP = {
    "create": Members("ModelPackageGroupName Tags", {"ModelPackageGroupDescription": "a description"})
}

# The parts of a container that a model made of the package is served with.
_DATA = ("S3DataSource.S3Uri", "S3DataSource.S3DataType", "S3DataSource.CompressionType")
_SERVED = (
    *("Image", "ModelDataUrl", "Environment", "AdditionalModelDataSources.ChannelName"),
    *below("ModelDataSource", *_DATA),
    *below("AdditionalModelDataSources", *_DATA),
)
_RECOMMENDER = "it describes the model for Inference Recommender, which is not offered"
_TOLD = {
    "ContainerHostname": "a name within an inference pipeline, which is not offered",
    "ImageDigest": "an image stands for a program that is installed with the platform, and has no digest",
    "ModelDataSource.S3DataSource.ModelAccessConfig": EULA,
    "AdditionalModelDataSources.S3DataSource.ModelAccessConfig": EULA,
    **dict.fromkeys(("ModelInput", "Framework", "FrameworkVersion", "NearestModelName"), _RECOMMENDER),
}
_HINTS: dict[str, str] = dict.fromkeys(
    (
        *("SupportedTransformInstanceTypes", "SupportedRealtimeInferenceInstanceTypes"),
        *("SupportedContentTypes", "SupportedResponseMIMETypes"),
    ),
    "a hint for those who deploy the package",
)


def _served(member: str) -> tuple[str, ...]:
    """Return what is acted on of an inference specification."""
    return below(f"{member}.Containers", *_SERVED)


def _told(member: str) -> dict[str, str]:
    """Return what is only shown again of it."""
    return {**echoed_below(f"{member}.Containers", _TOLD), **echoed_below(member, _HINTS)}


def _named(member: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return both for the additional specifications, which have names."""
    return (f"{member}.Name", *_served(member)), {**_told(member), f"{member}.Description": "a description"}


_MAIN, _MAIN_TOLD = _served("InferenceSpecification"), _told("InferenceSpecification")
_MORE, _MORE_TOLD = _named("AdditionalInferenceSpecifications")
_ADDED, _ADDED_TOLD = _named("AdditionalInferenceSpecificationsToAdd")

# What people and pipelines write down about a package: it is checked, searched and shown.
_WRITTEN = (
    *("ModelApprovalStatus", "CustomerMetadataProperties", "ModelCard", "ModelLifeCycle"),
    *("ClientToken",),
)
_DESCRIPTION = dict.fromkeys(("SourceUri", "ModelPackageRegistrationType"), "a description")

# A validation profile has the members of a transform job but its names and what goes in and out beside the data.
_VALIDATION = "ValidationSpecification"
_JOB = f"{_VALIDATION}.ValidationProfiles.TransformJobDefinition"
_VALIDATED = (
    *(f"{_VALIDATION}.ValidationRole", f"{_VALIDATION}.ValidationProfiles.ProfileName"),
    *below(
        _JOB, "MaxConcurrentTransforms", "MaxPayloadInMB", "BatchStrategy", "Environment", "TransformInput"
    ),
    *below(f"{_JOB}.TransformOutput", "S3OutputPath", "Accept", "AssembleWith", "KmsKeyId"),
    *below(f"{_JOB}.TransformResources", "InstanceType", "InstanceCount"),
)
_VALIDATED_TOLD = {
    f"{_JOB}.TransformResources.VolumeKmsKeyId": KMS,
    f"{_JOB}.TransformResources.TransformAmiVersion": AMI,
}

MODEL_PACKAGE = {
    "create": Members(
        (*("ModelPackageName", "ModelPackageGroupName", "Tags"), *_WRITTEN, *_MAIN, *_MORE, *_VALIDATED),
        {
            **_VALIDATED_TOLD,
            **dict.fromkeys(
                (
                    *("ModelPackageDescription", "MetadataProperties", "ModelMetrics", "DriftCheckBaselines"),
                    *("Domain", "Task"),
                ),
                "a description",
            ),
            **_DESCRIPTION,
            **_MAIN_TOLD,
            **_MORE_TOLD,
            "SamplePayloadUrl": _RECOMMENDER,
            "SkipModelValidation": "it is about Inference Recommender's own tests",
        },
    ),
    "update": Members(
        (*("ModelPackageArn", "CustomerMetadataPropertiesToRemove"), *_WRITTEN, *_MAIN, *_ADDED),
        {"ApprovalDescription": "a description", **_DESCRIPTION, **_MAIN_TOLD, **_ADDED_TOLD},
    ),
}
