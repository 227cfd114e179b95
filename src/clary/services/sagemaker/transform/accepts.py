"""Which members of the requests for transform jobs are acted on, and which are only shown again."""

from __future__ import annotations

from clary.plane import Members
from clary.services.sagemaker.accepts import AMI, KMS, below

ACCEPTS = {
    "create": Members(
        (
            *("TransformJobName", "ModelName", "MaxConcurrentTransforms", "MaxPayloadInMB", "BatchStrategy"),
            *(
                "ModelClientConfig",
                "Environment",
                "TransformInput",
                "DataProcessing",
                "Tags",
                "ExperimentConfig",
            ),
            *below("TransformOutput", "S3OutputPath", "Accept", "AssembleWith", "KmsKeyId"),
            *below("DataCaptureConfig", "DestinationS3Uri", "GenerateInferenceId", "KmsKeyId"),
            *below("TransformResources", "InstanceType", "InstanceCount"),
        ),
        {
            "TransformResources.VolumeKmsKeyId": KMS,
            "TransformResources.TransformAmiVersion": AMI,
        },
    ),
}
