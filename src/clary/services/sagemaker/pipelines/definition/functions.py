"""The functions that may take the place of a value: Get, Std:Join and Std:JsonGet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from clary.services.sagemaker.pipelines.definition import reading
from clary.services.sagemaker.pipelines.definition.paths import Path, parse_path
from clary.services.sagemaker.pipelines.definition.says import member, unparsable
from clary.services.sagemaker.pipelines.definition.types import JSON

# What `Get` reads of the execution itself. The last two are the names of the jobs that the steps start.
EXECUTION = (
    *("StartDateTime", "CurrentDateTime", "PipelineName", "PipelineArn", "PipelineExecutionId"),
    *("PipelineExecutionArn", "TrainingJobName", "ProcessingJobName"),
)
EXPERIMENT = ("ExperimentName", "TrialName")

_GET = re.compile(
    r"Parameters\.(?P<parameter>[A-Za-z0-9_-]{1,256})"
    r"|Execution\.(?P<execution>\w{1,64})"
    r"|PipelineExperimentConfig\.(?P<experiment>\w{1,64})"
    r"|Steps\.(?P<step>[A-Za-z0-9_-]{1,64})(?P<path>[.\[].*)"
)


@dataclass(frozen=True, slots=True)
class ParameterValue:
    """`{"Get": "Parameters.NAME"}`"""

    name: str


@dataclass(frozen=True, slots=True)
class ExecutionValue:
    """`{"Get": "Execution.NAME"}`"""

    name: str


@dataclass(frozen=True, slots=True)
class ExperimentValue:
    """`{"Get": "PipelineExperimentConfig.NAME"}`"""

    name: str


@dataclass(frozen=True, slots=True)
class StepValue:
    """`{"Get": "Steps.STEP.PATH"}`"""

    step: str
    path: Path


@dataclass(frozen=True, slots=True)
class Joined:
    """`{"Std:Join": {"On": …, "Values": […]}}`. The values may be functions."""

    on: str
    values: tuple[JSON, ...]


@dataclass(frozen=True, slots=True)
class FromFile:
    """`{"Std:JsonGet": {"PropertyFile": {"Get": "Steps.STEP.PropertyFiles.FILE"}, "Path": …}}`"""

    step: str
    file: str
    path: Path


@dataclass(frozen=True, slots=True)
class FromS3:
    """`{"Std:JsonGet": {"S3Uri": …, "Path": …}}`. The URI may be a function."""

    uri: JSON
    path: Path


Function = ParameterValue | ExecutionValue | ExperimentValue | StepValue | Joined | FromFile | FromS3

_NAMES = ("Get", "Std:Join", "Std:JsonGet")


def is_function(value: JSON) -> bool:
    """Return whether a value is meant as a function: an object with one member, which is named like one."""
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in _NAMES


def is_property(value: JSON) -> bool:
    """Return whether a value is a function that reads what a step shows."""
    return is_function(value) and "Get" in value and str(value["Get"]).startswith("Steps.")


def function_of(value: JSON, place: str) -> Function:
    """Return the function that a value is. Raise ValidationException for one that is not written right."""
    (name,) = value
    if name == "Get":
        return _get(value[name], place)
    return _join(value[name], place) if name == "Std:Join" else _json_get(value[name], place)


def _get(reference: JSON, place: str) -> Function:
    found = _GET.fullmatch(reference) if isinstance(reference, str) and len(reference) < 4096 else None
    if found is None:
        raise bad_reference(reference, place)
    if found["step"]:
        return StepValue(found["step"], _path(found["path"].removeprefix("."), reference, place))
    if found["parameter"]:
        return ParameterValue(found["parameter"])
    return ExecutionValue(found["execution"]) if found["execution"] else ExperimentValue(found["experiment"])


def bad_reference(reference: JSON, place: str, why: str = "") -> Exception:
    """Return the error for a `Get` that names nothing."""
    return unparsable(f"Invalid property reference '{reference}'.{why}", place)


def _path(text: str, reference: JSON, place: str) -> Path:
    try:
        return parse_path(text)
    except ValueError:
        raise bad_reference(reference, place) from None


def _join(value: JSON, place: str) -> Joined:
    place = member(place, "Std:Join")
    found = reading.known(value, ("On", "Values"), place)
    values = reading.listed(reading.required(found, "Values", place), member(place, "Values"))
    return Joined(reading.some_text(found, "On", place), tuple(values))


def _json_get(value: JSON, place: str) -> FromFile | FromS3:
    place = member(place, "Std:JsonGet")
    found = reading.known(value, ("PropertyFile", "S3Uri", "Path"), place)
    written = reading.required(found, "Path", place)
    if not isinstance(written, str):
        raise unparsable("The Path of a JsonGet must be a String.", place)
    try:
        path = parse_path(written)
    except ValueError:
        raise unparsable(f"Invalid path '{written}'.", place) from None
    if ("PropertyFile" in found) == ("S3Uri" in found):
        raise unparsable("Exactly one of PropertyFile and S3Uri must be specified.", place)
    return (
        FromS3(found["S3Uri"], path) if "S3Uri" in found else _from_file(found["PropertyFile"], path, place)
    )


def _from_file(source: JSON, path: Path, place: str) -> FromFile:
    """Return the function that reads a property file, named by `Steps.STEP.PropertyFiles.FILE`."""
    place = member(place, "PropertyFile")
    found = function_of(source, place) if is_function(source) else None
    match found:
        case StepValue(step, ("PropertyFiles", str(file))):
            return FromFile(step, file, path)
        case _:
            raise bad_reference(source, place, " It must be Steps.STEP.PropertyFiles.FILE.")


def functions_in(value: JSON, place: str) -> Iterator[tuple[Function, str]]:
    """Yield all functions in a value, those inside of others too, each with its place."""
    if is_function(value):
        found = function_of(value, place)
        yield found, place
        yield from functions_in(_inside(found), place)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from functions_in(inner, member(place, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from functions_in(inner, member(place, number))


def _inside(function: Function) -> JSON:
    match function:
        case Joined(_, values):
            return list(values)
        case FromS3(uri, _):
            return [uri]
        case _:
            return None


def steps_in(value: JSON, place: str) -> frozenset[str]:
    """Return the names of the steps whose results a value uses."""
    return frozenset(
        found.step for found, _ in functions_in(value, place) if isinstance(found, StepValue | FromFile)
    )
