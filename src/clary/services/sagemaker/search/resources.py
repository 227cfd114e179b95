"""What Search must know of a resource beyond its noun: other names, members that no record holds, and filters that the store
answers by itself. Families say it in `SEARCHED`; Search knows none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clary.plane import Context, Record
from clary.store.api import Condition

# The names of Search for nouns that have another one.
NOUNS = {"ExperimentTrial": "Trial", "ExperimentTrialComponent": "TrialComponent"}

Compute = Callable[[Context, Sequence[Record]], list[Any]]


def _nothing(scope: str, path: str, filters: Sequence[Mapping[str, str]]) -> Condition | None:
    return None


@dataclass(frozen=True, slots=True)
class Searched:
    """`computed` are members that cost a query, each made for many records at once: for those of a page, or for all that are
    looked at where a filter or the order is about it. `narrow` returns the condition of the store for filters of one entry of
    a list (`Parents`), in an account and region, or None.
    """

    computed: Mapping[str, Compute] = field(default_factory=dict)
    narrow: Callable[[str, str, Sequence[Mapping[str, str]]], Condition | None] = _nothing


SEARCHED: dict[str, Searched] = {}  # by noun
_PLAIN = Searched()


def searched(noun: str) -> Searched:
    return SEARCHED.get(noun, _PLAIN)
