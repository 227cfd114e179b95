"""Read a definition: its text, its parameters, its steps, and whether all that they refer to is there."""

from __future__ import annotations

from collections.abc import Mapping

from clary.kernel.errors import not_implemented
from clary.services.sagemaker.pipelines.definition import reading
from clary.services.sagemaker.pipelines.definition.arguments import check_scalar
from clary.services.sagemaker.pipelines.definition.check import check_step
from clary.services.sagemaker.pipelines.definition.functions import EXPERIMENT
from clary.services.sagemaker.pipelines.definition.graph import check_order
from clary.services.sagemaker.pipelines.definition.parameters import parse_parameters
from clary.services.sagemaker.pipelines.definition.says import member, unparsable
from clary.services.sagemaker.pipelines.definition.scope import Scope
from clary.services.sagemaker.pipelines.definition.steps import parse_steps
from clary.services.sagemaker.pipelines.definition.text import read
from clary.services.sagemaker.pipelines.definition.types import JSON, Definition, Step

VERSION = "2020-12-01"
MOST_STEPS = 1000  # AWS allows 50, or as many as its support grants
_MEMBERS = ("Version", "Metadata", "Parameters", "PipelineExperimentConfig", "MlflowConfig", "Steps")


def parse(text: str) -> Definition:
    """Return the definition that a text says. Raise ValidationException, naming step and member, for what is wrong in it, and
    NotImplemented for a type of steps that is not offered."""
    found = reading.known(read(text), _MEMBERS, "")
    if found.get("Version", VERSION) != VERSION:
        raise unparsable(f"Unknown version '{found['Version']}'. The version is {VERSION}.", "Version")
    if "MlflowConfig" in found:
        raise not_implemented("sagemaker", "pipelines with an MlflowConfig")
    reading.structure(found.get("Metadata", {}), "Metadata")
    parameters = parse_parameters(found.get("Parameters", []))
    experiment = _experiment(found.get("PipelineExperimentConfig"))
    steps = _steps(reading.required(found, "Steps", ""))
    scope = Scope(parameters, steps, experiment is not None)
    _check_experiment(experiment, Scope(parameters, {}, experiment=False))
    for step in steps.values():
        check_step(step, scope)
    check_order(steps)
    return Definition(parameters, experiment, tuple(steps.values()))


def _steps(value: JSON) -> dict[str, Step]:
    """Return all steps by name. Raise ValidationException for a name that two have, or for too many."""
    found: dict[str, Step] = {}
    for step in parse_steps(value, "Steps"):
        if step.name in found:
            raise unparsable(f"Duplicate step name '{step.name}'.")
        if len(found) == MOST_STEPS:
            raise unparsable(f"It has more than {MOST_STEPS} steps.")
        found[step.name] = step
    return found


def _experiment(value: JSON) -> Mapping[str, JSON] | None:
    if value is None:
        return None
    found = reading.known(value, EXPERIMENT, "PipelineExperimentConfig")
    return found or None


def _check_experiment(experiment: Mapping[str, JSON] | None, scope: Scope) -> None:
    """Raise ValidationException unless the names are texts, made of parameters and of the execution alone."""
    for name, value in (experiment or {}).items():
        check_scalar("String", value, member("PipelineExperimentConfig", name), scope)
