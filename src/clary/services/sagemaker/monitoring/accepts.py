"""Which members of monitoring's requests are acted on, and which are only shown again."""

from __future__ import annotations

from clary.plane import Members
from clary.services.sagemaker.accepts import CLUSTER, KMS, NETWORK, below, echoed_below

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

DATA_QUALITY_JOB_DEFINITION = {
    "create": Members(
        (
            *("JobDefinitionName", "RoleArn", "StoppingCondition", "Tags"),
            *below("DataQualityBaselineConfig", *_BASELINE),
            *below("DataQualityAppSpecification", *_APPLICATION, "Environment"),
            *below("DataQualityJobInput.EndpointInput", *_ENDPOINT_INPUT),
            *(f"DataQualityJobOutputConfig.{_OUTPUTS}", "DataQualityJobOutputConfig.KmsKeyId"),
            *below("JobResources", *CLUSTER),
            "NetworkConfig.EnableNetworkIsolation",
        ),
        {
            **echoed_below("DataQualityBaselineConfig", _BASELINING),
            "JobResources.ClusterConfig.VolumeKmsKeyId": KMS,
            **NETWORK,
        },
    ),
}

_SCHEDULE = "MonitoringScheduleConfig"
_INLINE = f"{_SCHEDULE}.MonitoringJobDefinition"
_UPDATE = Members(
    (
        *("MonitoringScheduleName", f"{_SCHEDULE}.ScheduleConfig"),
        *below(_SCHEDULE, "MonitoringJobDefinitionName", "MonitoringType"),
        *below(f"{_INLINE}.BaselineConfig", *_BASELINE),
        *below(f"{_INLINE}.MonitoringInputs.EndpointInput", *_ENDPOINT_INPUT),
        *(f"{_INLINE}.MonitoringOutputConfig.{_OUTPUTS}", f"{_INLINE}.MonitoringOutputConfig.KmsKeyId"),
        *below(f"{_INLINE}.MonitoringResources", *CLUSTER),
        *below(f"{_INLINE}.MonitoringAppSpecification", *_APPLICATION),
        *below(
            _INLINE, "StoppingCondition", "Environment", "RoleArn", "NetworkConfig.EnableNetworkIsolation"
        ),
    ),
    {
        **echoed_below(f"{_INLINE}.BaselineConfig", _BASELINING),
        f"{_INLINE}.MonitoringResources.ClusterConfig.VolumeKmsKeyId": KMS,
        **echoed_below(_INLINE, NETWORK),
    },
)
MONITORING_SCHEDULE = {"create": Members((*_UPDATE.done, "Tags"), _UPDATE.echoed), "update": _UPDATE}
