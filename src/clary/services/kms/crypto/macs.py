"""GenerateMac and VerifyMac: HMAC (RFC 2104)."""

from __future__ import annotations

import hmac
from typing import Any

from clary.kernel import AwsError
from clary.plane import Context, Record
from clary.services.kms import targets
from clary.services.kms.crypto import usage
from clary.services.kms.key_specs import MAC
from clary.services.kms.materials import rows
from clary.services.kms.service import kms

Params = dict[str, Any]


@kms.operation(on=targets.on_key(), lane="read")
def generate_mac(ctx: Context, params: Params) -> Params:
    """Return the authentication code of a message."""
    key = targets.key_of(ctx, params["KeyId"])
    return {"Mac": _mac(ctx, key, params), "MacAlgorithm": params["MacAlgorithm"], "KeyId": key.arn}


@kms.operation(on=targets.on_key(), lane="read")
def verify_mac(ctx: Context, params: Params) -> Params:
    """Say that a code is right; raise KMSInvalidMacException where it is not. The comparison takes the same time."""
    key = targets.key_of(ctx, params["KeyId"])
    if not hmac.compare_digest(_mac(ctx, key, params), params["Mac"]):
        raise AwsError("KMSInvalidMacException", "")
    return {"MacValid": True, "MacAlgorithm": params["MacAlgorithm"], "KeyId": key.arn}


def _mac(ctx: Context, key: Record, params: Params) -> bytes:
    algorithm = params["MacAlgorithm"]
    usage.require(ctx, key, params, MAC, algorithm)
    return hmac.digest(rows.current_secret(ctx, key), params["Message"], f"sha{algorithm[-3:]}")
