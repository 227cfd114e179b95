"""What a pipeline definition consists of. Parsing makes these values, checked; nothing changes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

# A value of a JSON document: None, bool, int, float, str, list or dict. Functions (`{"Get": …}`) are still in it.
JSON = Any
Scalar = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the pipeline. `type` is String, Integer, Float or Boolean; `default` is None where an execution
    must give a value; `choices` are the EnumValues, () where any value will do."""

    name: str
    type: str
    default: Scalar | None = None
    choices: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class Cache:
    """Whether a step may take the result of an earlier one, and how old that may be in seconds (None: any age)."""

    enabled: bool = False
    expires: float | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """After which failures a step is tried again: the first time after `interval` seconds, then `backoff` times as long
    each time, until there were `attempts` retries or `expires` minutes are over (the one that is not None)."""

    exceptions: tuple[str, ...]
    interval: int = 1
    backoff: float = 2.0
    attempts: int | None = None
    expires: int | None = None


@dataclass(frozen=True, slots=True)
class PropertyFile:
    """A JSON file that a processing step leaves at `path` below its output `output`."""

    name: str
    output: str
    path: str


@dataclass(frozen=True, slots=True)
class Branch:
    """The place of a step inside of a Condition step: in its IfSteps (`taken` is True) or its ElseSteps."""

    condition: str
    taken: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left` compared with `right`. The operator is one of Equals, GreaterThan, GreaterThanOrEqualTo, LessThan and
    LessThanOrEqualTo."""

    operator: str
    left: JSON
    right: JSON


@dataclass(frozen=True, slots=True)
class Membership:
    """Whether `value` is one of `choices`."""

    value: JSON
    choices: tuple[JSON, ...]


@dataclass(frozen=True, slots=True)
class Inversion:
    """The opposite of a condition."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True where one of the conditions is."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """True where all of the conditions are: the list of conditions of a Condition step."""

    conditions: tuple[Condition, ...]


Condition = Comparison | Membership | Inversion | AnyOf | AllOf


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the pipeline, wherever in the definition it stands.

    `arguments` is what the step's operation gets once it is resolved; a Condition step has none, but a `condition`.
    `options` are the further members of a QualityCheck step (CheckType, SkipCheck, …), also to be resolved.
    `depends_on` names all steps that must have ended before this one begins: those that DependsOn names, those whose
    results it uses, and the Condition step that it stands in. A step that depends on a Condition step from outside
    of it waits for the steps of the branch that is taken as well.
    """

    name: str
    type: str
    arguments: JSON = field(default_factory=dict)
    depends_on: frozenset[str] = frozenset()
    cache: Cache = Cache()
    retries: tuple[Retry, ...] = ()
    property_files: tuple[PropertyFile, ...] = ()
    display_name: str = ""
    description: str = ""
    branch: Branch | None = None
    condition: AllOf | None = None
    options: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True)
class Definition:
    """A pipeline definition. `experiment_config` has ExperimentName and TrialName, still to be resolved; it is None
    where the pipeline makes no experiment. `steps` has all steps in the order of the text, those of branches behind
    the Condition step that they stand in."""

    parameters: tuple[Parameter, ...]
    experiment_config: Mapping[str, JSON] | None
    steps: tuple[Step, ...]

    @cached_property
    def by_name(self) -> Mapping[str, Step]:
        """The steps by their names."""
        return {step.name: step for step in self.steps}
