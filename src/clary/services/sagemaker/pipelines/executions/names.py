"""Names that follow from an execution, a step and an attempt, so that a step that is repeated asks for the same again."""

from __future__ import annotations

import base64
import hashlib

from clary.plane import Record

_SUFFIX = 10
_LONGEST = 63


def short_id(execution: Record) -> str:
    """Return the 12 characters at the end of an execution's ARN."""
    return execution.id.rpartition("/")[2]


def digest(execution: Record, step: str, attempt: int) -> str:
    """Return 10 characters that differ for each attempt of each step of each execution."""
    told = f"{execution.arn}/{execution.created}/{step}/{attempt}"
    return base64.b32encode(hashlib.sha256(told.encode()).digest()).decode().lower()[:_SUFFIX]


def child(execution: Record, step: str, attempt: int, *, prefix: str = "", longest: int = _LONGEST) -> str:
    """Return the name of what an attempt of a step creates: `pipelines-<execution>-<step>-<10 characters>`, or
    `<prefix>-<execution>-<10 characters>` where the definition gives a name.

    Where names can only be short (32 characters for tuning jobs) AWS leaves out the first part.
    """
    end = f"-{digest(execution, step, attempt)}"
    id = short_id(execution)
    if prefix:
        end = f"-{id}{end}"
        return _cut(prefix, longest - len(end)) + end
    begin = f"pipelines-{id}-" if longest >= _LONGEST else f"{id}-"
    return begin + _cut(step.replace("_", "-"), longest - len(begin) - len(end)) + end


def _cut(text: str, longest: int) -> str:
    return text[:longest].rstrip("-")


def token(execution: Record, step: str, attempt: int) -> str:
    """Return an idempotency token, for operations that are repeated by it."""
    return hashlib.sha256(f"{execution.arn}/{step}/{attempt}".encode()).hexdigest()[:36]
