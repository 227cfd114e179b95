"""GetParameter and GetParameters: values by name, ARN, version number or label."""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.ssm import rows, secret_references, views
from clary.services.ssm.names import SECRETS, Params, target, targets, wanted
from clary.services.ssm.service import ssm

_ABSENT = ("ParameterNotFound", "ParameterVersionNotFound")


@ssm.operation(on=target)
def get_parameter(ctx: Context, params: Params) -> Params:
    """Return a parameter. Raise ParameterNotFound and ParameterVersionNotFound."""
    return {"Parameter": _found(ctx, params["Name"], params.get("WithDecryption", False))}


@ssm.operation(on=targets)
def get_parameters(ctx: Context, params: Params) -> Params:
    """Return those parameters that there are, and the names that mean nothing."""
    found, invalid = [], []
    for name in dict.fromkeys(params["Names"]):
        try:
            found.append(_found(ctx, name, params.get("WithDecryption", False)))
        except AwsError as error:
            if error.code not in _ABSENT:
                raise
            invalid.append(name)
    return {"Parameters": found, "InvalidParameters": invalid}


def _found(ctx: Context, name: str, decrypt: bool) -> Params:
    means = wanted(ctx, name)
    if means.key.startswith(SECRETS):
        return secret_references.resolved(ctx, means, decrypt)
    return views.parameter(ctx, rows.selected(ctx, means), decrypt=decrypt, selector=means.selector)
