"""The smallest requests of SageMaker that AWS would accept; a bucket `bucket` has what they read."""

from __future__ import annotations

from typing import Any

from tests.support.images import SKLEARN, XGBOOST


def training_request(role: str, name: str = "job-1", **changes: Any) -> dict[str, Any]:
    """A built-in XGBoost job."""
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
        "RoleArn": role,
        "HyperParameters": {"num_round": "3"},
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "ContentType": "text/csv",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/train"}},
            }
        ],
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        **changes,
    }


def processing_request(role: str, name: str = "p", **changes: Any) -> dict[str, Any]:
    source = {
        "S3Uri": "s3://bucket/in",
        "LocalPath": "/opt/ml/processing/input",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
        "S3DataDistributionType": "ShardedByS3Key",
    }
    target = {
        "S3Uri": "s3://bucket/out",
        "LocalPath": "/opt/ml/processing/output",
        "S3UploadMode": "EndOfJob",
    }
    return {
        "ProcessingJobName": name,
        "AppSpecification": {"ImageUri": SKLEARN, "ContainerEntrypoint": ["python3", "x.py"]},
        "RoleArn": role,
        "ProcessingInputs": [{"InputName": "in", "S3Input": source}],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "out", "S3Output": target}]},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 5}
        },
        **changes,
    }


def transform_request(name: str = "t", **changes: Any) -> dict[str, Any]:
    return {
        "TransformJobName": name,
        "ModelName": "m",
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in/"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {"S3OutputPath": "s3://bucket/out", "Accept": "text/csv"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 2},
        **changes,
    }


INFERENCE = {
    "Containers": [
        {
            "Image": XGBOOST,
            "ModelDataUrl": "s3://bucket/model.tar.gz",
            "Environment": {"A": "package", "B": "b"},
        }
    ],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}


def register(sm: Any, **more: Any) -> str:
    return sm.create_model_package(
        ModelPackageGroupName="g", **{"InferenceSpecification": INFERENCE, **more}
    )["ModelPackageArn"]
