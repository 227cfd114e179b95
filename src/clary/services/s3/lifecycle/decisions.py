"""What the rules of a bucket decide about each version and upload, at a moment of business time. Reads no row.

Source of what comes first where several rules hold: "Conflicting or overlapping filters" (lifecycle-conflicts, S3 User
Guide): deletion for good, then transition, then delete markers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from clary.services.s3.lifecycle.rules import Rule, Subject, coldest, due_at

DELETE, MARK, MOVE = "delete", "mark", "move"
Business = Callable[[float], float]


class Decision(NamedTuple):
    """What to do with a version (DELETE: for good; MARK: a delete marker over it), and the class that it moves to."""

    what: str
    storage: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """A version as a scan reads it. `newer` counts the noncurrent versions of its key that are newer, and `replaced` is
    when the next newer version was written (machine time); `alone` says that it is the key's only version."""

    subject: Subject
    modified: int
    marker: bool
    current: bool
    newer: int = 0
    replaced: int = 0
    alone: bool = True


def decide(rules: tuple[Rule, ...], version: Version, now: float, business: Business) -> Decision | None:
    """Return what to do with a version, or None. `business` gives business time at a moment of machine time."""
    holding = [rule for rule in rules if rule.matches(version.subject)]
    if not holding:
        return None
    if version.current:
        return _of_current(holding, version, now, business(version.modified))
    return _of_noncurrent(holding, version, now, business(version.replaced))


def _of_current(rules: list[Rule], version: Version, now: float, since: float) -> Decision | None:
    expired = any(_is_due(rule.expires, since, now) for rule in rules)
    if version.marker:
        orphans = any(rule.expires.get("ExpiredObjectDeleteMarker") for rule in rules)
        return Decision(DELETE) if version.alone and (expired or orphans) else None
    if expired:
        return Decision(MARK)
    wanted = [
        move["StorageClass"]
        for rule in rules
        for move in rule.moves
        if _is_due(move, since, now) and rule.may_move(version.subject, move["StorageClass"])
    ]
    storage = coldest(wanted)
    return Decision(MOVE, storage) if storage else None


def _of_noncurrent(rules: list[Rule], version: Version, now: float, since: float) -> Decision | None:
    for rule in rules:
        if _is_due_old(rule.old_expires, version, since, now):
            return Decision(DELETE)
    if version.marker:
        return None
    wanted = [
        move["StorageClass"]
        for rule in rules
        for move in rule.old_moves
        if _is_due_old(move, version, since, now) and rule.may_move(version.subject, move["StorageClass"])
    ]
    storage = coldest(wanted)
    return Decision(MOVE, storage) if storage else None


def _is_due(element: dict[str, object], since: float, now: float) -> bool:
    due = due_at(element, since)
    return due is not None and due <= now


def _is_due_old(element: dict[str, object], version: Version, since: float, now: float) -> bool:
    due = due_at(element, since, "NoncurrentDays")
    kept = element.get("NewerNoncurrentVersions") or 0
    return due is not None and due <= now and version.newer >= kept  # type: ignore[operator]


def is_stale(rules: tuple[Rule, ...], key: str, initiated: float, now: float) -> bool:
    """Return whether an upload that began at `initiated` (business time) is to be aborted."""
    return any(
        rule.abort is not None
        and key.startswith(rule.prefix)
        and now >= (due_at({"Days": rule.abort}, initiated) or 0)
        for rule in rules
    )
