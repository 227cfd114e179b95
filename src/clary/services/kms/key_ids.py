"""How requests name a key: by its id, its ARN, an alias or the ARN of an alias. Knows no table.

Source: "Key identifiers (KeyId)" in the KMS Developer Guide. A bare id or alias is one of the caller's own account.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from clary.kernel import Arn, AwsError
from clary.plane import Context
from clary.services.kms import errors

_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}")
ALIAS = "alias/"
MULTI_REGION = "mrk-"


class Named(NamedTuple):
    """What a request names: a key, or an alias if `alias`. `id` is the key id or the whole name of the alias."""

    account: str
    region: str
    id: str

    @property
    def alias(self) -> bool:
        return self.id.startswith(ALIAS)

    @property
    def scope(self) -> str:
        return f"{self.account}/{self.region}"

    def arn(self, partition: str) -> str:
        return (
            f"arn:{partition}:kms:{self.region}:{self.account}:{self.id if self.alias else f'key/{self.id}'}"
        )


def read(ctx: Context, text: str) -> Named:
    """Return what a KeyId names. Raise NotFoundException or InvalidArnException for what cannot name anything."""
    if text.startswith("arn:"):
        return _read_arn(ctx, text)
    if text.startswith(ALIAS):
        return Named(ctx.caller.account, ctx.region, text)
    if not _KEY.fullmatch(text):
        raise errors.invalid_key_id(text)
    return Named(ctx.caller.account, ctx.region, text)


def read_key(ctx: Context, text: str) -> Named:
    """Return the key that an id or an ARN names, for the operations that take no alias."""
    named = read(ctx, text)
    if named.alias:
        raise errors.invalid_key_id(text)
    return named


def _read_arn(ctx: Context, text: str) -> Named:
    named = in_arn(text)
    if named is None or not text.startswith(f"arn:{ctx.partition}:"):
        raise AwsError("InvalidArnException", f"{text} is not a valid ARN")
    if named.region != ctx.region:
        raise errors.not_found(f"Invalid arn {named.region}")
    return named


def in_arn(arn: str) -> Named | None:
    """Return what the ARN of a key or an alias names; None for any other text."""
    try:
        found = Arn.parse(arn)
    except ValueError:
        return None
    kind, _, id = found.resource.partition("/")
    if found.service != "kms" or not re.fullmatch(r"\d{12}", found.account):
        return None
    if kind == "key" and _KEY.fullmatch(id):
        return Named(found.account, found.region, id)
    return Named(found.account, found.region, found.resource) if kind == "alias" and id else None
