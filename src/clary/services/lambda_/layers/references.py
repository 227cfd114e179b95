"""The layers of a function: ARNs of layer versions that its caller may read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from clary.kernel.errors import validation
from clary.plane import Context
from clary.services.lambda_.errors import invalid
from clary.services.lambda_.layers import rows

Params = dict[str, Any]
_MOST = 5
_FORM = re.compile(
    r"arn:aws[a-zA-Z-]*:lambda:([a-z]{2}(?:-[a-z]+)+-\d):(\d{12}):layer:([a-zA-Z0-9-_]+):([0-9]+)"
)
_PATTERN = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)"
    r"|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)"
)


def resolved(ctx: Context, arns: Sequence[str]) -> list[Params]:
    """Return the layers of a configuration in their order. Raise AWS's errors for what cannot be one."""
    if len(arns) > _MOST:
        raise invalid(f"Cannot reference more than {_MOST} layers.")
    found = [_resolved(ctx, arn) for arn in arns]
    known: dict[str, str] = {}
    for arn in arns:
        layer = arn.rpartition(":")[0]
        if layer in known:
            raise invalid(
                "Two different versions of the same layer are not allowed to be referenced in the same function. "
                f"{known[layer]} and {arn} are versions of the same layer."
            )
        known[layer] = arn
    return found


def _resolved(ctx: Context, arn: str) -> Params:
    form = _FORM.fullmatch(arn)
    if form is None:
        raise validation(
            f"1 validation error detected: Value '[{arn}]' at 'layers' failed to satisfy constraint: Member must satisfy "
            "constraint: [Member must have length less than or equal to 2048, Member must have length greater than or equal "
            f"to 1, Member must satisfy regular expression pattern: {_PATTERN}, Member must not be null]"
        )
    region, account, name, version = form.groups()
    if region != ctx.region:
        raise invalid(
            f"Layers are not in the same region as the function. Layers are expected to be in region {ctx.region}."
        )
    if account != ctx.account:
        ctx.authorize("lambda:GetLayerVersion", arn)
    layer = rows.find(ctx.tx, f"{account}/{region}", name, int(version))
    if layer is None:
        raise invalid(f"Layer version {arn} does not exist.")
    return {"Arn": arn, "CodeSize": layer.size}
