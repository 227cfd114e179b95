"""Contexts: what groups other entities, such as an endpoint or a model package group."""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Hooks, Key, Noun
from clary.services.sagemaker.lineage import accepts, entities
from clary.services.sagemaker.service import sagemaker

context = sagemaker.noun(
    Noun(
        "Context",
        arn="context/{ContextName}",
        key=Key("ContextName", or_arn=True),
        accepts=accepts.CONTEXT,
        lists=entities.LISTS,
        errors=entities.ERRORS,
        hooks=Hooks(update=entities.update, delete=entities.refuse_while_associated),
    )
)
entities.list_by_source(context, "ListContexts")


@sagemaker.operation(
    on="context/{ContextName}", also=(sagemaker.tagging("Tags"),), accepts=accepts.CONTEXT["create"]
)
def create_context(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Create a context. Raise ValidationException if its name is taken."""
    return {"ContextArn": entities.create(ctx, context, params["ContextName"], params).arn}
