"""What a target must be, so that it is accepted: of a kind that is delivered to here, with an input that can be made."""

from __future__ import annotations

from typing import Any

from clary.kernel import Arn
from clary.kernel.errors import not_implemented, validation
from clary.plane import Context
from clary.services.events.delivery import inputs, kinds
from clary.services.events.errors import not_valid
from clary.services.events.service import events
from clary.workloads import roles

Params = dict[str, Any]


def check(ctx: Context, target: Params) -> None:
    """Raise ValidationException for a target that cannot be, NotImplemented for a kind that is not there."""
    id, arn = target["Id"], target["Arn"]
    try:
        kind = kinds.kind_of(Arn.parse(arn))
    except ValueError:
        raise not_valid(arn, "Provided Arn is not in correct format.") from None
    if kind is None or kind.service not in ctx.platform.services:
        raise not_implemented("events", f"PutTargets with {arn}")
    if kind.needs_role and "RoleArn" not in target:
        raise validation(f"RoleArn is required for target {arn}.")
    if "RoleArn" in target:
        roles.require_pass(ctx, target["RoleArn"], events.principal)
    _check_parameters(target, kind)
    _check_dead_letters(target)
    if sum(name in target for name in ("Input", "InputPath", "InputTransformer")) > 1:
        raise validation(
            f"Only one of Input, InputPath, or InputTransformer must be provided for target {id}."
        )
    inputs.check(target)


def _check_parameters(target: Params, kind: kinds.Kind) -> None:
    for member in kinds.PARAMETERS:
        if member in target and member != kind.parameters:
            raise validation(f"Parameter(s) {member} not valid for target {target['Id']}.")
    if kind.name == "sqs" and target["Arn"].endswith(".fifo") and "SqsParameters" not in target:
        raise validation(f"Parameter(s) SqsParameters must be specified for target: {target['Id']}.")


def _check_dead_letters(target: Params) -> None:
    arn = target.get("DeadLetterConfig", {}).get("Arn")
    if arn is None:
        return
    if not arn.startswith("arn:") or Arn.parse(arn).service != "sqs" or arn.endswith(".fifo"):
        raise validation(f"Parameter DeadLetterConfig.Arn is not valid for target {target['Id']}.")
