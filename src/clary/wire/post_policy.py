"""POST policies: what a form may upload, as its signer said. Knows no account and no bucket's row.

Sources: "POST Policy" (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html) and recorded
answers of AWS (`test_post_object_policy_conditions_validation_eq` and those beside it).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from clary.kernel import AwsError
from clary.wire import timestamps

# Form fields that no condition has to name.
_EXEMPT = ("policy", "signature", "awsaccesskeyid", "x-amz-signature", "file", "bucket")
_ISO_8601 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z").fullmatch
_EITHER = ("eq", "starts-with")


class Range(NamedTuple):
    """The sizes that a file may have, in bytes."""

    smallest: int
    largest: int


def check(policy: str, fields: Mapping[str, str], bucket: str, now: float) -> Range | None:
    """Return the range that a policy sets for the file's size, or None.

    `fields` are those of the form, by lower-case names. Raise InvalidPolicyDocument for what is no policy, AccessDenied
    for a form that it does not allow.
    """
    document = _document(policy)
    if _expiration(document) <= now:
        raise _denied("Policy expired.")
    values = {**fields, "bucket": bucket}
    named: set[str] = set()
    sizes = None
    for condition in document["conditions"]:
        if isinstance(condition, list) and condition and str(condition[0]).lower() == "content-length-range":
            sizes = _range(condition)
        else:
            named.add(_hold(condition, values))
    extra = sorted(
        name for name in fields if not (name in named or name in _EXEMPT or name.startswith("x-ignore-"))
    )
    if extra:
        raise _denied(f"Extra input fields: {', '.join(extra)}")
    return sizes


def _document(policy: str) -> dict[str, Any]:
    try:
        found = orjson.loads(base64.b64decode(policy, validate=False))
    except ValueError:
        raise _invalid("Invalid JSON.") from None
    if not isinstance(found, dict):
        raise _invalid("Invalid JSON.")
    if "expiration" not in found:
        raise _invalid("Policy missing expiration.")
    if not isinstance(found.get("conditions"), list):
        raise _invalid("Policy missing conditions." if "conditions" not in found else "Invalid conditions.")
    return found


def _expiration(document: Mapping[str, Any]) -> float:
    said = document["expiration"]
    try:
        if not isinstance(said, str) or not _ISO_8601(said):
            raise ValueError(said)
        return float(timestamps.parse(said))
    except ValueError:
        raise _invalid(f"Invalid 'expiration' value: '{said}'") from None


def _range(condition: list[Any]) -> Range:
    try:
        smallest, largest = (int(size) for size in condition[1:])
    except (ValueError, TypeError):
        raise _invalid("Invalid content-length-range") from None
    if smallest < 0 or largest < smallest:
        raise _invalid("Invalid content-length-range")
    return Range(smallest, largest)


def _hold(condition: Any, values: Mapping[str, str]) -> str:
    """Return the field that a condition is about. Raise AccessDenied unless the condition holds."""
    operator, said, value = _read(condition)
    name = said.removeprefix("$").lower()
    given = values.get(name)
    holds = given is not None and (given.startswith(value) if operator == "starts-with" else given == value)
    # A condition in a list names its field with a dollar sign; without it, it is about no field (recorded).
    if not holds or not said.startswith("$"):
        shown = [operator, said, value]
        raise _denied(f"Policy Condition failed: [{', '.join(orjson.dumps(one).decode() for one in shown)}]")
    return name


def _read(condition: Any) -> tuple[str, str, str]:
    if isinstance(condition, dict):
        if len(condition) != 1:
            raise _invalid(
                "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
            )
        ((name, value),) = condition.items()
        if not isinstance(value, str):
            raise _invalid("Invalid Simple-Condition: value must be a string.")
        return "eq", f"${name}", value
    if not isinstance(condition, list) or len(condition) != 3 or str(condition[0]).lower() not in _EITHER:
        raise _invalid("Invalid Condition: unknown operation or wrong number of values.")
    operator, name, value = condition
    if not isinstance(name, str) or not isinstance(value, str):
        raise _invalid("Invalid Condition: value must be a string.")
    return str(operator).lower(), name, value


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidPolicyDocument", f"Invalid Policy: {message}")


def _denied(message: str) -> AwsError:
    return AwsError("AccessDenied", f"Invalid according to Policy: {message}", 403)
