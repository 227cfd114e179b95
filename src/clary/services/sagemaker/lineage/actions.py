"""Actions: what was done, such as the deployment of a model."""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Hooks, Key, Noun
from clary.services.sagemaker.lineage import accepts, entities
from clary.services.sagemaker.service import sagemaker

action = sagemaker.noun(
    Noun(
        "Action",
        arn="action/{ActionName}",
        key=Key("ActionName", or_arn=True),
        accepts=accepts.ACTION,
        lists=entities.LISTS,
        errors=entities.ERRORS,
        hooks=Hooks(update=entities.update, delete=entities.refuse_while_associated),
    )
)
entities.list_by_source(action, "ListActions")


@sagemaker.operation(
    on="action/{ActionName}", also=(sagemaker.tagging("Tags"),), accepts=accepts.ACTION["create"]
)
def create_action(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Create an action. Raise ValidationException if its name is taken."""
    return {"ActionArn": entities.create(ctx, action, params["ActionName"], params).arn}
