"""SageMaker. Names mean those of the caller's account and region; roles are passed within an account only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.conftest import ACCOUNT
from tests.security.matrix import callers
from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.world import MARKER, World
from tests.worker import Reply, echo

Make = Callable[[World], Params]

_REGISTRY = "683313688378.dkr.ecr.us-east-1.amazonaws.com"
XGBOOST = f"{_REGISTRY}/sagemaker-xgboost:1.7-1"
_SKLEARN = f"{_REGISTRY}/sagemaker-scikit-learn:1.2-1-cpu-py3"
_ANALYZER = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
_STORED = ("train/a.csv", "in/a.csv", "model.tar.gz")
TAGS = [{"Key": "note", "Value": MARKER}]
_ONE = {"InstanceType": "ml.m5.large", "InstanceCount": 1}


def prepare(w: World) -> None:
    """The role of all jobs, and their data."""
    s3 = w.client("s3")
    s3.create_bucket(Bucket="bucket")
    for key in _STORED:
        s3.put_object(Bucket="bucket", Key=key, Body=b"1,2\n")
    everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    w.once("role", lambda w: callers.role(w.client("iam"), "jobs", "sagemaker.amazonaws.com", everything))


def _role(w: World) -> str:
    return w.once("role", lambda w: "")


# requests -------------------------------------------------------------------------------------------------------


def _training(w: World) -> Params:
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/train"}
    return {
        "TrainingJobName": w.fresh("training"),
        "AlgorithmSpecification": {"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
        "RoleArn": _role(w),
        "HyperParameters": {"num_round": "3"},
        "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {**_ONE, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }


def _processing(w: World) -> Params:
    target = {"S3Uri": "s3://bucket/out", "LocalPath": "/opt/ml/processing/out", "S3UploadMode": "EndOfJob"}
    return {
        "ProcessingJobName": w.fresh("processing"),
        "AppSpecification": {"ImageUri": _SKLEARN, "ContainerEntrypoint": ["python3", "x.py"]},
        "RoleArn": _role(w),
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "out", "S3Output": target}]},
        "ProcessingResources": {"ClusterConfig": {**_ONE, "VolumeSizeInGB": 5}},
    }


def _transform(w: World) -> Params:
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in/"}
    return {
        "TransformJobName": w.fresh("transform"),
        "ModelName": a_model(w)["ModelName"],
        "TransformInput": {"DataSource": {"S3DataSource": source}},
        "TransformOutput": {"S3OutputPath": "s3://bucket/out"},
        "TransformResources": _ONE,
    }


def _model(w: World) -> Params:
    return {
        "ModelName": w.fresh("model"),
        "ExecutionRoleArn": _role(w),
        "PrimaryContainer": {"Image": XGBOOST, "ModelDataUrl": "s3://bucket/model.tar.gz"},
    }


def _endpoint_config(w: World) -> Params:
    variant = {
        "VariantName": "A",
        "ModelName": a_model(w)["ModelName"],
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    return {"EndpointConfigName": w.fresh("config"), "ProductionVariants": [variant]}


def _definition(w: World) -> Params:
    output = {"S3Uri": "s3://bucket/reports", "LocalPath": "/opt/ml/processing/output"}
    endpoint = {"EndpointName": "watched", "LocalPath": "/opt/ml/processing/input/endpoint"}
    return {
        "JobDefinitionName": w.fresh("definition"),
        "RoleArn": _role(w),
        "DataQualityAppSpecification": {"ImageUri": _ANALYZER},
        "DataQualityJobInput": {"EndpointInput": endpoint},
        "DataQualityJobOutputConfig": {"MonitoringOutputs": [{"S3Output": output}]},
        "JobResources": {"ClusterConfig": {**_ONE, "VolumeSizeInGB": 5}},
    }


def _schedule(w: World) -> Params:
    return {"MonitoringScheduleName": w.fresh("schedule"), **_hourly(w)}


def _hourly(w: World) -> Params:
    config = {
        "MonitoringJobDefinitionName": w.once("definition", definition)["JobDefinitionName"],
        "MonitoringType": "DataQuality",
        "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
    }
    return {"MonitoringScheduleConfig": config}


# what the owner has ---------------------------------------------------------------------------------------------


def made(operation: str, request: Make, member: str, **more: Any) -> Make:
    """The name of what a Create operation made, as the parameter of the others."""

    def params(w: World) -> Params:
        wanted = request(w)
        getattr(w.client("sagemaker"), operation)(**wanted, **more)
        return {member: wanted[member]}

    return params


training = made("create_training_job", _training, "TrainingJobName", Environment={"note": MARKER}, Tags=TAGS)
processing = made(
    "create_processing_job", _processing, "ProcessingJobName", Environment={"note": MARKER}, Tags=TAGS
)
transform = made(
    "create_transform_job", _transform, "TransformJobName", Environment={"note": MARKER}, Tags=TAGS
)
model = made("create_model", _model, "ModelName", Tags=TAGS)
endpoint_config = made("create_endpoint_config", _endpoint_config, "EndpointConfigName", Tags=TAGS)
definition = made("create_data_quality_job_definition", _definition, "JobDefinitionName", Tags=TAGS)
schedule = made("create_monitoring_schedule", _schedule, "MonitoringScheduleName", Tags=TAGS)


def _ended(make: Make, stop: str) -> Make:
    """A job that was stopped."""

    def params(w: World) -> Params:
        names = make(w)
        getattr(w.client("sagemaker"), stop)(**names)
        w.turn(3)
        return names

    return params


def _endpoint(w: World) -> Params:
    return {"EndpointName": w.fresh("endpoint"), "EndpointConfigName": a_config(w)["EndpointConfigName"]}


def in_service(w: World, reply: Reply = echo) -> str:
    """An endpoint whose worker answers."""
    request = _endpoint(w)
    w.client("sagemaker").create_endpoint(**request)
    w.turn(2)
    w.farm.bring_up(reply)
    w.turn(2)
    return request["EndpointName"]


def endpoint(w: World) -> Params:
    return {"EndpointName": in_service(w)}


# how cases name it ----------------------------------------------------------------------------------------------


def shared(name: str, make: Make) -> Make:
    """One for all cases that take nothing away from it."""
    return lambda w: w.once(name, make)


a_model = shared("model", model)
a_config = shared("config", endpoint_config)
an_endpoint = shared("endpoint", endpoint)
a_definition = shared("definition", definition)
a_schedule = shared("schedule", schedule)


def plus(make: Make, **more: Any) -> Make:
    return lambda w: {**make(w), **more}


def _tagged(make: Make, **more: Any) -> Make:
    """A model by its ARN."""
    return lambda w: {
        "ResourceArn": f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model/{make(w)['ModelName']}",
        **more,
    }


def _updated_endpoint(w: World) -> Params:
    return {**endpoint(w), "EndpointConfigName": a_config(w)["EndpointConfigName"]}


_MISSING, _OWN, _REFUSED = Outcome.MISSING, Outcome.OWN, Outcome.REFUSED
_WARM = {"ResourceConfig": {"KeepAlivePeriodInSeconds": 60}}
_WEIGHT = {"DesiredWeightsAndCapacities": [{"VariantName": "A", "DesiredWeight": 2.0}]}

CASES = {
    "AddTags": Case(_tagged(a_model, Tags=[{"Key": "a", "Value": "b"}]), _MISSING),
    "CreateDataQualityJobDefinition": Case(_definition, _REFUSED),
    "CreateEndpoint": Case(_endpoint, _MISSING),
    "CreateEndpointConfig": Case(_endpoint_config, _MISSING),
    "CreateModel": Case(_model, _REFUSED),
    "CreateMonitoringSchedule": Case(_schedule, _MISSING),
    "CreateProcessingJob": Case(_processing, _REFUSED),
    "CreateTrainingJob": Case(_training, _REFUSED),
    "CreateTransformJob": Case(_transform, _MISSING),
    "DeleteDataQualityJobDefinition": Case(definition, _MISSING),
    "DeleteEndpoint": Case(endpoint, _MISSING),
    "DeleteEndpointConfig": Case(endpoint_config, _MISSING),
    "DeleteModel": Case(model, _MISSING),
    "DeleteMonitoringSchedule": Case(schedule, _MISSING),
    "DeleteProcessingJob": Case(_ended(processing, "stop_processing_job"), _MISSING),
    "DeleteTags": Case(_tagged(model, TagKeys=["note"]), _MISSING),
    "DeleteTrainingJob": Case(_ended(training, "stop_training_job"), _MISSING),
    "DescribeDataQualityJobDefinition": Case(a_definition, _MISSING),
    "DescribeEndpoint": Case(an_endpoint, _MISSING),
    "DescribeEndpointConfig": Case(a_config, _MISSING),
    "DescribeModel": Case(a_model, _MISSING),
    "DescribeMonitoringSchedule": Case(a_schedule, _MISSING),
    "DescribeProcessingJob": Case(shared("processing", processing), _MISSING),
    "DescribeTrainingJob": Case(shared("training", training), _MISSING),
    "DescribeTransformJob": Case(shared("transform", transform), _MISSING),
    "ListDataQualityJobDefinitions": Case(lambda w: {}, _OWN),
    "ListEndpointConfigs": Case(lambda w: {}, _OWN),
    "ListEndpoints": Case(lambda w: {}, _OWN),
    "ListModels": Case(lambda w: {}, _OWN),
    "ListMonitoringExecutions": Case(lambda w: {}, _OWN),
    "ListMonitoringSchedules": Case(lambda w: {}, _OWN),
    "ListProcessingJobs": Case(lambda w: {}, _OWN),
    "ListTags": Case(_tagged(a_model), _MISSING),
    "ListTrainingJobs": Case(lambda w: {}, _OWN),
    "ListTransformJobs": Case(lambda w: {}, _OWN),
    "Search": Case(lambda w: {"Resource": "TrainingJob"}, _OWN),
    "StartMonitoringSchedule": Case(schedule, _MISSING),
    "StopMonitoringSchedule": Case(schedule, _MISSING),
    "StopProcessingJob": Case(processing, _MISSING),
    "StopTrainingJob": Case(training, _MISSING),
    "StopTransformJob": Case(transform, _MISSING),
    "UpdateEndpoint": Case(_updated_endpoint, _MISSING),
    "UpdateEndpointWeightsAndCapacities": Case(plus(endpoint, **_WEIGHT), _MISSING),
    "UpdateMonitoringSchedule": Case(lambda w: {**schedule(w), **_hourly(w)}, _MISSING),
    "UpdateTrainingJob": Case(plus(training, **_WARM), _MISSING),
}
