"""The function as a record: $LATEST is its document, what is published has rows of its own.

`spec` is the configuration as the API shows it, `status` its states, `private` what nobody is shown: the number of the next
version, limits, and while an update is under way the configuration that is still served.
"""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Noun, Record
from clary.services.lambda_.errors import ERRORS, conflict, no_function
from clary.services.lambda_.names import LATEST, Named
from clary.services.lambda_.service import lambda_
from clary.store.api import Tx

Params = dict[str, Any]
function = lambda_.declare(Noun("Function", arn="function:{FunctionName}", errors=ERRORS))
KIND = function.kind
lambda_.observe("Function", "LastUpdateStatus", tags=True)

PENDING = {"StateReason": "The function is being created.", "StateReasonCode": "Creating"}
UPDATING = {
    "LastUpdateStatus": "InProgress",
    "LastUpdateStatusReason": "The function is being created.",
    "LastUpdateStatusReasonCode": "Creating",
}


def find(tx: Tx, named: Named) -> Record | None:
    """Return the record of a function, or None."""
    return tx.get(KIND, named.scope, named.name)


def load(ctx: Context, named: Named) -> Record:
    """Return the record of a function. Raise ResourceNotFound in the words of the name that was given."""
    record = find(ctx.tx, named)
    if record is None:
        raise no_function(named.qualified)
    return record


def settled(ctx: Context, named: Named) -> Record:
    """Return the record of a function that can be changed. Raise ResourceConflict while a change is under way."""
    record = load(ctx, named)
    if record.status == "Pending":
        raise conflict(
            "The operation cannot be performed at this time. The function is currently in the following state: Pending"
        )
    if record.observed.get("LastUpdateStatus") == "InProgress":
        said = "The operation cannot be performed at this time. An update is in progress for resource: "
        raise conflict(f"{said}{record.arn}")
    return record


def shown(record: Record, qualifier: str = "") -> Params:
    """Return the configuration of $LATEST as the API shows it."""
    arn = f"{record.arn}:{LATEST}" if qualifier == LATEST else record.arn
    return {**record.spec, "FunctionArn": arn, "Version": LATEST, "State": record.status, **record.observed}
