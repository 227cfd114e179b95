"""Put the values of an execution where a definition has functions."""

from __future__ import annotations

import json
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

# A request of AWS's has less; without a bound, one text that is named often would fill the memory.
MOST_RESOLVED = 1_048_576


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
    Raise ValidationException for a path at which nothing stands, naming the place and the step, and for results that have more
    than 1,048,576 characters together."""
    return _Resolution(values).of(value, place)


class _Resolution:
    """One value whose functions are being replaced. It counts the characters that they give."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._left = MOST_RESOLVED

    def of(self, value: JSON, place: str) -> JSON:
        """Return a value, or a part of it, with the results of its functions."""
        if is_function(value):
            return self._counted(self._result(function_of(value, place), place), place)
        if isinstance(value, Mapping):
            return {name: self.of(inner, member(place, name)) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.of(inner, member(place, number)) for number, inner in enumerate(value)]
        return value

    def _counted(self, result: JSON, place: str) -> JSON:
        self._left -= _length(result)
        if self._left < 0:
            raise _failed(f"The results of functions have more than {MOST_RESOLVED} characters", place)
        return result

    def _result(self, function: Function, place: str) -> JSON:
        values = self._values
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
                return on.join(self._part(one, place) for one in joined)
            case FromFile(step, file, path):
                source = f"Steps.{step}.PropertyFiles.{file}"
                return _at(values.property_file(step, file), path, source, place)
            case FromS3(uri, path):
                return self._from_s3(self.of(uri, place), path, place)

    def _from_s3(self, uri: JSON, path: Path, place: str) -> JSON:
        if not isinstance(uri, str) or not re.match(r"s3://.", uri):
            raise _failed(f"'{uri}' is not an S3 URI", place)
        return _at(self._values.s3_json(uri), path, uri, place)

    def _part(self, value: JSON, place: str) -> str:
        """Return one of the values of a Join as a text."""
        found: Any = self.of(value, place)
        if isinstance(found, datetime):
            return found.isoformat()
        if not isinstance(found, str | int | float):
            raise _failed("A Join can join texts, numbers and booleans only", place)
        return shown(found)


def _length(result: JSON) -> int:
    """Return the characters of a result: of a structure or a list as JSON, none of a number."""
    if isinstance(result, str):
        return len(result)
    return len(json.dumps(result, default=str)) if isinstance(result, Mapping | list) else 0


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
