"""Which members of SageMaker's requests are acted on, and which are only shown again: by noun and verb, as declarations
take them. Knows no values: what a member may say is checked beside the operation that reads it.
"""

from __future__ import annotations

from collections.abc import Mapping

from clary.plane import Members

_ONE_MACHINE = "the hosts of a job share one machine, so the traffic between them never leaves it"
_KMS = "everything lies below the home's folder, which is private to its owner; there is no second key"
_VPC = "there is no virtual network; what a job may reach is decided by network isolation"
_AMI = "there is no machine image below the containers"


_NETWORK = {
    "NetworkConfig.EnableInterContainerTrafficEncryption": _ONE_MACHINE,
    "NetworkConfig.VpcConfig": _VPC,
}
_VARIANT = "ProductionVariants."
_CONTAINER = "PrimaryContainer."
_MODEL_DATA = ("S3DataSource.S3Uri", "S3DataSource.S3DataType", "S3DataSource.CompressionType")
_EULA = "the licence was accepted; nothing here is behind one"
_DEPLOYMENT = (
    "DeploymentConfig.BlueGreenUpdatePolicy.TrafficRoutingConfiguration.Type",
    "DeploymentConfig.BlueGreenUpdatePolicy.TrafficRoutingConfiguration.WaitIntervalInSeconds",
    "DeploymentConfig.BlueGreenUpdatePolicy.TerminationWaitInSeconds",
    "DeploymentConfig.BlueGreenUpdatePolicy.MaximumExecutionTimeoutInSeconds",
)
_APPLICATION = (
    "ImageUri",
    "ContainerEntrypoint",
    "ContainerArguments",
    "RecordPreprocessorSourceUri",
    "PostAnalyticsProcessorSourceUri",
)
_BASELINE = ("ConstraintsResource", "StatisticsResource")
_BASELINING = {
    "BaseliningJobName": "it names where the baseline came from; the two resources are what is read"
}
_ENDPOINT_INPUT = ("EndpointName", "LocalPath", "S3InputMode", "S3DataDistributionType")
_OUTPUTS = "MonitoringOutputs"
_CLUSTER = ("ClusterConfig.InstanceCount", "ClusterConfig.InstanceType", "ClusterConfig.VolumeSizeInGB")


def _below(prefix: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{prefix}.{name}" for name in names)


def _echoed_below(prefix: str, echoed: Mapping[str, str]) -> dict[str, str]:
    return {f"{prefix}.{name}": why for name, why in echoed.items()}


TRAINING_JOB = {
    "create": Members(
        (
            *("TrainingJobName", "RoleArn", "HyperParameters", "Environment", "Tags", "CheckpointConfig"),
            *("EnableNetworkIsolation", "EnableManagedSpotTraining", "StoppingCondition", "RetryStrategy"),
            *_below("AlgorithmSpecification", "TrainingImage", "TrainingInputMode", "MetricDefinitions"),
            *_below("AlgorithmSpecification", "ContainerEntrypoint", "ContainerArguments"),
            *_below("InputDataConfig", "ChannelName", "ContentType", "CompressionType", "RecordWrapperType"),
            "InputDataConfig.InputMode",
            *_below(
                "InputDataConfig.DataSource.S3DataSource", "S3DataType", "S3Uri", "S3DataDistributionType"
            ),
            *_below("OutputDataConfig", "S3OutputPath", "CompressionType"),
            *_below("ResourceConfig", "InstanceType", "InstanceCount", "VolumeSizeInGB"),
            *_below("DebugHookConfig", "LocalPath", "S3OutputPath"),
            "TensorBoardOutputConfig",
        ),
        {
            "AlgorithmSpecification.EnableSageMakerMetricsTimeSeries": "every value is in CloudWatch already",
            "AlgorithmSpecification.TrainingImageConfig.TrainingRepositoryAccessMode": "Platform is all there is",
            "InputDataConfig.DataSource.S3DataSource.ModelAccessConfig": _EULA,
            "OutputDataConfig.KmsKeyId": _KMS,
            "ResourceConfig.VolumeKmsKeyId": _KMS,
            "ResourceConfig.KeepAlivePeriodInSeconds": "nothing has to be kept warm: no instance is provisioned",
            "VpcConfig": _VPC,
            "EnableInterContainerTrafficEncryption": _ONE_MACHINE,
            "ProfilerConfig.S3OutputPath": "SDKs send it always; ProfilingStatus says Disabled",
            "ProfilerConfig.DisableProfiler": "SDKs send it always; ProfilingStatus says Disabled",
        },
    ),
    "update": Members(
        ("TrainingJobName",),
        {
            "ResourceConfig.KeepAlivePeriodInSeconds": "nothing has to be kept warm: no instance is provisioned"
        },
    ),
}

PROCESSING_JOB = {
    "create": Members(
        (
            *("ProcessingJobName", "RoleArn", "AppSpecification", "Environment", "StoppingCondition", "Tags"),
            *_below("ProcessingInputs", "InputName", "AppManaged", "S3Input"),
            *_below("ProcessingOutputConfig.Outputs", "OutputName", "AppManaged", "S3Output"),
            *_below("ProcessingResources", *_CLUSTER),
            "NetworkConfig.EnableNetworkIsolation",
        ),
        {
            "ProcessingOutputConfig.KmsKeyId": _KMS,
            "ProcessingResources.ClusterConfig.VolumeKmsKeyId": _KMS,
            **_NETWORK,
        },
    ),
}

TRANSFORM_JOB = {
    "create": Members(
        (
            *("TransformJobName", "ModelName", "MaxConcurrentTransforms", "MaxPayloadInMB", "BatchStrategy"),
            *("ModelClientConfig", "Environment", "TransformInput", "DataProcessing", "Tags"),
            *_below("TransformOutput", "S3OutputPath", "Accept", "AssembleWith"),
            *_below("DataCaptureConfig", "DestinationS3Uri", "GenerateInferenceId"),
            *_below("TransformResources", "InstanceType", "InstanceCount"),
        ),
        {
            "TransformOutput.KmsKeyId": _KMS,
            "DataCaptureConfig.KmsKeyId": _KMS,
            "TransformResources.VolumeKmsKeyId": _KMS,
            "TransformResources.TransformAmiVersion": _AMI,
        },
    ),
}

MODEL = {
    "create": Members(
        (
            *("ModelName", "ExecutionRoleArn", "EnableNetworkIsolation", "Tags"),
            *_below("PrimaryContainer", "Image", "Mode", "ModelDataUrl", "Environment", "ModelPackageName"),
            *_below("PrimaryContainer.ModelDataSource", *_MODEL_DATA),
            "PrimaryContainer.AdditionalModelDataSources.ChannelName",
            *_below("PrimaryContainer.AdditionalModelDataSources", *_MODEL_DATA),
        ),
        {
            _CONTAINER + "ContainerHostname": "it names a container among several; there is one",
            _CONTAINER + "ImageConfig.RepositoryAccessMode": "Platform is all there is",
            _CONTAINER + "ModelDataSource.S3DataSource.ModelAccessConfig": _EULA,
            _CONTAINER + "AdditionalModelDataSources.S3DataSource.ModelAccessConfig": _EULA,
            "InferenceExecutionConfig": "it orders several containers; there is one",
            "VpcConfig": _VPC,
        },
    ),
}

ENDPOINT_CONFIG = {
    "create": Members(
        (
            *("EndpointConfigName", "Tags"),
            *_below("ProductionVariants", "VariantName", "ModelName", "InitialInstanceCount", "InstanceType"),
            *_below("ProductionVariants", "InitialVariantWeight", "ServerlessConfig", "VolumeSizeInGB"),
            _VARIANT + "ModelDataDownloadTimeoutInSeconds",
            _VARIANT + "ContainerStartupHealthCheckTimeoutInSeconds",
            _VARIANT + "RoutingConfig.RoutingStrategy",
            *_below("DataCaptureConfig", "EnableCapture", "InitialSamplingPercentage", "DestinationS3Uri"),
            *_below("DataCaptureConfig", "CaptureOptions", "CaptureContentTypeHeader"),
        ),
        {
            "KmsKeyId": _KMS,
            "DataCaptureConfig.KmsKeyId": _KMS,
            _VARIANT + "InferenceAmiVersion": _AMI,
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
        *_below("DesiredWeightsAndCapacities", "VariantName", "DesiredWeight", "DesiredInstanceCount"),
        "DesiredWeightsAndCapacities.ServerlessUpdateConfig",
    )
)

DATA_QUALITY_JOB_DEFINITION = {
    "create": Members(
        (
            *("JobDefinitionName", "RoleArn", "StoppingCondition", "Tags"),
            *_below("DataQualityBaselineConfig", *_BASELINE),
            *_below("DataQualityAppSpecification", *_APPLICATION, "Environment"),
            *_below("DataQualityJobInput.EndpointInput", *_ENDPOINT_INPUT),
            f"DataQualityJobOutputConfig.{_OUTPUTS}",
            *_below("JobResources", *_CLUSTER),
            "NetworkConfig.EnableNetworkIsolation",
        ),
        {
            **_echoed_below("DataQualityBaselineConfig", _BASELINING),
            "DataQualityJobOutputConfig.KmsKeyId": _KMS,
            "JobResources.ClusterConfig.VolumeKmsKeyId": _KMS,
            **_NETWORK,
        },
    ),
}

# A group is a name for its versions. Managed storage is a place of AWS's own for their artifacts; here is none.
MODEL_PACKAGE_GROUP = {
    "create": Members("ModelPackageGroupName Tags", {"ModelPackageGroupDescription": "a description"})
}

# A version of the registry is a description: it is shown as it was given, searched, and deployed from.
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
    | {"SecurityConfig": _KMS},
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

_SCHEDULE = "MonitoringScheduleConfig"
_INLINE = f"{_SCHEDULE}.MonitoringJobDefinition"
_UPDATE = Members(
    (
        *("MonitoringScheduleName", f"{_SCHEDULE}.ScheduleConfig"),
        *_below(_SCHEDULE, "MonitoringJobDefinitionName", "MonitoringType"),
        *_below(f"{_INLINE}.BaselineConfig", *_BASELINE),
        *_below(f"{_INLINE}.MonitoringInputs.EndpointInput", *_ENDPOINT_INPUT),
        f"{_INLINE}.MonitoringOutputConfig.{_OUTPUTS}",
        *_below(f"{_INLINE}.MonitoringResources", *_CLUSTER),
        *_below(f"{_INLINE}.MonitoringAppSpecification", *_APPLICATION),
        *_below(
            _INLINE, "StoppingCondition", "Environment", "RoleArn", "NetworkConfig.EnableNetworkIsolation"
        ),
    ),
    {
        **_echoed_below(f"{_INLINE}.BaselineConfig", _BASELINING),
        f"{_INLINE}.MonitoringOutputConfig.KmsKeyId": _KMS,
        f"{_INLINE}.MonitoringResources.ClusterConfig.VolumeKmsKeyId": _KMS,
        **_echoed_below(_INLINE, _NETWORK),
    },
)
MONITORING_SCHEDULE = {"create": Members((*_UPDATE.done, "Tags"), _UPDATE.echoed), "update": _UPDATE}
