"""What artifacts, actions and contexts have in common: how they are created and updated, and that associated ones stay."""

from __future__ import annotations

import hashlib
from typing import Any

from clary.kernel.errors import validation
from clary.plane import Context, Document, Errors, Noun, Record, revise
from clary.plane.nouns import tags
from clary.plane.nouns.lists import Listing
from clary.services.sagemaker.lineage import association_table
from clary.services.sagemaker.lineage.group import group_of
from clary.services.sagemaker.service import sagemaker
from clary.store.api import Exists

Params = dict[str, Any]

# The model's error for what is not there is ResourceNotFound; SDKs look for "already exists" in the message of a
# ValidationException (is_already_exist_error in sagemaker/experiments/_utils.py of SDK v2).
ERRORS = Errors(
    missing_code="ResourceNotFound",
    missing="The lineage entity {arn} does not exist.",
)
# Lists are asked for the entities of one source. The column `status` has an index for that, and these nouns have no
# states, so it holds the URI of the source; the change feed shows it as well.
LISTS = {"SourceUri": "status"}
_LONGEST = 1000  # bytes in the index, which on PostgreSQL may have 2,700 with its other columns
_DIGEST = "sha256:"


def create(ctx: Context, noun: Noun, id: str, params: Params) -> Record:
    """Insert an entity with its tags. Raise ValidationException if there is one with this id."""
    given = tags.of_request(noun.spelling.tags, params)
    record = Record(
        kind=noun.kind,
        scope=ctx.scope,
        id=id,
        arn=noun.arn_of(ctx, id),
        status=_indexed(params["Source"]["SourceUri"]),
        doc=_document(ctx).over(_spec(noun, params)),
        created=ctx.now,
        modified=ctx.now,
    )
    try:
        record = ctx.tx.insert(record)
    except Exists:
        raise noun.says.exists(record.arn, id, noun.words) from None
    ctx.tx.tag(record.arn, given)
    return record


def list_by_source(noun: Noun, operation: str) -> None:
    """Answer a List whose SourceUri is looked up in the index."""
    listing = Listing(noun, sagemaker.model.operations[operation])

    def answer(ctx: Context, params: Params) -> Params:
        uri = params.get("SourceUri")
        return listing(ctx, {**params, "SourceUri": _indexed(uri)} if uri else params)

    sagemaker.answer(operation, answer, heavy=listing.searches)


def _indexed(uri: str) -> str:
    """Return a URI as the index has it: a digest in the place of a long one, of one with NUL, which PostgreSQL does not
    take, and of what looks like a digest."""
    encoded = uri.encode()
    if len(encoded) <= _LONGEST and "\0" not in uri and not uri.startswith(_DIGEST):
        return uri
    return _DIGEST + hashlib.sha256(encoded).hexdigest()


def _spec(noun: Noun, params: Params) -> Params:
    return {name: value for name, value in params.items() if name not in ("Tags", *noun.named.members)}


def _document(ctx: Context) -> Document:
    """Return what creation adds. The model says that IAM identities are not shown for lineage entities."""
    return Document(status={"CreatedBy": {}, "LineageGroupArn": group_of(ctx).arn})


def update(ctx: Context, record: Record, given: Params) -> Record:
    """Replace what is given; then remove properties. "Properties: Overwrites the current property list"
    (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateArtifact.html)."""
    spec = {name: value for name, value in given.items() if name != "PropertiesToRemove"}
    properties = dict(spec.get("Properties", record.spec.get("Properties", {})))
    for name in given.get("PropertiesToRemove", ()):
        properties.pop(name, None)
    return revise(record, spec={**spec, "Properties": properties}, observed={"LastModifiedBy": {}})


def refuse_while_associated(ctx: Context, record: Record) -> None:
    """Raise ValidationException for an entity with associations: SDKs delete those first (`disassociate=True`)."""
    if association_table.touches(ctx.tx, ctx.scope, record.arn):
        raise validation(f"{record.arn} cannot be deleted because it has associations.")
