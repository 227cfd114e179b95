"""Reserved concurrency: PutFunctionConcurrency, GetFunctionConcurrency, DeleteFunctionConcurrency."""

from __future__ import annotations

from typing import Any

from clary.plane import Context, revise
from clary.services.lambda_ import names
from clary.services.lambda_.concurrency import limits
from clary.services.lambda_.errors import invalid
from clary.services.lambda_.functions.noun import KIND, load
from clary.services.lambda_.service import lambda_

Params = dict[str, Any]


@lambda_.operation(on=names.whole)
def put_function_concurrency(ctx: Context, params: Params) -> Params:
    """Reserve executions for a function, which has no others then. Raise InvalidParameterValue for more than can be had."""
    named = names.unqualified(ctx, params)
    record, wanted = load(ctx, named), params["ReservedConcurrentExecutions"]
    provisioned = limits.provisioned(ctx.tx, named.scope, named.name)
    if wanted < provisioned:
        raise invalid(
            f" ReservedConcurrentExecutions  {wanted} should not be lower than function's total provisioned concurrency "
            f"[{provisioned}]."
        )
    left = limits.unreserved(ctx.tx, named.scope) + record.private.get("reserved", 0) - wanted
    if left < limits.LEAST_UNRESERVED:
        raise invalid(
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its "
            f"minimum value of [{limits.LEAST_UNRESERVED}]."
        )
    ctx.tx.update(revise(record, private={"reserved": wanted}))
    ctx.notify(KIND)
    return {"ReservedConcurrentExecutions": wanted}


@lambda_.operation(on=names.whole)
def get_function_concurrency(ctx: Context, params: Params) -> Params:
    """Return what a function has reserved, if anything."""
    reserved = load(ctx, names.unqualified(ctx, params)).private.get("reserved")
    return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}


@lambda_.operation(on=names.whole)
def delete_function_concurrency(ctx: Context, params: Params) -> Params:
    """Give back what a function has reserved."""
    record = load(ctx, names.unqualified(ctx, params))
    if "reserved" in record.private:
        ctx.tx.update(revise(record, private={"reserved": None}))
        ctx.notify(KIND)
    return {}
