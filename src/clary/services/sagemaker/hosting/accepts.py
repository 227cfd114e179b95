"""Which members of the requests for models, endpoint configurations and endpoints are acted on, and which
are only shown again."""

from __future__ import annotations

from clary.plane import Members
from clary.services.sagemaker.accepts import AMI, EULA, KMS, VPC, below, echoed_below

_VARIANT = "ProductionVariants."
_CONTAINERS = ("PrimaryContainer", "Containers")
_MODEL_DATA = ("S3DataSource.S3Uri", "S3DataSource.S3DataType", "S3DataSource.CompressionType")
_SERVED = (
    *("Image", "ContainerHostname", "MultiModelConfig.ModelCacheSetting"),
    *("Mode", "ModelDataUrl", "Environment", "ModelPackageName", "InferenceSpecificationName"),
    *below("ModelDataSource", *_MODEL_DATA),
    "AdditionalModelDataSources.ChannelName",
    *below("AdditionalModelDataSources", *_MODEL_DATA),
)
_TOLD = {
    "ImageConfig.RepositoryAccessMode": "Platform is all there is",
    "ModelDataSource.S3DataSource.ModelAccessConfig": EULA,
    "AdditionalModelDataSources.S3DataSource.ModelAccessConfig": EULA,
}

_DEPLOYMENT = (
    "DeploymentConfig.BlueGreenUpdatePolicy.TrafficRoutingConfiguration.Type",
    "DeploymentConfig.BlueGreenUpdatePolicy.TrafficRoutingConfiguration.WaitIntervalInSeconds",
    "DeploymentConfig.BlueGreenUpdatePolicy.TerminationWaitInSeconds",
    "DeploymentConfig.BlueGreenUpdatePolicy.MaximumExecutionTimeoutInSeconds",
)

MODEL = {
    "create": Members(
        (
            *("ModelName", "ExecutionRoleArn", "EnableNetworkIsolation", "Tags"),
            "InferenceExecutionConfig.Mode",
            *(path for member in _CONTAINERS for path in below(member, *_SERVED)),
        ),
        {
            **{path: why for member in _CONTAINERS for path, why in echoed_below(member, _TOLD).items()},
            "VpcConfig": VPC,
        },
    ),
}

ENDPOINT_CONFIG = {
    "create": Members(
        (
            *("EndpointConfigName", "Tags"),
            *below("ProductionVariants", "VariantName", "ModelName", "InitialInstanceCount", "InstanceType"),
            *below("ProductionVariants", "InitialVariantWeight", "ServerlessConfig", "VolumeSizeInGB"),
            _VARIANT + "ModelDataDownloadTimeoutInSeconds",
            _VARIANT + "ContainerStartupHealthCheckTimeoutInSeconds",
            _VARIANT + "RoutingConfig.RoutingStrategy",
            *below("DataCaptureConfig", "EnableCapture", "InitialSamplingPercentage", "DestinationS3Uri"),
            *below("DataCaptureConfig", "CaptureOptions", "CaptureContentTypeHeader", "KmsKeyId"),
        ),
        {
            "KmsKeyId": KMS,
            _VARIANT + "InferenceAmiVersion": AMI,
        },
    ),
}

ENDPOINT = {
    "create": Members(("EndpointName", "EndpointConfigName", "Tags", *_DEPLOYMENT)),
    "update": Members(
        (
            *("EndpointName", "EndpointConfigName", "RetainAllVariantProperties", "RetainDeploymentConfig"),
            *("ExcludeRetainedVariantProperties", *_DEPLOYMENT),
        )
    ),
}

ENDPOINT_WEIGHTS = Members(
    (
        "EndpointName",
        *below("DesiredWeightsAndCapacities", "VariantName", "DesiredWeight", "DesiredInstanceCount"),
        "DesiredWeightsAndCapacities.ServerlessUpdateConfig",
    )
)
