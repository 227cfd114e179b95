"""The smallest inputs that a Create operation takes: made from the model, and mended where the model cannot say it."""

from __future__ import annotations

from typing import Any

from clary.plane import Noun
from clary.wire import ServiceModel
from tests.support.images import ANALYSER, SKLEARN, XGBOOST

ROLE = "arn:aws:iam::111122223333:role/Jobs"
_MACHINE = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}
_DATA = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in"}}

# What a noun needs beyond what its model says is required. `needs` names nouns that must be there before.
MENDED: dict[str, dict[str, Any]] = {
    "Model": {"PrimaryContainer": {"Image": XGBOOST}, "ExecutionRoleArn": ROLE},
    "EndpointConfig": {
        "ProductionVariants": [
            {
                "VariantName": "v",
                "ModelName": "needed",
                "InstanceType": "ml.m5.large",
                "InitialInstanceCount": 1,
            }
        ]
    },
    "Endpoint": {"EndpointConfigName": "needed"},
    "TrainingJob": {
        "AlgorithmSpecification": {"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
        "ResourceConfig": _MACHINE,
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "RoleArn": ROLE,
    },
    "HyperParameterTuningJob": {
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:rmse"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1},
            "ParameterRanges": {
                "ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.1", "MaxValue": "0.5"}]
            },
        },
        "TrainingJobDefinition": {
            "AlgorithmSpecification": {"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
            "ResourceConfig": _MACHINE,
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
            "RoleArn": ROLE,
        },
    },
    "ProcessingJob": {
        "AppSpecification": {"ImageUri": SKLEARN},
        "ProcessingResources": {"ClusterConfig": _MACHINE},
        "RoleArn": ROLE,
    },
    "TransformJob": {
        "ModelName": "needed",
        "TransformInput": {"DataSource": _DATA},
        "TransformOutput": {"S3OutputPath": "s3://bucket/out"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    },
    "Pipeline": {"PipelineDefinition": '{"Version": "2020-12-01", "Steps": []}', "RoleArn": ROLE},
    "DataQualityJobDefinition": {
        "DataQualityAppSpecification": {"ImageUri": ANALYSER},
        "DataQualityJobInput": {
            "EndpointInput": {"EndpointName": "e", "LocalPath": "/opt/ml/processing/input/endpoint"}
        },
        "DataQualityJobOutputConfig": {
            "MonitoringOutputs": [
                {"S3Output": {"S3Uri": "s3://bucket/out", "LocalPath": "/opt/ml/processing/output"}}
            ]
        },
        "JobResources": {"ClusterConfig": _MACHINE},
        "RoleArn": ROLE,
    },
    "Trial": {"ExperimentName": "needed"},
    "MonitoringSchedule": {
        "MonitoringScheduleConfig": {
            "MonitoringJobDefinitionName": "needed",
            "MonitoringType": "DataQuality",
            "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
        }
    },
    "ModelCard": {"Content": "{}"},
}
NEEDS: dict[str, tuple[str, ...]] = {
    "EndpointConfig": ("Model",),
    "Endpoint": ("Model", "EndpointConfig"),
    "TransformJob": ("Model",),
    "Trial": ("Experiment",),
    "MonitoringSchedule": ("DataQualityJobDefinition",),
}


def smallest(model: ServiceModel, noun: Noun, name: str) -> dict[str, Any]:
    """The input that creates a noun of this name."""
    shape = model.operations[f"Create{noun.name}"].input
    mended = MENDED.get(noun.name, {})
    made = {
        member: _value(shape.members[member])
        for member in (shape.required_members if shape else ())
        if member not in mended and not is_token(shape.members[member])
    }
    return made | mended | {noun.key_member: name}


def is_token(shape: Any) -> bool:
    """Whether a member is an idempotency token, which clients make for each call."""
    return bool(shape.metadata.get("idempotencyToken"))


def _value(shape: Any) -> Any:
    """The first value that comes to mind of a shape."""
    if shape.type_name == "structure":
        return {member: _value(shape.members[member]) for member in shape.required_members}
    if shape.type_name == "list":
        return [_value(shape.member)]
    if shape.type_name == "map":
        return {}
    if shape.type_name == "boolean":
        return False
    if shape.type_name in ("integer", "long", "float", "double"):
        return shape.metadata.get("min", 1)
    return _text(shape)


def _text(shape: Any) -> str:
    if shape.metadata.get("enum"):
        return shape.metadata["enum"][0]
    if shape.name == "RoleArn":
        return ROLE
    if "S3Uri" in shape.name:
        return "s3://bucket/key"
    return "a" * max(1, shape.metadata.get("min", 1))
