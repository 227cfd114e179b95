"""Names and ARNs of secrets, and what operations on them are authorised for. Knows the store's records, no operation.

An ARN ends in six random characters, so that a secret which is made again has another one. Where a request takes an ARN, it
may leave them out, unless the name itself ends like one ("Secret ARN", recorded: test_create_and_update_secret[Invalid…]).
"""

from __future__ import annotations

import re
import secrets
import string
from typing import Any

from clary.kernel import Arn
from clary.kernel.errors import validation
from clary.plane import Context, Key, Noun, Record, States
from clary.services.secretsmanager.errors import not_found
from clary.services.secretsmanager.service import secretsmanager

Params = dict[str, Any]

SECRET = secretsmanager.declare(
    Noun("Secret", arn="secret:{Name}", key=Key("Name"), states=States("Status", start="Active"))
)
secretsmanager.observe("Secret", "LastChangedDate", tags=True)

_NAME = re.compile(r"[A-Za-z0-9/_+=.@!-]+")
_COMPLETE = re.compile(r".-[A-Za-z0-9]{6}\Z")
_SUFFIX = string.ascii_letters + string.digits
_UNKNOWN = "-??????"  # stands for the random characters of a secret that is not there


def check_name(name: str) -> None:
    """Raise ValidationException for what is no name (recorded: test_invalid_secret_name)."""
    if not _NAME.fullmatch(name):
        raise validation(
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
        )


def new_arn(ctx: Context, name: str) -> str:
    """Return an ARN that no secret had before."""
    suffix = "".join(secrets.choice(_SUFFIX) for _ in range(6))
    return ctx.arn(f"secret:{name}-{suffix}")


def find(ctx: Context, given: str) -> Record | None:
    """Return the secret that a name, an ARN or the beginning of one means; None where there is no such secret."""
    if not given.startswith("arn:"):
        check_name(given)
        return ctx.tx.get(SECRET.kind, ctx.scope, given)
    try:
        arn = Arn.parse(given)
    except ValueError:
        return None
    kind, _, name = arn.resource.partition(":")
    if arn.service != "secretsmanager" or kind != "secret" or arn.region != ctx.region:
        return None
    return _by_arn(ctx, given, arn, name)


def _by_arn(ctx: Context, given: str, arn: Arn, name: str) -> Record | None:
    """Return a secret by its whole ARN, or by the beginning of one within the caller's account: the random characters of
    another account's secrets are not to be learned."""
    if not _COMPLETE.search(name):
        own = arn.account == ctx.caller.account
        return ctx.tx.get(SECRET.kind, f"{arn.account}/{arn.region}", name) if own else None
    record = ctx.tx.by_arn(given)
    return record if record is not None and record.kind == SECRET.kind else None


def load(ctx: Context, given: str) -> Record:
    """Return a secret of the account that this call is about. Raise ResourceNotFoundException."""
    record = find(ctx, given)
    if record is None or record.scope != ctx.scope:
        raise not_found()
    return record


def target(ctx: Context, params: Params) -> list[str]:
    """Return the ARN that a request for a secret is authorised for."""
    return [arn_of(ctx, params["SecretId"])]


def new_target(ctx: Context, params: Params) -> list[str]:
    """Return the ARN that CreateSecret is authorised for: that of the secret which has the name, or may get it."""
    return [ctx.arn(f"secret:{params['Name']}{_UNKNOWN}")]


def optional_target(ctx: Context, params: Params) -> list[str]:
    return target(ctx, params) if "SecretId" in params else []


def arn_of(ctx: Context, given: str) -> str:
    """Return the whole ARN of a secret, however it is named; for one that is not there what its ARN may look like."""
    record = find(ctx, given)
    if record is not None:
        return record.arn
    if given.startswith("arn:"):
        return given if _COMPLETE.search(given) else f"{given}{_UNKNOWN}"
    return ctx.arn(f"secret:{given}{_UNKNOWN}")
