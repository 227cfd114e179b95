"""Which members of the requests for training jobs are acted on, and which are only shown again."""

from __future__ import annotations

from clary.plane import Members
from clary.services.sagemaker.accepts import EULA, KMS, ONE_MACHINE, VPC, below

ACCEPTS = {
    "create": Members(
        (
            *("TrainingJobName", "RoleArn", "HyperParameters", "Environment", "Tags", "CheckpointConfig"),
            *(
                "ExperimentConfig",
                "EnableNetworkIsolation",
                "EnableManagedSpotTraining",
                "StoppingCondition",
                "RetryStrategy",
            ),
            *below("AlgorithmSpecification", "TrainingImage", "TrainingInputMode", "MetricDefinitions"),
            *below("AlgorithmSpecification", "ContainerEntrypoint", "ContainerArguments"),
            "AlgorithmSpecification.EnableSageMakerMetricsTimeSeries",
            *below("InputDataConfig", "ChannelName", "ContentType", "CompressionType", "RecordWrapperType"),
            "InputDataConfig.InputMode",
            *below(
                "InputDataConfig.DataSource.S3DataSource", "S3DataType", "S3Uri", "S3DataDistributionType"
            ),
            *below("OutputDataConfig", "S3OutputPath", "CompressionType", "KmsKeyId"),
            *below("ResourceConfig", "InstanceType", "InstanceCount", "VolumeSizeInGB"),
            *below("DebugHookConfig", "LocalPath", "S3OutputPath"),
            "TensorBoardOutputConfig",
        ),
        {
            "AlgorithmSpecification.TrainingImageConfig.TrainingRepositoryAccessMode": "Platform is all there is",
            "InputDataConfig.DataSource.S3DataSource.ModelAccessConfig": EULA,
            "ResourceConfig.VolumeKmsKeyId": KMS,
            "ResourceConfig.KeepAlivePeriodInSeconds": "nothing has to be kept warm: no instance is provisioned",
            "VpcConfig": VPC,
            "EnableInterContainerTrafficEncryption": ONE_MACHINE,
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
