"""Which steps of a definition may begin, given what became of the others. Pure: knows no store.

    ready      all that it waits for has succeeded
    skipped    it stands in the branch that was not taken, or waits for a step that does
    blocked    it waits for a step that failed: neither of the two

A step that waits for a Condition step from outside of it waits for the steps of the branch that is taken as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import TopologicalSorter

from clary.services.sagemaker.pipelines.definition import Definition

SUCCEEDED = "Succeeded"


@dataclass(frozen=True, slots=True)
class Progress:
    """What became of the steps that were begun: the status of each, and the outcome of each Condition step. `chosen` are
    the only steps to run (None: all); what they wait for beside themselves is among `statuses`, or not waited for."""

    statuses: Mapping[str, str] = field(default_factory=dict)
    outcomes: Mapping[str, bool] = field(default_factory=dict)
    chosen: Collection[str] | None = None

    def has_succeeded(self, name: str) -> bool:
        return self.statuses.get(name) == SUCCEEDED

    def concerns(self, name: str) -> bool:
        """Return whether a step is one of those that this execution looks at."""
        return self.chosen is None or name in self.chosen or name in self.statuses


class Plan:
    """The steps of one definition, and what each of them waits for."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.steps = definition.by_name

    def around(self, name: str) -> Iterator[str]:
        """Yield the Condition steps that a step stands in, from the inside."""
        branch = self.steps[name].branch
        while branch is not None:
            yield branch.condition
            branch = self.steps[branch.condition].branch

    @cached_property
    def inside(self) -> Mapping[str, tuple[str, ...]]:
        """The steps in the branches of each Condition step, at any depth."""
        found: dict[str, list[str]] = {}
        for name in self.steps:
            for condition in self.around(name):
                found.setdefault(condition, []).append(name)
        return {condition: tuple(names) for condition, names in found.items()}

    @cached_property
    def _branches(self) -> Mapping[str, frozenset[str]]:
        """What each step waits for beside what it depends on: the branches of Condition steps outside of which it stands."""
        return {
            name: frozenset(
                inner
                for other in step.depends_on - set(self.around(name))
                for inner in self.inside.get(other, ())
            )
            for name, step in self.steps.items()
        }

    @cached_property
    def _order(self) -> tuple[str, ...]:
        """All steps, each behind those that it waits for."""
        waits = {name: step.depends_on | self._branches[name] for name, step in self.steps.items()}
        return tuple(TopologicalSorter(waits).static_order())

    def ready(self, progress: Progress) -> list[str]:
        """Return the steps that may begin, in the order of the definition."""
        skipped: set[str] = set()
        found: set[str] = set()
        for name in self._order:
            if name in progress.statuses or not progress.concerns(name):
                continue
            if self._is_skipped(name, progress, skipped):
                skipped.add(name)
            elif self._may_begin(name, progress, skipped):
                found.add(name)
        return [name for name in self.steps if name in found]

    def _is_skipped(self, name: str, progress: Progress, skipped: Collection[str]) -> bool:
        step = self.steps[name]
        if any(other in skipped for other in step.depends_on):
            return True
        branch = step.branch
        return branch is not None and progress.outcomes.get(branch.condition, branch.taken) != branch.taken

    def _may_begin(self, name: str, progress: Progress, skipped: Collection[str]) -> bool:
        first = all(
            progress.has_succeeded(other) for other in self.steps[name].depends_on if progress.concerns(other)
        )
        return first and all(
            progress.has_succeeded(other) or other in skipped
            for other in self._branches[name]
            if progress.concerns(other)
        )

    def needed(self, chosen: Collection[str]) -> set[str]:
        """Return the steps that chosen ones depend on and that are not chosen themselves."""
        return {other for name in chosen for other in self.steps[name].depends_on if other not in chosen}

    def between(self, chosen: Collection[str]) -> set[str]:
        """Return the steps on a way from one chosen step to another that are not chosen themselves."""
        below: set[str] = set()
        for name in self._order:
            if any(other in below or other in chosen for other in self.steps[name].depends_on):
                below.add(name)
        above: set[str] = set()
        for name in reversed(self._order):
            if name in above or name in chosen:
                above |= self.steps[name].depends_on
        return (below & above) - set(chosen)
