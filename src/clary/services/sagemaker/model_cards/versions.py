"""The versions of model cards: a record for each, so that none is changed by a later one.

Their ids begin with the name of the card, `CARD/00000001`, so that those of a card are found by an index.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clary.plane import Context, Hooks, Key, Noun, Query, Record
from clary.plane.nouns.lists import Listing
from clary.services.sagemaker.service import sagemaker
from clary.store.api import Condition, Tx

Params = dict[str, Any]

KIND = sagemaker.kind("ModelCardVersion")
_AT_ONCE = 50


def _shown(version: Record) -> Params:
    return {
        "ModelCardArn": version.arn.rpartition("/version/")[0],
        "ModelCardVersion": version.observed["ModelCardVersion"],
    }


def id_of(card_name: str, number: int) -> str:
    """Return the id of a version."""
    return f"{card_name}/{number:08d}"


def keep(ctx: Context, card: Record) -> None:
    """Insert the record of the version that a card has now."""
    number = card.observed["ModelCardVersion"]
    ctx.tx.insert(
        Record(
            kind=KIND,
            scope=card.scope,
            id=id_of(card.id, number),
            arn=f"{card.arn}/version/{number}",
            doc={**card.doc, "spec": {**card.spec, "ModelCardName": card.id}},
            created=ctx.now,
            modified=ctx.now,
        )
    )


def change(ctx: Context, card: Record) -> None:
    """Write the status of a card into the record of its newest version."""
    version = find(ctx.tx, card, card.observed["ModelCardVersion"])
    if version is not None:
        doc = {**card.doc, "spec": {**card.spec, "ModelCardName": card.id}}
        ctx.tx.update(version.evolve(doc=doc, modified=ctx.now))


def find(tx: Tx, card: Record, number: int) -> Record | None:
    """Return a version of a card, or None."""
    return tx.get(KIND, card.scope, id_of(card.id, number)) if number > 0 else None


def describe(card: Record, version: Record) -> Params:
    """Return what DescribeModelCard shows of a version."""
    shown = {**version.spec, **version.observed, "ModelCardArn": card.arn}
    return {**shown, "CreationTime": version.created, "LastModifiedTime": version.modified}


def delete_all(ctx: Context, card: Record) -> None:
    """Delete all versions and export jobs of a card, before it goes itself."""
    for kind in (KIND, sagemaker.kind("ModelCardExportJob")):
        for record in _below(ctx.tx, kind, card):
            ctx.tx.delete(record)


def _below(tx: Tx, kind: str, card: Record) -> Iterator[Record]:
    """Yield the records of a kind whose ids begin with the card's; they may be deleted meanwhile."""
    while found := tx.list(kind, card.scope, Query(_within(card), "id", limit=_AT_ONCE)):
        yield from found


def _within(card: Record) -> list[Condition]:
    """Return the conditions that an id is below a card's name."""
    return [("id", ">=", f"{card.id}/"), ("id", "<", f"{card.id}0")]  # `0` follows `/`


def listed(ctx: Context, card: Record, params: Params) -> Params:
    """Return a page of the versions of a card. Contents are large: no more of them are read than the page has."""
    asked = {name: value for name, value in params.items() if name != "ModelCardName"}
    return _LISTED(ctx, {"SortBy": "Version", **asked}, _within(card))


_LISTED = Listing(
    sagemaker.declare(
        Noun(
            "ModelCardVersion",
            arn="model-card/{ModelCardName}/version/{ModelCardVersion}",
            key=Key("ModelCardName", "ModelCardVersion"),
            lists={"Version": "id", "ModelCardStatus": "doc.spec.ModelCardStatus"},
            hooks=Hooks(view=_shown),
        )
    ),
    sagemaker.model.operations["ListModelCardVersions"],
)
