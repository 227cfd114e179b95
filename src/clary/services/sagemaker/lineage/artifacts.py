"""Artifacts: objects with a URI. An artifact is its source: there is one for each URI with its source ids.

The id in an ARN is made of the source alone, so the same source has the same id in every account; SDK v2 relies on it
(`_collapse_cross_account_artifacts` in sagemaker/lineage/query.py). The type is no part of it, since DeleteArtifact
names an artifact by its Source.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from clary.kernel.errors import validation
from clary.plane import Context, Hooks, Noun, by_arn
from clary.services.sagemaker.lineage import accepts, entities
from clary.services.sagemaker.service import sagemaker

Params = dict[str, Any]

artifact = sagemaker.noun(
    Noun(
        "Artifact",
        arn="artifact/{id}",
        key=by_arn("ArtifactArn"),
        accepts=accepts.ARTIFACT,
        lists=entities.LISTS,
        errors=entities.ERRORS,
        hooks=Hooks(update=entities.update, delete=entities.refuse_while_associated),
    )
)
entities.list_by_source(artifact, "ListArtifacts")


def id_of(source: Params) -> str:
    """Return the id of the artifact of a source; the order of its source ids does not matter."""
    ids = sorted((one["SourceIdType"], one["Value"]) for one in source.get("SourceTypes", ()))
    text = json.dumps([source["SourceUri"], ids])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _created(ctx: Context, params: Params) -> list[str]:
    return [artifact.arn_of(ctx, id_of(params["Source"]))]


def _deleted(ctx: Context, params: Params) -> list[str]:
    """Return the ARN of what DeleteArtifact names, which is checked before anything else is."""
    if "ArtifactArn" in params:
        return [params["ArtifactArn"]]
    if "Source" not in params:
        raise validation("Either ArtifactArn or Source must be specified.")
    return _created(ctx, params)


@sagemaker.operation(on=_created, also=(sagemaker.tagging("Tags"),), accepts=accepts.ARTIFACT["create"])
def create_artifact(ctx: Context, params: Params) -> Params:
    """Create the artifact of a source. Raise ValidationException if the source has one."""
    return {"ArtifactArn": entities.create(ctx, artifact, id_of(params["Source"]), params).arn}


@sagemaker.operation(on=_deleted, accepts=accepts.ARTIFACT["delete"])
def delete_artifact(ctx: Context, params: Params) -> Params:
    """Delete an artifact, by its ARN or its source. Raise ResourceNotFound."""
    (arn,) = _deleted(ctx, params)
    record = artifact.by_arn(ctx, arn)
    entities.refuse_while_associated(ctx, record)
    ctx.tx.delete(record)
    return {"ArtifactArn": record.arn}
