"""The steps of a definition as they are written: names, members and branches. What they refer to is checked later, when
all of them are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clary.kernel.errors import not_implemented
from clary.services.sagemaker.pipelines.definition import reading
from clary.services.sagemaker.pipelines.definition.conditions import parse_conditions
from clary.services.sagemaker.pipelines.definition.functions import steps_in
from clary.services.sagemaker.pipelines.definition.kinds import KINDS, NOT_HERE, Kind
from clary.services.sagemaker.pipelines.definition.retries import parse_cache, parse_retries
from clary.services.sagemaker.pipelines.definition.says import member, unparsable
from clary.services.sagemaker.pipelines.definition.types import (
    JSON,
    AllOf,
    Branch,
    Cache,
    PropertyFile,
    Step,
)

_COMMON = ("Name", "Type", "Arguments", "DependsOn", "DisplayName", "Description")
_LONGEST_DISPLAY_NAME = 256
_COMPLETED = "Completed"
_BRANCHES = (("IfSteps", True), ("ElseSteps", False))


def parse_steps(value: JSON, place: str, branch: Branch | None = None) -> Iterator[Step]:
    """Yield the steps of a list, each followed by those of its branches."""
    for number, entry in enumerate(reading.listed(value, place)):
        yield from _parse_step(entry, member(place, number), branch)


def _parse_step(value: JSON, place: str, branch: Branch | None) -> Iterator[Step]:
    found = reading.structure(value, place)
    name = reading.step_name(reading.required(found, "Name", place), member(place, "Name"))
    place = f"step {name}"
    found = reading.known(value, _allowed(_kind(found, place)), place)
    step = _step(name, found, place, branch)
    yield step
    if step.condition is not None:
        step_arguments = reading.structure(found["Arguments"], place)
        for branch_name, taken in _BRANCHES:
            inner = step_arguments.get(branch_name, [])
            yield from parse_steps(inner, member(place, f"Arguments.{branch_name}"), Branch(name, taken))


def _kind(found: Mapping[str, JSON], place: str) -> Kind:
    """Return a step's type. Raise NotImplemented for one that AWS has alone, ValidationException for an unknown one."""
    name = reading.required(found, "Type", place)
    if name in NOT_HERE:
        raise not_implemented("sagemaker", f"pipelines with a step of type {name} ({place})")
    if not isinstance(name, str) or name not in KINDS:
        raise unparsable(f"Unknown step type '{name}'.", place)
    if name == "QualityCheck" and found.get("CheckType") == "MODEL_QUALITY":
        raise not_implemented("sagemaker", f"pipelines with a QualityCheck of MODEL_QUALITY ({place})")
    return KINDS[name]


def _allowed(kind: Kind) -> tuple[str, ...]:
    return (
        *_COMMON,
        *kind.options,
        *(("CacheConfig",) if kind.cached else ()),
        *(("RetryPolicies",) if kind.retried else ()),
        *(("PropertyFiles",) if kind.files else ()),
    )


def _step(name: str, found: Mapping[str, JSON], place: str, branch: Branch | None) -> Step:
    kind = found["Type"]
    arguments = _without_null(reading.structure(reading.required(found, "Arguments", place), place))
    condition = _condition(arguments, place) if kind == "Condition" else None
    if condition is not None:
        arguments = {"Conditions": arguments["Conditions"]}
    options = {one: _without_null(found[one]) for one in KINDS[kind].options if one in found}
    used = steps_in(arguments, member(place, "Arguments")) | steps_in(options, place)
    return Step(
        name=name,
        type=kind,
        arguments={} if condition else arguments,
        depends_on=used | _declared(found, place) | ({branch.condition} if branch else set()),
        cache=_cache(found, place),
        retries=parse_retries(found.get("RetryPolicies", []), member(place, "RetryPolicies")),
        property_files=tuple(_property_files(found.get("PropertyFiles", []), member(place, "PropertyFiles"))),
        display_name=reading.some_text(found, "DisplayName", place, _LONGEST_DISPLAY_NAME),
        description=reading.some_text(found, "Description", place, reading.LONGEST_DESCRIPTION),
        branch=branch,
        condition=condition,
        options=options,
    )


def _cache(found: Mapping[str, JSON], place: str) -> Cache:
    given = "CacheConfig" in found
    return parse_cache(found["CacheConfig"], member(place, "CacheConfig")) if given else Cache()


def _without_null(value: JSON) -> JSON:
    """Return a value without members that are null: SDKs write them for what is not given."""
    if isinstance(value, Mapping):
        return {name: _without_null(inner) for name, inner in value.items() if inner is not None}
    return [_without_null(inner) for inner in value] if isinstance(value, list) else value


def _condition(arguments: Mapping[str, JSON], place: str) -> AllOf:
    place = member(place, "Arguments")
    found = reading.known(arguments, ("Conditions", "IfSteps", "ElseSteps"), place)
    conditions = reading.required(found, "Conditions", place)
    return AllOf(parse_conditions(conditions, member(place, "Conditions")))


def _declared(found: Mapping[str, JSON], place: str) -> frozenset[str]:
    place = member(place, "DependsOn")
    entries = reading.listed(found.get("DependsOn", []), place)
    return frozenset(_dependency(entry, member(place, number)) for number, entry in enumerate(entries))


def _dependency(value: JSON, place: str) -> str:
    """Return the step that an entry names. SDK v3 writes `{"Step": …, "Trigger": "Failed"}` for a step that runs when another
    one did not succeed; raise NotImplemented for that."""
    if not isinstance(value, Mapping):
        return reading.step_name(value, place)
    found = reading.known(value, ("Step", "Trigger"), place)
    if found.get("Trigger", _COMPLETED) != _COMPLETED:
        raise not_implemented(
            "sagemaker", f"pipelines with a DependsOn of Trigger {found['Trigger']} ({place})"
        )
    return reading.step_name(reading.required(found, "Step", place), place)


def _property_files(value: JSON, place: str) -> Iterator[PropertyFile]:
    seen: set[str] = set()
    for number, entry in enumerate(reading.listed(value, place)):
        here = member(place, number)
        found = reading.known(entry, ("PropertyFileName", "OutputName", "FilePath"), here)
        name = reading.name_of(reading.required(found, "PropertyFileName", here), here)
        if name in seen:
            raise unparsable(f"Duplicate property file '{name}'.", place)
        seen.add(name)
        output, path = (reading.required(found, one, here) for one in ("OutputName", "FilePath"))
        yield PropertyFile(name, reading.text(output, here), reading.text(path, here))
