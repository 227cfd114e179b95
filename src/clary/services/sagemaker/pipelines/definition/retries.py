"""CacheConfig and RetryPolicies of a step (https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-retry-policy.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-caching.html)."""

from __future__ import annotations

from collections.abc import Mapping

from clary.services.sagemaker.pipelines.definition import reading
from clary.services.sagemaker.pipelines.definition.durations import seconds
from clary.services.sagemaker.pipelines.definition.says import member, unparsable
from clary.services.sagemaker.pipelines.definition.types import JSON, Cache, Retry

_EXCEPTIONS = (
    *("Step.SERVICE_FAULT", "Step.THROTTLING", "SageMaker.JOB_INTERNAL_ERROR"),
    *("SageMaker.CAPACITY_ERROR", "SageMaker.RESOURCE_LIMIT", "Emr.RESOURCE_LIMIT"),
)
_ATTEMPTS = 5  # of a policy that says neither MaxAttempts nor ExpireAfterMin
_MOST_ATTEMPTS = 20
_MOST_MINUTES = 14_400
_LONGEST_INTERVAL = 43_200
_MOST_BACKOFF = 100
_MOST_POLICIES = 100


def parse_cache(value: JSON, place: str) -> Cache:
    found = reading.known(value, ("Enabled", "ExpireAfter"), place)
    enabled = reading.boolean(reading.required(found, "Enabled", place), member(place, "Enabled"))
    said = reading.some_text(found, "ExpireAfter", place)
    try:
        return Cache(enabled, seconds(said) if "ExpireAfter" in found else None)
    except ValueError:
        raise unparsable(f"'{said}' is not an ISO 8601 duration.", member(place, "ExpireAfter")) from None


def parse_retries(value: JSON, place: str) -> tuple[Retry, ...]:
    entries = reading.listed(value, place)
    if len(entries) > _MOST_POLICIES:
        raise unparsable(f"There can be at most {_MOST_POLICIES} retry policies.", place)
    return tuple(_retry(entry, member(place, number)) for number, entry in enumerate(entries))


_MEMBERS = ("ExceptionType", "IntervalSeconds", "BackoffRate", "MaxAttempts", "ExpireAfterMin")


def _retry(value: JSON, place: str) -> Retry:
    found = reading.known(value, _MEMBERS, place)
    if "MaxAttempts" in found and "ExpireAfterMin" in found:
        raise unparsable("Only one of MaxAttempts and ExpireAfterMin can be specified.", place)
    found = found if "ExpireAfterMin" in found else {"MaxAttempts": _ATTEMPTS, **found}
    exceptions = reading.required(found, "ExceptionType", place)
    interval, backoff = found.get("IntervalSeconds", 1), found.get("BackoffRate", 2.0)
    return Retry(
        exceptions=_exceptions(exceptions, member(place, "ExceptionType")),
        interval=reading.whole(interval, member(place, "IntervalSeconds"), 0, _LONGEST_INTERVAL),
        backoff=reading.number(backoff, member(place, "BackoffRate"), 0, _MOST_BACKOFF),
        attempts=_whole(found, "MaxAttempts", place, 1, _MOST_ATTEMPTS),
        expires=_whole(found, "ExpireAfterMin", place, 1, _MOST_MINUTES),
    )


def _whole(found: Mapping[str, JSON], name: str, place: str, least: int, most: int) -> int | None:
    """Return a member that is an integer, None where it is missing."""
    return reading.whole(found[name], member(place, name), least, most) if name in found else None


def _exceptions(value: JSON, place: str) -> tuple[str, ...]:
    """Return the types of failures. SDKs write a list, AWS's published schema one text."""
    names = [value] if isinstance(value, str) else reading.listed(value, place)
    for name in names:
        if name not in _EXCEPTIONS:
            raise unparsable(f"Unknown exception type '{name}'.", place)
    return tuple(names)
