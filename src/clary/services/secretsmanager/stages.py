"""Staging labels: which version each of them is at, and how they move. Knows no store.

Recorded in TestSecretsManager::test_update_secret_version_stages_current_pending and the tests after it: where AWSCURRENT
leaves a version, AWSPREVIOUS comes and AWSPENDING goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from clary.kernel import AwsError

_MOST = 20  # labels of a version ("Secrets Manager quotas")
CURRENT, PREVIOUS, PENDING = "AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"

Stages = dict[str, str]  # label -> version


def attached(stages: Mapping[str, str], labels: Iterable[str], version: str) -> Stages:
    """Return the labels after some were attached to a version, away from where they were. Raise LimitExceededException for
    more than 20 at one."""
    moved = dict(stages)
    for label in labels:
        if label == CURRENT:
            moved = _made_current(moved, version)
        moved[label] = version
    if len(of(moved, version)) > _MOST:
        raise AwsError("LimitExceededException", f"A version can have at most {_MOST} staging labels.")
    return moved


def _made_current(stages: Stages, version: str) -> Stages:
    before = stages.get(CURRENT)
    if before in (None, version):
        return stages
    left = {label: at for label, at in stages.items() if (label, at) != (PENDING, before)}
    if before:
        left[PREVIOUS] = before
    return left


def detached(stages: Mapping[str, str], label: str) -> Stages:
    return {other: version for other, version in stages.items() if other != label}


def of(stages: Mapping[str, str], version: str) -> list[str]:
    """Return the labels of a version in their order."""
    return sorted(label for label, at in stages.items() if at == version)


def by_version(stages: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the labels of each version that has any."""
    return {version: of(stages, version) for version in sorted(set(stages.values()))}
