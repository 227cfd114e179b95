"""ValidateStateMachineDefinition."""

from __future__ import annotations

from clary.plane import Context
from clary.services.stepfunctions.integrations.known import knows
from clary.services.stepfunctions.names import Params
from clary.services.stepfunctions.service import stepfunctions
from clary.services.stepfunctions.validation import Finding, diagnose

_MOST = 100


@stepfunctions.operation(lane="compute")
def validate_state_machine_definition(ctx: Context, params: Params) -> Params:
    """Return what is wrong with a definition; nothing is stored. There are errors only, no warnings."""
    is_express = params.get("type") == "EXPRESS"
    found = diagnose(
        params["definition"], lambda resource: knows(ctx.platform, resource), is_express=is_express
    )
    most = params.get("maxResults") or _MOST
    return {
        "result": "FAIL" if found else "OK",
        "diagnostics": [_shown(one) for one in found[:most]],
        "truncated": len(found) > most,
    }


def _shown(one: Finding) -> Params:
    shown = {"severity": "ERROR", "code": one.code, "message": one.message}
    return shown | ({"location": one.location} if one.location else {})
