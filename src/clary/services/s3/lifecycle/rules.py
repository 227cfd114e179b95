"""Lifecycle rules as values: which objects a rule is about, and when it acts on them. Knows no bucket and no clock.

All moments are of business time, in seconds since the epoch. Source: "Lifecycle configuration elements"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

Params = dict[str, Any]

DAY = 86400
SMALL = 128 << 10  # bytes; smaller objects are not moved to another class, unless the configuration says so
VARIES = "varies_by_storage_class"
ALL_CLASSES = "all_storage_classes_128K"
ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")
# An object moves to a greater number only ("Transitioning objects using Amazon S3 Lifecycle", supported transitions).
_RANKS = {
    "STANDARD": 0,
    "REDUCED_REDUNDANCY": 0,
    "STANDARD_IA": 1,
    "INTELLIGENT_TIERING": 2,
    "ONEZONE_IA": 3,
    "GLACIER_IR": 3,
    "GLACIER": 4,
    "DEEP_ARCHIVE": 5,
}


class Subject(NamedTuple):
    """What rules look at: an object version, or an upload in progress (`size` -1)."""

    key: str
    size: int
    tags: Mapping[str, str]
    storage: str = "STANDARD"


@dataclass(frozen=True, slots=True)
class Rule:
    """An enabled rule. `expires`, `moves`, `old_expires` and `old_moves` are elements as requests have them; `abort` is
    the number of days after which an upload is aborted, or None."""

    id: str
    prefix: str
    tags: tuple[tuple[str, str], ...]
    above: int | None
    below: int | None
    expires: Params
    moves: tuple[Params, ...]
    old_expires: Params
    old_moves: tuple[Params, ...]
    abort: int | None
    small_too: bool

    def matches(self, subject: Subject) -> bool:
        """Return whether the filter of the rule holds for a version."""
        return (
            subject.key.startswith(self.prefix)
            and (self.above is None or subject.size > self.above)
            and (self.below is None or subject.size < self.below)
            and all(subject.tags.get(key) == value for key, value in self.tags)
        )

    def may_move(self, subject: Subject, to: str) -> bool:
        """Return whether the rule moves an object of this class and size to a class."""
        if _RANKS.get(subject.storage, 9) >= _RANKS[to]:
            return False
        sized = self.above is not None or self.below is not None
        return sized or subject.size >= SMALL or (self.small_too and to in ARCHIVES)


@lru_cache(maxsize=256)
def rules_of(document: str) -> tuple[Rule, ...]:
    """Return the enabled rules of a stored configuration (JSON)."""
    stored = orjson.loads(document)
    small_too = stored.get("TransitionDefaultMinimumObjectSize") == VARIES
    return tuple(_rule(one, small_too) for one in stored["Rules"] if one["Status"] == "Enabled")


def _rule(stored: Params, small_too: bool) -> Rule:
    given = stored.get("Filter") or {}
    said = given.get("And") or given
    tags = said.get("Tags") or ([given["Tag"]] if given.get("Tag") else [])
    abort = (stored.get("AbortIncompleteMultipartUpload") or {}).get("DaysAfterInitiation")
    return Rule(
        id=stored["ID"],
        prefix=stored.get("Prefix") or said.get("Prefix") or "",
        tags=tuple((tag["Key"], tag["Value"]) for tag in tags),
        above=said.get("ObjectSizeGreaterThan"),
        below=said.get("ObjectSizeLessThan"),
        expires=stored.get("Expiration") or {},
        moves=tuple(stored.get("Transitions") or ()),
        old_expires=stored.get("NoncurrentVersionExpiration") or {},
        old_moves=tuple(stored.get("NoncurrentVersionTransitions") or ()),
        abort=abort,
        small_too=small_too,
    )


def midnight_after(moment: float) -> float:
    """Return the next midnight UTC: S3 rounds "the resulting time to the next day at midnight UTC"."""
    return math.ceil(moment / DAY) * DAY


def due_at(element: Params, since: float, days: str = "Days") -> float | None:
    """Return when an element of a rule acts on what is as old as `since`, or None where it names no time."""
    if element.get("Date") is not None:
        return float(element["Date"])
    if element.get(days) is not None:
        return midnight_after(since + element[days] * DAY)
    return None


def expiry(rules: tuple[Rule, ...], subject: Subject, since: float) -> tuple[float, Rule] | None:
    """Return when a current version expires first, and by which rule."""
    found = [
        (due, rule)
        for rule in rules
        if (due := due_at(rule.expires, since)) is not None and rule.matches(subject)
    ]
    return min(found, key=lambda one: one[0]) if found else None


def coldest(wanted: list[str]) -> str | None:
    """Return the class that comes last of those that are due: "S3 … chooses the path of least cost"."""
    return max(wanted, key=_RANKS.__getitem__) if wanted else None
