"""Names and ARNs of Step Functions, and the ARNs that its operations are authorised for. Knows no table."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clary.kernel import Arn, AwsError
from clary.plane import Context
from clary.plane.paging import read_token, sign_token
from clary.services.stepfunctions.errors import invalid_arn, invalid_name

Params = dict[str, Any]

# "Names must not contain …" (API_CreateStateMachine): white space, brackets, wildcards, special and control characters.
_FORBIDDEN = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ufffe\uffff]|[\ud800-\udfff]")
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Named:
    """What an ARN names: `stateMachine`, its name, and what stands behind it."""

    kind: str
    name: str
    rest: str
    scope: str
    arn: str


def check_name(name: str) -> str:
    """Return a name. Raise InvalidName."""
    if not 0 < len(name) <= _LONGEST or _FORBIDDEN.search(name):
        raise invalid_name(name)
    return name


def read(arn: str, *kinds: str) -> Named:
    """Return what an ARN names. Raise InvalidArn for a malformed ARN, or one of another kind."""
    if not arn.startswith("arn:"):
        raise invalid_arn(f"Invalid ARN prefix: {arn}")
    try:
        found = Arn.parse(arn)
    except ValueError:
        raise invalid_arn(f"Invalid ARN: {arn}") from None
    kind, _, tail = found.resource.partition(":")
    name, _, rest = tail.partition(":")
    if found.service != "states" or not name:
        raise invalid_arn(f"Invalid ARN: {arn}")
    if kind not in kinds:
        raise invalid_arn(f"Resource type not valid in this context: {kind}")
    return Named(kind, name, rest, f"{found.account}/{found.region}", arn)


def machine_arn(ctx: Context, name: str) -> str:
    return ctx.arn(f"stateMachine:{name}")


def activity_arn(ctx: Context, name: str) -> str:
    return ctx.arn(f"activity:{name}")


def given(member: str) -> Callable[[Any, Params], list[str]]:
    """Return the target of operations that name a resource by its ARN: what the caller says, of whatever account."""
    return lambda ctx, params: [params[member]]


def of_machine(member: str) -> Callable[[Any, Params], list[str]]:
    """Return the target of operations on a version or an alias: the state machine that it belongs to."""
    return lambda ctx, params: [base_of(params[member])]


def base_of(arn: str) -> str:
    """Return the ARN of the state machine in that of a version or an alias."""
    return ":".join(arn.split(":")[:7])


def page(ctx: Context, params: Params, default: int = 100) -> tuple[int, Any]:
    """Return how many entries a page has, and where it begins. Raise InvalidToken."""
    return params.get("maxResults") or default, position(ctx, params.get("nextToken"))


def position(ctx: Context, token: str | None) -> Any:
    """Return the position in a token, or None. Raise InvalidToken."""
    if token is None:
        return None
    try:
        return read_token(ctx, token)
    except AwsError:
        raise AwsError("InvalidToken", f"Invalid Token: '{token}'") from None


def more(ctx: Context, found: list[Any], most: int, after: Callable[[Any], Any]) -> Params:
    """Return the token of the next page, if there is one more entry than a page has."""
    return {"nextToken": sign_token(ctx, after(found[most - 1]))} if len(found) > most else {}
