"""The smallest real jobs: a line of Python, or an algorithm, on an image that is here."""

from __future__ import annotations

from typing import Any

from tests.support.images import SKLEARN
from tests.support.principals import allow, policy, trust

TRUST = trust({"Service": "sagemaker.amazonaws.com"})
POLICY = policy(allow("s3:*"))


def training(role: str, name: str, code: str, bucket: str, **changes: Any) -> dict[str, Any]:
    """CreateTrainingJob for a line of Python. An argument is at most 256 characters (the model)."""
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {
            "TrainingImage": SKLEARN,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python3", "-c"],
            "ContainerArguments": [code],
        },
        "RoleArn": role,
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        **changes,
    }


def processing(role: str, name: str, *words: str) -> dict[str, Any]:
    """CreateProcessingJob for a command."""
    return {
        "ProcessingJobName": name,
        "AppSpecification": {"ImageUri": SKLEARN, "ContainerEntrypoint": list(words)},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
        },
        "RoleArn": role,
    }


def transform(model: str, name: str, source: str, target: str) -> dict[str, Any]:
    """CreateTransformJob, line by line."""
    return {
        "TransformJobName": name,
        "ModelName": model,
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": source}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {"S3OutputPath": target, "AssembleWith": "Line", "Accept": "text/csv"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        "BatchStrategy": "SingleRecord",
    }
