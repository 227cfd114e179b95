"""Which members of the requests for model packages and their groups are acted on, and which are only shown
again."""

from __future__ import annotations

from clary.plane import Members
from clary.services.sagemaker.accepts import KMS

# A group is a name for its versions. Managed storage, which AWS keeps for their artifacts, is not offered.
MODEL_PACKAGE_GROUP = {
    "create": Members("ModelPackageGroupName Tags", {"ModelPackageGroupDescription": "a description"})
}

# A version is a description: it is shown as it was given, searched, and used to make models.
_VERSION = Members(
    (
        *("ModelPackageGroupName", "InferenceSpecification", "ModelApprovalStatus", "Tags", "ClientToken"),
        *("CustomerMetadataProperties", "AdditionalInferenceSpecifications"),
    ),
    dict.fromkeys(
        (
            *(
                "ModelPackageDescription",
                "ModelPackageRegistrationType",
                "MetadataProperties",
                "ModelMetrics",
            ),
            *(
                "Domain",
                "Task",
                "SamplePayloadUrl",
                "DriftCheckBaselines",
                "SkipModelValidation",
                "SourceUri",
            ),
            *("ModelCard", "ModelLifeCycle"),
        ),
        "a description",
    )
    | {"SecurityConfig": KMS},
)
MODEL_PACKAGE = {
    "create": _VERSION,
    "update": Members(
        "ModelPackageArn ModelApprovalStatus InferenceSpecification CustomerMetadataProperties "
        "CustomerMetadataPropertiesToRemove AdditionalInferenceSpecificationsToAdd ClientToken",
        dict.fromkeys(
            (
                "ApprovalDescription",
                "SourceUri",
                "ModelCard",
                "ModelLifeCycle",
                "ModelPackageRegistrationType",
            ),
            "a description",
        ),
    ),
}
