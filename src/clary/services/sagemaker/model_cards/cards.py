"""Model cards: create, describe, update, list and delete
(https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html).

The record of a card has its newest version. Each version also is a record of its own (versions.py). CreatedBy and
LastModifiedBy are empty: they would name users of Studio, and IamIdentity is for model packages and projects alone
(API_UserContext.html).
"""

from __future__ import annotations

from functools import cache
from typing import Any

from clary.kernel.errors import validation
from clary.plane import Context, Document, Errors, Hooks, Key, Noun, Record, revise
from clary.plane.nouns.calls import Spelled
from clary.plane.nouns.verbs import insert
from clary.services.sagemaker.model_cards import accepts, versions
from clary.services.sagemaker.model_cards.content import Content, require, sanitized
from clary.services.sagemaker.service import sagemaker

Params = dict[str, Any]

NOT_FOUND = "ResourceNotFound"


def _allow(ctx: Context, params: Params) -> None:
    require(params["Content"])


def _stamp(ctx: Context, params: Params) -> Document:
    status = {"ModelCardVersion": 1, **_told(require(params["Content"]))}
    return Document(status={**status, "CreatedBy": {}, "LastModifiedBy": {}})


def _told(content: Content) -> Params:
    """Return the members of the content that Search shows beside it (API_ModelCard.html)."""
    overview, package = content.get("model_overview", {}), content.get("model_package_details", {})
    return {
        "ModelId": overview.get("model_id"),
        "RiskRating": content.get("intended_uses", {}).get("risk_rating"),
        "ModelPackageGroupName": package.get("model_package_group_name"),
    }


card = sagemaker.noun(
    Noun(
        "ModelCard",
        arn="model-card/{ModelCardName}",
        key=Key("ModelCardName", or_arn=True),
        accepts={"create": accepts.CARD},
        errors=Errors(
            missing_code=NOT_FOUND,
            taken_code="ConflictException",
            taken="Model card {arn} already exists.",
        ),
        hooks=Hooks(allow=_allow, stamp=_stamp, delete=versions.delete_all),
    )
)


@sagemaker.operation(on=card.arn, also=(sagemaker.tagging("Tags"),), accepts=accepts.CARD)
def create_model_card(ctx: Context, params: Params) -> Params:
    """Create a card with its first version."""
    created = insert(_creation(), ctx, params)
    versions.keep(ctx, created)
    return {"ModelCardArn": created.arn}


@cache
def _creation() -> Spelled:
    """Read how CreateModelCard is spelled, at its first call."""
    return Spelled(card, sagemaker.model.operations["CreateModelCard"])


@sagemaker.operation(on=card.arn)
def describe_model_card(ctx: Context, params: Params) -> Params:
    """Describe the newest version of a card or an earlier one; of its content only what is not confidential, if
    that is asked for."""
    found = card.meant(ctx, params["ModelCardName"])
    shown = versions.describe(found, version_of(ctx, found, params.get("ModelCardVersion")))
    if params.get("IncludedData") == "MetadataOnly":
        shown["Content"] = sanitized(shown["Content"])
    return shown


def version_of(ctx: Context, found: Record, number: int | None) -> Record:
    """Return a version of a card, by default its newest. Raise ResourceNotFound if there is none of this number."""
    version = versions.find(ctx.tx, found, found.observed["ModelCardVersion"] if number is None else number)
    if version is None:
        raise card.says.not_found(found.arn, found.id, card.words)
    return version


@sagemaker.operation(on=card.arn, accepts=accepts.CHANGE)
def update_model_card(ctx: Context, params: Params) -> Params:
    """Change the status, or make another version with other content."""
    if "Content" in params and "ModelCardStatus" in params:
        raise validation("You cannot update both model card content and model card status in a single call.")
    found = card.meant(ctx, params["ModelCardName"])
    if "Content" in params:
        _next_version(ctx, found, params["Content"])
    elif "ModelCardStatus" in params:
        _change_status(ctx, found, params["ModelCardStatus"])
    return {"ModelCardArn": found.arn}


def _next_version(ctx: Context, found: Record, text: str) -> None:
    """Raise ValidationException if the card is archived: its content is not changed any more."""
    content = require(text)
    if found.spec["ModelCardStatus"] == "Archived":
        raise validation("Model Card is in Archived state")
    number = found.observed["ModelCardVersion"] + 1
    status = {"ModelCardVersion": number, **_told(content)}
    changed = revise(found, spec={"Content": text}, observed=status, modified=ctx.now)
    versions.keep(ctx, ctx.tx.update(changed))


def _change_status(ctx: Context, found: Record, status: str) -> None:
    changed = revise(found, spec={"ModelCardStatus": status}, modified=ctx.now)
    versions.change(ctx, ctx.tx.update(changed))


@sagemaker.operation(on=card.arn, lane="heavy_read")
def list_model_card_versions(ctx: Context, params: Params) -> Params:
    """List the versions of a card, which may be named by its ARN."""
    return versions.listed(ctx, card.meant(ctx, params["ModelCardName"]), params)
