"""The code of an MFA device that a request has, for all operations that take one. Knows no device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.sts.service import directory

_MEMBERS = ("SerialNumber", "TokenCode")


def step_of(ctx: Context, params: Mapping[str, Any]) -> int | None:
    """Return the time step of the code that was given, or None without one. Raise AccessDenied."""
    given = [name for name in _MEMBERS if params.get(name)]
    if not given:
        return None
    if len(given) == 1:
        message = (
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
        )
        raise AwsError("AccessDenied", message, 403)
    sealer = ctx.platform.settings.sealing_key
    serial, code = params["SerialNumber"], params["TokenCode"]
    return directory(ctx).mfa_step(ctx.tx, sealer, ctx.caller, serial, code, ctx.now)


def spend(ctx: Context, params: Mapping[str, Any]) -> bool:
    """Return whether a code was given, and let it be used no more. Raise AccessDenied for a wrong one."""
    step = step_of(ctx, params)
    if step is not None:
        directory(ctx).spend_mfa_step(ctx.tx, params["SerialNumber"], step)
    return step is not None
