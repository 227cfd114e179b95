"""Names, ARNs and selectors of parameters, and what each of them is authorised for. Knows no table.

Source: "Requirements and constraints for parameter names"
(https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-parameter-name-constraints.html).
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from clary.kernel import Arn, AwsError
from clary.kernel.errors import access_denied, not_implemented, validation
from clary.plane import Context
from clary.services.ssm.errors import BAD_NAME, BAD_PATH, not_found

Params = dict[str, Any]

SECRETS = "/aws/reference/secretsmanager/"
_CHARACTERS = re.compile(r"[a-zA-Z0-9_.\-/]+")
_LONGEST = 1011  # "including the length of the prefix of the ARN, 1011 characters", without it
_DEEPEST = 15


class Wanted(NamedTuple):
    """What a request names: a parameter by its key, and a version number or a label of it ('': the newest)."""

    key: str
    selector: str = ""


def key_of(name: str) -> str:
    """Return a name as it is stored: `/name` and `name` are one parameter (getmoto/moto#8841 shows it against AWS)."""
    rest = name.removeprefix("/")
    return name if "/" in rest else rest


def path_of(key: str) -> str:
    """Return the hierarchy that a parameter stands in: `/a` for `/a/b`, `/` for a name of one level."""
    return key.rpartition("/")[0] or "/"


def arn_of(ctx: Context, key: str) -> str:
    """Return the ARN of a parameter, in which the slash that begins a name is written once."""
    return ctx.arn(f"parameter/{key.removeprefix('/')}")


def target(ctx: Context, params: Params) -> list[str]:
    """Return the ARN that an operation on one parameter is authorised for."""
    return [_asked(ctx, params["Name"])]


def targets(ctx: Context, params: Params) -> list[str]:
    return [_asked(ctx, name) for name in params["Names"]]


def path_target(ctx: Context, params: Params) -> list[str]:
    """Return the ARN of a path: who may read it may read all below it ("GetParametersByPath", API reference)."""
    return [arn_of(ctx, params["Path"].rstrip("/"))]


def tags_target(ctx: Context, params: Params) -> list[str]:
    """Return the ARN of the resource that is tagged, of whatever type it is."""
    kind = params["ResourceType"].lower()
    return [ctx.arn(f"{kind}/{params['ResourceId'].removeprefix('/')}")]


def _asked(ctx: Context, name: str) -> str:
    """Return the ARN without a selector, as it was given where an ARN was, since that is the one to authorise."""
    if not name.startswith("arn:"):
        return arn_of(ctx, name.partition(":")[0])
    parts = name.split(":", 5)
    return ":".join([*parts[:5], parts[-1].partition(":")[0]])


def wanted(ctx: Context, given: str) -> Wanted:
    """Return what a name, a name with a selector or an ARN means. Raise ValidationException for a malformed one."""
    name = _name_in(ctx, given) if given.startswith("arn:") else given
    name, _, selector = name.partition(":")
    if not _CHARACTERS.fullmatch(name) and not name.startswith(SECRETS):
        raise validation(BAD_NAME)
    return Wanted(key_of(name), selector)


def _name_in(ctx: Context, given: str) -> str:
    """Return the name in the ARN of a parameter of this account and region. Raise NotImplemented for another account's."""
    try:
        arn = Arn.parse(given)
    except ValueError:
        raise validation(BAD_NAME) from None
    kind, _, name = arn.resource.partition("/")
    if arn.service != "ssm" or kind != "parameter":
        raise validation(BAD_NAME)
    if arn.account != ctx.account:
        raise not_implemented("ssm", f"{ctx.op.name} with a parameter that another account shares")
    if arn.region != ctx.region:
        raise not_found(given)
    return f"/{name}"


def check_new(name: str) -> None:
    """Raise AWS's error for a name that no parameter may have."""
    plain = name.lower().removeprefix("/")
    if plain.startswith("aws"):  # reported in aws-solutions/quota-monitor-for-aws#30
        raise access_denied(f"No access to reserved parameter name: {name}.")
    if not _CHARACTERS.fullmatch(name) or "//" in name or plain.startswith("ssm"):
        raise validation(BAD_NAME)
    if "/" in name and not name.startswith("/"):
        raise validation("Parameter name must be a fully qualified name.")
    if name.endswith("/"):
        raise validation("Parameter name must not end with slash.")
    _check_extent(name)


def _check_extent(name: str) -> None:
    if len(name) > _LONGEST:
        raise validation(f"Parameter names can have at most {_LONGEST} characters.")
    if name.count("/") > _DEEPEST:
        said = f"A hierarchy can have a maximum of {_DEEPEST} levels."
        raise AwsError("HierarchyLevelLimitExceededException", said)


def check_path(path: str) -> str:
    """Return a path without the slash at its end. Raise ValidationException for one that no parameter can stand in."""
    if not path.startswith("/") or "//" in path or not _CHARACTERS.fullmatch(path):
        raise validation(BAD_PATH)
    return path.rstrip("/") or "/"
