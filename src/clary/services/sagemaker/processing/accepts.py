"""Which members of the requests for processing jobs are acted on, and which are only shown again."""

from __future__ import annotations

from clary.plane import Members
from clary.services.sagemaker.accepts import CLUSTER, KMS, NETWORK, below

ACCEPTS = {
    "create": Members(
        (
            *("ProcessingJobName", "RoleArn", "AppSpecification", "Environment", "StoppingCondition", "Tags"),
            *below("ProcessingInputs", "InputName", "AppManaged", "S3Input"),
            "ProcessingOutputConfig.KmsKeyId",
            *below("ProcessingOutputConfig.Outputs", "OutputName", "AppManaged", "S3Output"),
            *below("ProcessingResources", *CLUSTER),
            *("NetworkConfig.EnableNetworkIsolation", "ExperimentConfig"),
        ),
        {
            "ProcessingResources.ClusterConfig.VolumeKmsKeyId": KMS,
            **NETWORK,
        },
    ),
}
