"""Checks that several operations share: required members that AWS's model calls optional, counts, places
in S3, paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import not_implemented, validation


def present(params: dict[str, Any], member: str, parent: str = "") -> None:
    """Raise ValidationException, in AWS's words, for a missing member. `parent` is its path, such as
    `resourceConfig.`."""
    if params.get(member) is None:
        raise validation(
            f"1 validation error detected: Value null at '{parent}{_lower(member)}' failed to satisfy constraint: "
            "Member must not be null"
        )


def at_least_one(params: dict[str, Any], member: str, parent: str = "") -> None:
    """Raise ValidationException, in AWS's words, for a number below one."""
    if params[member] < 1:
        raise validation(
            f"1 validation error detected: Value '{params[member]}' at '{parent}{_lower(member)}' failed to satisfy "
            "constraint: Member must have value greater than or equal to 1"
        )


def at_most(params: dict[str, Any], member: str, most: int, parent: str = "") -> None:
    """Raise ValidationException, in AWS's words, if a number exceeds `most`. A missing member is allowed."""
    if params.get(member, 0) > most:
        raise validation(
            f"1 validation error detected: Value '{params[member]}' at '{parent}{_lower(member)}' failed to satisfy "
            f"constraint: Member must have value less than or equal to {most}"
        )


# The largest number that AWS's model allows for a processing job. Each instance is a process of this machine, and its
# configuration holds the names of all.
MOST_INSTANCES = 100


def instances(count: int, owner: str) -> None:
    """Raise ResourceLimitExceeded for more instances than AWS's quota for the owner, such as `training
    job`."""
    if count > MOST_INSTANCES:
        raise AwsError(
            "ResourceLimitExceeded",
            f"The account-level service limit 'Maximum number of instances per {owner}' is {MOST_INSTANCES} Instances, "
            f"with current utilization of 0 Instances and a request delta of {count} Instances.",
        )


# The members that name places. AWS's pattern for them accepts https URLs as well.
_PLACES = ("S3Uri", "S3OutputPath", "DestinationS3Uri")


def s3_only(operation: str, params: Mapping[str, Any], *parts: str) -> None:
    """Raise NotImplemented if a place in one of these parts of a request is not an `s3://` URI."""
    for part in parts:
        if not all(place.startswith("s3://") for place in _places(params.get(part, {}))):
            raise not_implemented("sagemaker", f"{operation} with {part} outside of S3")


def _places(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for entry in value:
            yield from _places(entry)
    elif isinstance(value, Mapping):
        yield from (value[name] for name in _PLACES if name in value)
        for inner in value.values():
            yield from _places(inner)


def local_path(path: str | None, root: str, owner: str) -> None:
    """Raise ValidationException unless a path of a container is below `root`. None stands for the default,
    which is."""
    if path is None:
        return
    if not f"{path}/".startswith(f"{root}/") or ".." in path.split("/") or "\0" in path:
        raise validation(f"LocalPath {path} of {owner} must be below {root}.")


def unique(names: list[str], what: str) -> None:
    """Raise ValidationException if a name occurs twice."""
    if len(names) != len(set(names)):
        raise validation(f"{what} must be unique.")


def _lower(member: str) -> str:
    return member[:1].lower() + member[1:]
