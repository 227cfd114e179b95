"""Lambda's facts for access control: functions and layer versions have an owner and a policy.

Condition keys: Service Authorization Reference, "AWS Lambda".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.plane import Access, Arn, Context, Guard
from clary.services.lambda_.policies import statements
from clary.services.lambda_.service import lambda_


def guard(ctx: Context, arn: str, params: Mapping[str, Any]) -> Guard:
    """Return the owner of a function, a version, an alias or a layer, and its policy.

    A function that is named with $LATEST has no policy of its own: that of the function counts.
    """
    try:
        parts = Arn.parse(arn)
    except ValueError:
        return Guard()
    resource = _resource(parts.resource)
    if parts.service != "lambda" or not parts.account or resource is None:
        return Guard(parts.account or None)
    held, _ = statements.read(ctx.tx, f"{parts.account}/{parts.region}", resource)
    return Guard(parts.account, statements.document(held) if held else None)


def _resource(text: str) -> str | None:
    """Return the key of a policy for the resource part of an ARN."""
    kind, _, rest = text.partition(":")
    if kind == "layer":
        return text
    return rest.removesuffix(":$LATEST") if kind == "function" else None


def _changes(operation: str) -> bool:
    return "Permission" in operation or "Policy" in operation


lambda_.access = Access(
    members={
        "lambda:functionarn": ("FunctionName",),
        "lambda:layer": ("Layers",),
        "lambda:principal": ("Principal",),
        "lambda:functionurlauthtype": ("FunctionUrlAuthType", "AuthType"),
        "lambda:invokedviafunctionurl": ("InvokedViaFunctionUrl",),
    },
    guard=guard,
    changes=_changes,
)
