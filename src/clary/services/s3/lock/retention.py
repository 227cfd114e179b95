"""When an object version may be deleted: its retention and its legal hold. Knows no bucket and no operation.

A date that was given is shown as it was given. The wait for it is one of business time (docs/decisions/0018-two-clocks.md):
`ends` is the moment of business time at which the retention is over.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from clary.kernel import AwsError, BusinessTime
from clary.services.s3 import errors
from clary.services.s3.object_extras import Extra

Params = dict[str, Any]

GOVERNANCE, COMPLIANCE = "GOVERNANCE", "COMPLIANCE"
HEADER = {
    "ObjectLockMode": "x-amz-object-lock-mode",
    "ObjectLockRetainUntilDate": "x-amz-object-lock-retain-until-date",
}
_DAY = 86400
_PACIFIC = "US/Pacific"  # the time zone in which S3 repeats a date that it refuses


def until(mode: str, date: float, business: BusinessTime) -> Extra:
    """Return what is stored for a retention until a date, which the client reckons by its own clock."""
    return {"mode": mode, "until": date, "ends": business.now + (date - business.machine_now)}


def by_default(default: Params, business: BusinessTime) -> Extra:
    """Return what is stored for the default retention of a bucket. A year has 365 days."""
    days = default.get("Days") or default["Years"] * 365
    return until(default["Mode"], business.machine_now + days * _DAY, business)


def check_future(date: float, business: BusinessTime, argument: str) -> None:
    """Raise InvalidArgument unless a date is still to come."""
    if date > business.machine_now:
        return
    message = "The retain until date must be in the future!"
    moment = datetime.fromtimestamp(date, UTC).astimezone(ZoneInfo(_PACIFIC))
    raise errors.invalid_argument(message, argument, f"{moment:%a %b %d %H:%M:%S %Z %Y}")


def is_retained(extra: Extra, business: BusinessTime) -> bool:
    return bool(extra.get("mode")) and extra["ends"] > business.now


def check_deletable(extra: Extra, business: BusinessTime, *, bypass: bool) -> None:
    """Raise AccessDenied if a version may not be deleted. `bypass` passes retention in GOVERNANCE mode alone."""
    if is_protected(extra, business, bypass=bypass):
        raise protected()


def is_protected(extra: Extra, business: BusinessTime, *, bypass: bool = False) -> bool:
    """Return whether a legal hold or a retention protects a version."""
    if extra.get("hold") == "ON":
        return True
    return is_retained(extra, business) and not (bypass and extra["mode"] == GOVERNANCE)


def check_change(extra: Extra, wanted: Extra, business: BusinessTime, *, bypass: bool) -> None:
    """Raise AccessDenied if a retention may not be replaced by another, or by none (an empty one).

    It may always be made longer. Another mode than GOVERNANCE needs the right to bypass it.
    """
    if not is_retained(extra, business):
        return
    changes = not wanted or wanted["until"] < extra["until"] or wanted["mode"] != extra["mode"]
    if changes and (extra["mode"] == COMPLIANCE or not bypass):
        raise protected()


def protected() -> AwsError:
    return errors.access_denied("Access Denied because object protected by object lock.")


def members_of(extra: Extra) -> Params:
    """Return the members of a GetObject or HeadObject answer."""
    out: Params = {}
    if extra.get("mode"):
        out |= {"ObjectLockMode": extra["mode"], "ObjectLockRetainUntilDate": extra["until"]}
    if extra.get("hold"):
        out["ObjectLockLegalHoldStatus"] = extra["hold"]
    return out
