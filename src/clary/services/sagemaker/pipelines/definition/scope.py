"""What the functions of a definition may refer to, and of which type that is."""

from __future__ import annotations

from collections.abc import Mapping

from clary.services.sagemaker.pipelines.definition import shapes
from clary.services.sagemaker.pipelines.definition.functions import (
    EXECUTION,
    EXPERIMENT,
    ExecutionValue,
    ExperimentValue,
    FromFile,
    FromS3,
    Function,
    Joined,
    ParameterValue,
    StepValue,
    bad_reference,
    function_of,
    is_function,
)
from clary.services.sagemaker.pipelines.definition.says import unparsable
from clary.services.sagemaker.pipelines.definition.types import JSON, Parameter, Step

ANY = "Any"  # the type of what is read from a file: it is known when the file is there


class Scope:
    """The parameters, the steps and the experiment of one definition."""

    def __init__(
        self, parameters: tuple[Parameter, ...], steps: Mapping[str, Step], experiment: bool
    ) -> None:
        self._parameters = {one.name: one for one in parameters}
        self._steps = steps
        self._experiment = experiment

    def type_of(self, value: JSON, place: str) -> str:
        """Return the type of a function's result. Raise ValidationException for a reference to what is not there, also
        inside of the function."""
        return self._type(function_of(value, place), value, place)

    def _type(self, function: Function, written: JSON, place: str) -> str:
        match function:
            case ParameterValue(name):
                return self._parameter(name, place)
            case ExecutionValue(name):
                return self._one_of(name, EXECUTION, written, place)
            case ExperimentValue(name):
                return self._one_of(name, EXPERIMENT if self._experiment else (), written, place)
            case StepValue():
                return self._property(function, written, place)
            case Joined(_, values):
                return self._join(values, place)
            case FromFile(step, file, _):
                return self._file(step, file, place)
            case FromS3(uri, _):
                return self._s3(uri, place)

    def _parameter(self, name: str, place: str) -> str:
        if name not in self._parameters:
            raise bad_reference(f"Parameters.{name}", place, " There is no such parameter.")
        return self._parameters[name].type

    def _one_of(self, name: str, names: tuple[str, ...], written: JSON, place: str) -> str:
        if name not in names:
            raise bad_reference(written["Get"], place)
        return "String"

    def _step(self, name: str, reference: str, place: str) -> Step:
        if name not in self._steps:
            raise bad_reference(reference, place, " There is no such step.")
        return self._steps[name]

    def _property(self, value: StepValue, written: JSON, place: str) -> str:
        reference = written["Get"]
        kind = self._step(value.step, reference, place).type
        try:
            return shapes.type_at(kind, value.path)
        except LookupError:
            raise bad_reference(reference, place, f" A {kind} step has no such property.") from None

    def _file(self, step: str, file: str, place: str) -> str:
        reference = f"Steps.{step}.PropertyFiles.{file}"
        if file not in [one.name for one in self._step(step, reference, place).property_files]:
            raise bad_reference(reference, place, " There is no such property file.")
        return ANY

    def _s3(self, uri: JSON, place: str) -> str:
        if is_function(uri) and self.type_of(uri, place) not in ("String", ANY):
            raise unparsable("The S3Uri of a JsonGet must be a String.", place)
        if not is_function(uri) and not isinstance(uri, str):
            raise unparsable("The S3Uri of a JsonGet must be a String.", place)
        return ANY

    def _join(self, values: tuple[JSON, ...], place: str) -> str:
        for value in values:
            kind = self.type_of(value, place) if is_function(value) else constant_type(value)
            if kind not in (*shapes.SCALARS, ANY):
                raise unparsable(f"A value of type {kind} cannot be joined.", place)
        return "String"


def constant_type(value: JSON) -> str:
    """Return the type of a value that is not a function."""
    if isinstance(value, bool):
        return "Boolean"
    for kind, name in ((int, "Integer"), (float, "Float"), (str, "String"), (list, "List")):
        if isinstance(value, kind):
            return name
    return "Structure" if isinstance(value, dict) else "Null"
