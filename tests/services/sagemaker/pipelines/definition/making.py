"""Definitions for tests: small ones that are right, of which a test changes a part."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clary.kernel import AwsError
from clary.services.sagemaker.pipelines.definition import Definition, parse

Json = dict[str, Any]
ROLE = "arn:aws:iam::111122223333:role/r"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"


def get(path: str) -> Json:
    """Return a reference: `Parameters.Rounds`."""
    return {"Get": path}


def join(*values: Any, on: str = "") -> Json:
    return {"Std:Join": {"On": on, "Values": list(values)}}


def from_file(step: str, file: str, path: str) -> Json:
    """Return the function that reads a property file."""
    return {"Std:JsonGet": {"PropertyFile": get(f"Steps.{step}.PropertyFiles.{file}"), "Path": path}}


def training(name: str, source: Any = "s3://b/in", **members: Any) -> Json:
    """Return a Training step that reads its data at `source`."""
    data = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": source}}
    arguments = {
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "InputDataConfig": [{"ChannelName": "train", "DataSource": data}],
        "OutputDataConfig": {"S3OutputPath": "s3://b/out"},
        "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 30},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "RoleArn": ROLE,
    }
    return {"Name": name, "Type": "Training", "Arguments": arguments, **members}


def processing(name: str, *arguments: Any, **members: Any) -> Json:
    """Return a Processing step with an output `out` and a property file `Report` in it."""
    output = {"S3Uri": "s3://b/o", "LocalPath": "/opt/ml/processing/o", "S3UploadMode": "EndOfJob"}
    request = {
        "AppSpecification": {"ImageUri": IMAGE, "ContainerArguments": list(arguments) or ["-v"]},
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "out", "S3Output": output}]},
        "RoleArn": ROLE,
    }
    file = {"PropertyFileName": "Report", "OutputName": "out", "FilePath": "report.json"}
    return {"Name": name, "Type": "Processing", "Arguments": request, "PropertyFiles": [file], **members}


def fail(name: str, message: Any = "no", **members: Any) -> Json:
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}, **members}


def gate(
    name: str, *conditions: Json, then: list[Json], other: list[Json] | None = None, **members: Any
) -> Json:
    """Return a Condition step with its two branches."""
    arguments = {"Conditions": list(conditions), "IfSteps": then, "ElseSteps": other or []}
    return {"Name": name, "Type": "Condition", "Arguments": arguments, **members}


def compare(left: Any, right: Any, how: str = "Equals") -> Json:
    return {"Type": how, "LeftValue": left, "RightValue": right}


def parameter(name: str, kind: str = "String", default: Any = None, **members: Any) -> Json:
    return {"Name": name, "Type": kind, **({} if default is None else {"DefaultValue": default}), **members}


def text(*steps: Json, parameters: list[Json] | None = None, **members: Any) -> str:
    """Return the text of a definition."""
    whole = {"Version": "2020-12-01", "Metadata": {}, "Parameters": parameters or [], "Steps": list(steps)}
    return json.dumps({**whole, **members})


def parsed(*steps: Json, parameters: list[Json] | None = None, **members: Any) -> Definition:
    return parse(text(*steps, parameters=parameters, **members))


def refusal(*steps: Json, parameters: list[Json] | None = None, **members: Any) -> str:
    """Return the sentence that refuses a definition, behind AWS's common beginning."""
    with pytest.raises(AwsError) as error:
        parsed(*steps, parameters=parameters, **members)
    assert error.value.code == "ValidationException"
    beginning = "Unable to parse pipeline definition. "
    assert error.value.message.startswith(beginning)
    return error.value.message.removeprefix(beginning)
