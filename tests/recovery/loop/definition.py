"""The definition of the pipeline: ten steps, one of which is a tuning job over a grid of six points."""

from __future__ import annotations

import json
from typing import Any

from tests.recovery.loop.programs import EVALUATE, PREPARE, TRAIN
from tests.support.images import PYTHON_IMAGE, SKLEARN
from tests.support.live import Live, make_role
from tests.support.live_jobs import archive, channel

Json = dict[str, Any]

NAME, GROUP = "loop", "lines"
STEPS = {"prepare", "check", "tune", "baseline", "final", "evaluate", "gate", "register", "create", "batch"}
POINTS = {(a, b) for a in "123" for b in "01"}
_CLUSTER = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
_CODE = "s3://data/code/train.tar.gz"
_POINTS = {"Get": "Steps.prepare.ProcessingOutputConfig.Outputs['data'].S3Output.S3Uri"}
_EXECUTION = {"Get": "Execution.PipelineExecutionId"}


def create(live: Live) -> None:
    """Lay out the programs and create the pipeline."""
    s3 = live.client("s3")
    s3.create_bucket(Bucket="data")
    s3.put_object(Bucket="data", Key="code/train.tar.gz", Body=archive({"train.py": TRAIN.encode()}))
    for name, program in (("prepare", PREPARE), ("evaluate", EVALUATE)):
        s3.put_object(Bucket="data", Key=f"code/{name}/main.py", Body=program)
    role = make_role(live)
    live.client("iam").attach_role_policy(
        RoleName=role.rpartition("/")[2], PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
    )
    text = json.dumps({"Version": "2020-12-01", "Steps": _steps(role)})
    live.client("sagemaker").create_pipeline(PipelineName=NAME, PipelineDefinition=text, RoleArn=role)


def _steps(role: str) -> list[Json]:
    begun = [_tune(role), _train("baseline", role, {"a": "2", "b": "0"})]
    accepted = [_register(), _model(role), _batch()]
    return [
        _process("prepare", role, {}, {"data": "data", "facts": "facts"}, "facts"),
        _condition("check", "GreaterThanOrEqualTo", ("prepare", "facts", "rows"), 10, begun),
        _train("final", role, {name: _tuned(name) for name in "ab"}),
        _process("evaluate", role, _models(), {"report": "report"}, "evaluation"),
        _condition("gate", "LessThanOrEqualTo", ("evaluate", "evaluation", "final.loss"), 0.5, accepted),
    ]


def _tuned(name: str) -> Json:
    return {"Get": f"Steps.tune.BestTrainingJob.TunedHyperParameters['{name}']"}


def _join(*parts: Any) -> Json:
    return {"Std:Join": {"On": "/", "Values": list(parts)}}


def _condition(name: str, kind: str, read: tuple[str, str, str], limit: float, then: list[Json]) -> Json:
    step, file, path = read
    value = {"Std:JsonGet": {"PropertyFile": {"Get": f"Steps.{step}.PropertyFiles.{file}"}, "Path": path}}
    held = {"Type": kind, "LeftValue": value, "RightValue": limit}
    return {
        "Name": name,
        "Type": "Condition",
        "Arguments": {"Conditions": [held], "IfSteps": then, "ElseSteps": []},
    }


def _process(name: str, role: str, inputs: Json, outputs: dict[str, str], file: str) -> Json:
    """Return a step that runs `code/<name>/main.py`; its last output has the property file."""
    given = {**inputs, "code": f"s3://data/code/{name}/"}
    request = {
        "AppSpecification": {
            "ImageUri": PYTHON_IMAGE,
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/code/main.py"],
        },
        "ProcessingInputs": [{"InputName": one, "S3Input": _input(one, uri)} for one, uri in given.items()],
        "ProcessingOutputConfig": {"Outputs": [_output(one) for one in outputs]},
        "ProcessingResources": {"ClusterConfig": _CLUSTER},
        "RoleArn": role,
    }
    last = list(outputs)[-1]
    files = [{"PropertyFileName": file, "OutputName": last, "FilePath": f"{file}.json"}]
    return {"Name": name, "Type": "Processing", "Arguments": request, "PropertyFiles": files}


def _input(name: str, uri: Any) -> Json:
    return {
        "S3Uri": uri,
        "LocalPath": f"/opt/ml/processing/{name}",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
    }


def _output(name: str) -> Json:
    place = {"S3Uri": _join("s3://data/runs", _EXECUTION, name), "LocalPath": f"/opt/ml/processing/{name}"}
    return {"OutputName": name, "S3Output": {**place, "S3UploadMode": "EndOfJob"}}


def _models() -> Json:
    """Return the inputs of the evaluation: the best model of the tuning job by its name, as SDKs do, and two others."""
    best = {"Get": "Steps.tune.BestTrainingJob.TrainingJobName"}
    return {
        "data": _POINTS,
        "best": _join("s3://data/runs", _EXECUTION, "models", best, "output/model.tar.gz"),
        "final": {"Get": "Steps.final.ModelArtifacts.S3ModelArtifacts"},
        "baseline": {"Get": "Steps.baseline.ModelArtifacts.S3ModelArtifacts"},
    }


def _job(role: str) -> Json:
    """Return what training jobs have in common, by themselves and in a tuning job."""
    return {
        "AlgorithmSpecification": {
            "TrainingImage": PYTHON_IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9.]+);"}],
        },
        "InputDataConfig": [{**channel(""), "DataSource": {"S3DataSource": _source(_POINTS)}}],
        "RoleArn": role,
        "OutputDataConfig": {"S3OutputPath": _join("s3://data/runs", _EXECUTION, "models")},
        "ResourceConfig": _CLUSTER,
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }


def _source(uri: Any) -> Json:
    return {"S3DataType": "S3Prefix", "S3Uri": uri}


_SCRIPT = {"sagemaker_program": '"train.py"', "sagemaker_submit_directory": f'"{_CODE}"'}


def _train(name: str, role: str, given: Json) -> Json:
    request = {**_job(role), "HyperParameters": {**_SCRIPT, **given}}
    return {"Name": name, "Type": "Training", "Arguments": request}


def _tune(role: str) -> Json:
    values = [{"Name": "a", "Values": ["1", "2", "3"]}, {"Name": "b", "Values": ["0", "1"]}]
    request = {
        "HyperParameterTuningJobConfig": {
            "Strategy": "Grid",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
            "ResourceLimits": {"MaxParallelTrainingJobs": 3},
            "ParameterRanges": {"CategoricalParameterRanges": values},
        },
        "TrainingJobDefinition": {**_job(role), "StaticHyperParameters": _SCRIPT},
    }
    return {"Name": "tune", "Type": "Tuning", "Arguments": request}


def _register() -> Json:
    container = {"Image": SKLEARN, "ModelDataUrl": {"Get": "Steps.final.ModelArtifacts.S3ModelArtifacts"}}
    kinds = {"SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
    request = {
        "ModelPackageGroupName": GROUP,
        "InferenceSpecification": {"Containers": [container], **kinds},
    }
    return {"Name": "register", "Type": "RegisterModel", "Arguments": request}


def _model(role: str) -> Json:
    program = {
        "SAGEMAKER_PROGRAM": "inference.py",
        "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
    }
    container = {
        "Image": SKLEARN,
        "ModelDataUrl": {"Get": "Steps.final.ModelArtifacts.S3ModelArtifacts"},
        "Environment": program,
    }
    request = {"ExecutionRoleArn": role, "PrimaryContainer": container}
    return {"Name": "create", "Type": "Model", "Arguments": request}


def _batch() -> Json:
    request = {
        "ModelName": {"Get": "Steps.create.ModelName"},
        "TransformInput": {"DataSource": {"S3DataSource": _source(_POINTS)}, "ContentType": "text/csv"},
        "TransformOutput": {"S3OutputPath": _join("s3://data/runs", _EXECUTION, "predicted")},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    return {"Name": "batch", "Type": "Transform", "Arguments": request}
