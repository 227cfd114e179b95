"""Put the values of an execution where a definition has functions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.services.sagemaker.pipelines.definition.bind import shown
from clary.services.sagemaker.pipelines.definition.functions import (
    ExecutionValue,
    ExperimentValue,
    FromFile,
    FromS3,
    Function,
    Joined,
    ParameterValue,
    StepValue,
    function_of,
    is_function,
)
from clary.services.sagemaker.pipelines.definition.paths import Path, walk
from clary.services.sagemaker.pipelines.definition.says import member
from clary.services.sagemaker.pipelines.definition.types import JSON, Scalar


class Values(Protocol):
    """What an execution knows when a step begins."""

    def parameter(self, name: str) -> Scalar:
        """Return the value of a parameter in this execution."""
        ...

    def execution(self, name: str) -> str:
        """Return StartDateTime, CurrentDateTime, PipelineName, PipelineArn, PipelineExecutionId, PipelineExecutionArn,
        TrainingJobName or ProcessingJobName."""
        ...

    def step(self, name: str) -> Mapping[str, JSON]:
        """Return what a step that has ended shows: the Describe answer of its job."""
        ...

    def property_file(self, step: str, file: str) -> JSON:
        """Return the content of a property file of a step that has ended."""
        ...

    def experiment(self, name: str) -> str:
        """Return the ExperimentName or the TrialName of the pipeline."""
        ...

    def s3_json(self, uri: str) -> JSON:
        """Return the content of a JSON object in S3."""
        ...


def resolve(value: JSON, values: Values, place: str = "") -> JSON:
    """Return a value with the results of its functions in their places. `place` names it in errors: `step Train, Arguments`.
    Raise ValidationException for a path at which nothing stands, naming the place and the step."""
    if is_function(value):
        return _result(function_of(value, place), values, place)
    if isinstance(value, Mapping):
        return {name: resolve(inner, values, member(place, name)) for name, inner in value.items()}
    if isinstance(value, list):
        return [resolve(inner, values, member(place, number)) for number, inner in enumerate(value)]
    return value


def _result(function: Function, values: Values, place: str) -> JSON:
    match function:
        case ParameterValue(name):
            return values.parameter(name)
        case ExecutionValue(name):
            return values.execution(name)
        case ExperimentValue(name):
            return values.experiment(name)
        case StepValue(step, path):
            return _at(values.step(step), path, f"Steps.{step}", place)
        case Joined(on, joined):
            return on.join(_part(one, values, place) for one in joined)
        case FromFile(step, file, path):
            return _at(values.property_file(step, file), path, f"Steps.{step}.PropertyFiles.{file}", place)
        case FromS3(uri, path):
            return _from_s3(resolve(uri, values, place), path, values, place)


def _from_s3(uri: JSON, path: Path, values: Values, place: str) -> JSON:
    if not isinstance(uri, str) or not re.match(r"s3://.", uri):
        raise _failed(f"'{uri}' is not an S3 URI", place)
    return _at(values.s3_json(uri), path, uri, place)


def _part(value: JSON, values: Values, place: str) -> str:
    """Return one of the values of a Join as a text."""
    found: Any = resolve(value, values, place)
    if isinstance(found, datetime):
        return found.isoformat()
    if not isinstance(found, str | int | float):
        raise _failed("A Join can join texts, numbers and booleans only", place)
    return shown(found)


def _at(value: JSON, path: Path, source: str, place: str) -> JSON:
    try:
        return walk(value, path)
    except LookupError:
        raise _failed(f"{source} has no value at {_written(path)}", place) from None


def _written(path: Path) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


def _failed(sentence: str, place: str) -> AwsError:
    return validation(f"{sentence} ({place})." if place else f"{sentence}.")
