"""Which members of the requests for tuning jobs are acted on, and which are only shown again."""

from __future__ import annotations

from clary.plane import Members
from clary.services.sagemaker.accepts import EULA, KMS, ONE_MACHINE, VPC, below, echoed_below

_RANGES = (
    "IntegerParameterRanges",
    "ContinuousParameterRanges",
    "CategoricalParameterRanges",
    "AutoParameters",
)
_CONFIG = (
    *("Strategy", "StrategyConfig", "HyperParameterTuningJobObjective", "ResourceLimits"),
    *(f"ParameterRanges.{kind}" for kind in _RANGES),
    *("TrainingJobEarlyStoppingType", "TuningJobCompletionCriteria", "RandomSeed"),
)
_INSTANCE = ("InstanceType", "InstanceCount", "VolumeSizeInGB")
_DEFINITION = (
    *("DefinitionName", "TuningObjective", "StaticHyperParameters", "RoleArn", "StoppingCondition"),
    *(f"HyperParameterRanges.{kind}" for kind in _RANGES),
    *below("AlgorithmSpecification", "TrainingImage", "TrainingInputMode", "MetricDefinitions"),
    *below(
        "InputDataConfig", "ChannelName", "ContentType", "CompressionType", "RecordWrapperType", "InputMode"
    ),
    *below("InputDataConfig.DataSource.S3DataSource", "S3DataType", "S3Uri", "S3DataDistributionType"),
    *below("OutputDataConfig", "S3OutputPath", "CompressionType", "KmsKeyId"),
    *below("ResourceConfig", *_INSTANCE),
    *below("HyperParameterTuningResourceConfig", *_INSTANCE, "AllocationStrategy", "InstanceConfigs"),
    *(
        "EnableNetworkIsolation",
        "EnableManagedSpotTraining",
        "CheckpointConfig",
        "RetryStrategy",
        "Environment",
    ),
)
_WARM = "nothing has to be kept warm: no instance is provisioned"
_ECHOED = {
    "InputDataConfig.DataSource.S3DataSource.ModelAccessConfig": EULA,
    "ResourceConfig.VolumeKmsKeyId": KMS,
    "ResourceConfig.KeepAlivePeriodInSeconds": _WARM,
    "HyperParameterTuningResourceConfig.VolumeKmsKeyId": KMS,
    "VpcConfig": VPC,
    "EnableInterContainerTrafficEncryption": ONE_MACHINE,
}

ACCEPTS = {
    "create": Members(
        (
            *("HyperParameterTuningJobName", "Tags", "WarmStartConfig", "Autotune"),
            *below("HyperParameterTuningJobConfig", *_CONFIG),
            *below("TrainingJobDefinition", *_DEFINITION),
            *below("TrainingJobDefinitions", *_DEFINITION),
        ),
        {
            **echoed_below("TrainingJobDefinition", _ECHOED),
            **echoed_below("TrainingJobDefinitions", _ECHOED),
        },
    ),
}
