"""The types of steps: what each of them calls, what it shows when it has ended, and what a definition may say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of steps. Its Arguments are the request of `creates`, its properties the answer of `describes` and `shows`:
    a map where `shows` has [], a text otherwise. `cached`, `retried` and `files` say whether it may have a CacheConfig,
    RetryPolicies and PropertyFiles; `options` are the members that it alone has."""

    creates: str = ""
    describes: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    cached: bool = False
    retried: bool = False
    files: bool = False
    options: tuple[str, ...] = ()


_CHECKS = ("CalculatedBaselineConstraints", "CalculatedBaselineStatistics")
_CHECKED = ("BaselineUsedForDriftCheckConstraints", "BaselineUsedForDriftCheckStatistics")
_CHECK_OPTIONS = (
    *("CheckType", "ModelPackageGroupName", "SkipCheck", "FailOnViolation", "RegisterNewBaseline"),
    *("SuppliedBaselineStatistics", "SuppliedBaselineConstraints"),
)

KINDS: Mapping[str, Kind] = {
    "Training": Kind("CreateTrainingJob", ("DescribeTrainingJob",), cached=True, retried=True),
    "Processing": Kind(
        "CreateProcessingJob", ("DescribeProcessingJob",), cached=True, retried=True, files=True
    ),
    "Transform": Kind("CreateTransformJob", ("DescribeTransformJob",), cached=True, retried=True),
    # Beside its own answer it shows its best training jobs: `TrainingJobSummaries[0].TrainingJobName`.
    "Tuning": Kind(
        "CreateHyperParameterTuningJob",
        ("DescribeHyperParameterTuningJob", "ListTrainingJobsForHyperParameterTuningJob"),
        cached=True,
        retried=True,
    ),
    "Model": Kind("CreateModel", ("DescribeModel",), retried=True),
    "RegisterModel": Kind("CreateModelPackage", ("DescribeModelPackage",), retried=True),
    "EndpointConfig": Kind("CreateEndpointConfig", ("DescribeEndpointConfig",), cached=True, retried=True),
    "Endpoint": Kind("CreateEndpoint", ("DescribeEndpoint",), cached=True, retried=True),
    "QualityCheck": Kind(
        "CreateProcessingJob", shows=(*_CHECKS, *_CHECKED), cached=True, retried=True, options=_CHECK_OPTIONS
    ),
    "Lineage": Kind(shows=("ActionArns[]", "ArtifactArns[]", "ContextArns[]")),
    "Condition": Kind(shows=("Outcome",)),
    "Fail": Kind(shows=("ErrorMessage",)),
}

# The types that AWS has beside these (PipelineExecutionStepMetadata of its model).
NOT_HERE = (
    *("Athena", "AutoML", "BedrockCustomModel", "BedrockCustomModelDeployment", "BedrockModelImport"),
    *("BedrockProvisionedModelThroughput", "Callback", "ClarifyCheck", "Cleanup", "EMR", "EMRServerless"),
    *("ForEach", "HubContent", "InferenceComponent", "Job", "Lambda"),
)
