"""Lifecycle policies as rules, and which images they let expire. Knows no table and no clock.

Sources: "Lifecycle policy properties" and "How lifecycle policies work" (Amazon ECR User Guide, lifecycle_policy_parameters,
LifecyclePolicies): a rule counts all images that it selects; an image is expired by the first rule that selects it, or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from clary.services.ecr.globs import matches

DAY = 86_400.0


class Candidate(NamedTuple):
    """An image as rules see it; `pushed` is business time."""

    digest: str
    tags: tuple[str, ...]
    pushed: float


class Rule(NamedTuple):
    """A rule. `patterns` have `*`; every one of them must match a tag. `newest` images stay, or those of the last `days`."""

    priority: int
    status: str
    patterns: tuple[str, ...]
    newest: int | None
    days: int | None

    def selects(self, image: Candidate) -> bool:
        if self.status == "any":
            return True
        if self.status == "untagged":
            return not image.tags
        tags = image.tags
        return bool(tags) and all(any(matches(one, tag) for tag in tags) for one in self.patterns)

    def expired(self, selected: Sequence[Candidate], now: float) -> list[Candidate]:
        """Return those of the selected images, the newest first, that are too old or too many."""
        if self.newest is not None:
            return list(selected[self.newest :])
        return [image for image in selected if image.pushed + (self.days or 0) * DAY <= now]


def rule_of(said: dict[str, Any]) -> Rule:
    """Return the rule that a valid element of a policy is."""
    selection = said["selection"]
    prefixes = [f"{prefix}*" for prefix in selection.get("tagPrefixList") or ()]
    patterns = (*prefixes, *(selection.get("tagPatternList") or ()))
    number, counts = selection["countNumber"], selection["countType"] == "imageCountMoreThan"
    return Rule(
        said["rulePriority"],
        selection["tagStatus"],
        tuple(patterns),
        *((number, None) if counts else (None, number)),
    )


def expiring(rules: Sequence[Rule], images: Sequence[Candidate], now: float) -> list[tuple[Candidate, int]]:
    """Return the images that expire, each with the priority of its rule."""
    ordered = sorted(images, key=lambda image: (-image.pushed, image.digest))
    decided: set[str] = set()
    found: list[tuple[Candidate, int]] = []
    for rule in sorted(rules, key=lambda rule: rule.priority):
        selected = [image for image in ordered if rule.selects(image)]
        gone = [image for image in rule.expired(selected, now) if image.digest not in decided]
        found += [(image, rule.priority) for image in gone]
        decided |= {image.digest for image in selected}
    return found
