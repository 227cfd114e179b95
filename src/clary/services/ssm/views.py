"""Versions of parameters as operations show them. Knows no request."""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.ssm import policy_clock, sealing
from clary.services.ssm.names import arn_of
from clary.services.ssm.rows import Version

_METADATA = (
    "Type", "KeyId", "LastModifiedDate", "LastModifiedUser", "Description", "AllowedPattern", "Tier", "DataType",
)  # fmt: skip


def parameter(ctx: Context, version: Version, *, decrypt: bool, selector: str = "") -> dict[str, Any]:
    """Return a version with its value: a ciphertext for a SecureString, unless it is to be decrypted."""
    facts = version.facts
    shown = {
        "Name": version.name,
        "ARN": arn_of(ctx, version.key),
        "Type": facts["Type"],
        "Value": value(ctx, version, decrypt=decrypt),
        "Version": version.number,
        "LastModifiedDate": facts["LastModifiedDate"],
        "DataType": facts["DataType"],
    }
    return shown | ({"Selector": f":{selector}"} if selector else {})


def value(ctx: Context, version: Version, *, decrypt: bool) -> str:
    if not (decrypt and version.is_secure):
        return version.value
    return sealing.open_(ctx, version.facts["Tier"], arn_of(ctx, version.key), version.value)


def metadata(ctx: Context, version: Version, *, is_newest: bool = True) -> dict[str, Any]:
    """Return all of a version but its value."""
    shown = {name: version.facts[name] for name in _METADATA if name in version.facts}
    policies = policy_clock.shown(ctx, version, is_newest)
    return {"Name": version.name, "Version": version.number, "Policies": policies, **shown}
