"""Policies of advanced parameters: their JSON, what is wrong with it, and when each of them acts. Knows no table.

Source: "Assigning parameter policies in Parameter Store"
(https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html), and the errors of PutParameter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from clary.kernel import AwsError
from clary.kernel.errors import validation

Policy = Mapping[str, Any]

_MOST = 10
_ATTRIBUTES = {
    "Expiration": ("Timestamp",),
    "ExpirationNotification": ("Before", "Unit"),
    "NoChangeNotification": ("After", "Unit"),
}
_SECONDS = {"days": 86_400, "hours": 3_600}


def parse(text: str) -> list[Policy]:
    """Return the policies in the JSON of a request; none for `[]`, `{}` and `[{}]`, which take policies away.

    Raise the errors of PutParameter for what cannot be carried out.
    """
    found = [policy for policy in _listed(text) if policy]
    if len(found) > _MOST:
        said = f"You specified more than the maximum number of allowed policies for the parameter. The maximum is {_MOST}."
        raise AwsError("PoliciesLimitExceededException", said)
    for policy in found:
        _check(policy)
    _check_together([policy["Type"] for policy in found])
    return found


def _listed(text: str) -> list[Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise validation("The policies of a parameter must be a JSON array.") from None
    return found if isinstance(found, list) else [found]


def _check(policy: Any) -> None:
    kind = policy.get("Type") if isinstance(policy, Mapping) else None
    if not isinstance(kind, str) or kind not in _ATTRIBUTES:
        said = (
            "The policy type isn't supported. Parameter Store supports the following policy types: Expiration, "
            "ExpirationNotification, and NoChangeNotification."
        )
        raise AwsError("InvalidPolicyTypeException", said)
    given = policy.get("Attributes")
    if policy.get("Version") != "1.0" or not isinstance(given, Mapping) or set(given) != {*_ATTRIBUTES[kind]}:
        raise _bad_attribute()
    moment(policy, 0.0, 0.0)


def _check_together(kinds: Sequence[str]) -> None:
    """Raise IncompatiblePolicyException for two expirations, and for a notice before an expiration that is not there."""
    notice = "ExpirationNotification" in kinds
    if kinds.count("Expiration") > 1 or (notice and "Expiration" not in kinds):
        said = (
            "There is a conflict in the policies specified for this parameter. You can't, for example, specify two "
            "Expiration policies for a parameter. Review your policies, and try again."
        )
        raise AwsError("IncompatiblePolicyException", said)


def expiry(policies: Sequence[Policy]) -> float:
    """Return when a parameter with these policies expires, 0 if it does not."""
    return next((_timestamp(policy) for policy in policies if policy["Type"] == "Expiration"), 0.0)


def moment(policy: Policy, changed: float, expires: float) -> float:
    """Return when a policy acts: for a parameter that was last changed and expires then, all in business time. Raise
    InvalidPolicyAttributeException for an attribute that says no time."""
    if policy["Type"] == "Expiration":
        return _timestamp(policy)
    given = policy["Attributes"]
    if policy["Type"] == "ExpirationNotification":
        return expires - _span(given["Before"], given["Unit"])
    return changed + _span(given["After"], given["Unit"])


def _timestamp(policy: Policy) -> float:
    try:
        at = datetime.fromisoformat(policy["Attributes"]["Timestamp"].replace("Z", "+00:00"))
    except (ValueError, AttributeError):
        raise _bad_attribute() from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _span(count: Any, unit: Any) -> float:
    text = str(count)
    if not text.isascii() or not text.isdigit() or len(text) > 6 or str(unit).lower() not in _SECONDS:
        raise _bad_attribute()
    return int(text) * _SECONDS[str(unit).lower()]


def _bad_attribute() -> AwsError:
    return AwsError("InvalidPolicyAttributeException", "A policy attribute or its value is invalid.")
