"""Tuning jobs. Their training jobs act as roles of the account; what a tuning job lists is its own account's."""

from __future__ import annotations

from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.inputs.sagemaker.core import made, shared
from tests.security.matrix.world import MARKER, World
from tests.support.images import XGBOOST

_TAGS = [{"Key": "note", "Value": MARKER}]
_RANGES = {"IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "2", "MaxValue": "9"}]}


def _request(w: World) -> Params:
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/train"}
    return {
        "HyperParameterTuningJobName": w.fresh("tuning"),
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:rmse"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 1},
            "ParameterRanges": _RANGES,
        },
        "TrainingJobDefinition": {
            "StaticHyperParameters": {"num_round": "3"},
            "AlgorithmSpecification": {"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
            "RoleArn": w.once("role", lambda w: ""),
            "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
            "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        },
    }


_tuning = made("create_hyper_parameter_tuning_job", _request, "HyperParameterTuningJobName", Tags=_TAGS)
_shared = shared("tuning", _tuning)


def _stopped(w: World) -> Params:
    named = _tuning(w)
    w.client("sagemaker").stop_hyper_parameter_tuning_job(**named)
    w.turn(3)
    return named


def _at_work(w: World) -> Params:
    """A tuning job that has made a training job."""
    named = _tuning(w)
    w.turn(2)
    return named


CASES = {
    "CreateHyperParameterTuningJob": Case(_request, Outcome.REFUSED),
    "DeleteHyperParameterTuningJob": Case(_stopped, Outcome.MISSING),
    "DescribeHyperParameterTuningJob": Case(_shared, Outcome.MISSING),
    "ListHyperParameterTuningJobs": Case(lambda w: {}, Outcome.OWN),
    "ListTrainingJobsForHyperParameterTuningJob": Case(shared("tuning at work", _at_work), Outcome.MISSING),
    "StopHyperParameterTuningJob": Case(_tuning, Outcome.MISSING),
}
