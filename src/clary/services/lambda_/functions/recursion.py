"""GetFunctionRecursionConfig and PutFunctionRecursionConfig, and GetRuntimeManagementConfig.

What stops a loop is in running/: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html.
"""

from __future__ import annotations

from typing import Any

from clary.plane import Context, revise
from clary.services.lambda_ import names
from clary.services.lambda_.functions import versions
from clary.services.lambda_.functions.noun import KIND, load
from clary.services.lambda_.service import lambda_

Params = dict[str, Any]


@lambda_.operation(on=names.whole)
def get_function_recursion_config(ctx: Context, params: Params) -> Params:
    """Return whether a loop that the function is part of is stopped, which it is unless somebody allowed it."""
    record = load(ctx, names.unqualified(ctx, params))
    return {"RecursiveLoop": record.private.get("recursion", "Terminate")}


@lambda_.operation(on=names.whole)
def put_function_recursion_config(ctx: Context, params: Params) -> Params:
    """Say whether a loop is stopped."""
    record = load(ctx, names.unqualified(ctx, params))
    ctx.tx.update(revise(record, private={"recursion": params["RecursiveLoop"]}))
    ctx.notify(KIND)
    return {"RecursiveLoop": params["RecursiveLoop"]}


@lambda_.operation(on=names.target)
def get_runtime_management_config(ctx: Context, params: Params) -> Params:
    """Return how the runtime of a function is updated: with the machine's own, always."""
    named = names.of(ctx, params)
    versions.configuration(ctx, named)
    return {"UpdateRuntimeOn": "Auto", "FunctionArn": named.exact}
