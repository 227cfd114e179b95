"""The controller of functions: what is Pending becomes Active, what is updated is served."""

from __future__ import annotations

from clary.plane import Record, Step, World
from clary.services.lambda_.functions import code
from clary.services.lambda_.functions.noun import function
from clary.services.lambda_.names import of_arn
from clary.services.lambda_.service import lambda_
from clary.store.api import Tx


@lambda_.controller(function)
def settle(record: Record, world: World) -> Step:
    """Say that a function can be invoked as it is now. Its code was checked when it came."""
    named = of_arn(record.arn)
    assert named is not None
    done = {
        "LastUpdateStatus": "Successful",
        "LastUpdateStatusReason": None,
        "LastUpdateStatusReasonCode": None,
    }
    if record.status == "Pending":
        return Step("Active", {**done, "StateReason": None, "StateReasonCode": None})
    if record.observed.get("LastUpdateStatus") != "InProgress":
        return Step()

    def tidy(tx: Tx) -> None:
        private = {name: value for name, value in record.private.items() if name != "served"}
        code.drop_unused(tx, named, record.evolve(doc={**record.doc, "private": private}))

    return Step("Active", done, private={"served": None}, writes=(tidy,))
