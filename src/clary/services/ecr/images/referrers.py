"""ListImageReferrers: the artifacts whose subject is an image, such as signatures (API_ListImageReferrers, Amazon ECR API
Reference)."""

from __future__ import annotations

import orjson

from clary.plane import Context
from clary.services.ecr import names, pages
from clary.services.ecr.errors import invalid
from clary.services.ecr.images import rows
from clary.services.ecr.images.rows import Image
from clary.services.ecr.layers import digests
from clary.services.ecr.names import Params, on_repository
from clary.services.ecr.service import ecr

_PAGE = 50


@ecr.operation(on=on_repository, lane="heavy_read")
def list_image_referrers(ctx: Context, params: Params) -> Params:
    """Return a page of referrers. With a filter of artifact types it may be short and have a next one."""
    repository = names.load(ctx, params)
    wanted, subject = params.get("filter") or {}, params["subjectId"]["imageDigest"]
    if not digests.is_digest(subject):
        raise invalid("subjectId", "A sha256 digest of the subject is required")
    limit, after = params.get("maxResults", _PAGE), pages.read(ctx, params) or [""]
    found = rows.referrers(ctx.tx, repository.arn, subject, after[0], limit + 1)
    page = [descriptor(image) for image in found[:limit] if _passes(image, wanted)]
    return {"referrers": page} | pages.more(ctx, [found[limit - 1].digest] if len(found) > limit else None)


def _passes(image: Image, wanted: Params) -> bool:
    types = wanted.get("artifactTypes")
    active = wanted.get("artifactStatus", "ACTIVE") in ("ACTIVE", "ANY")
    return active and (not types or image.artifact_type in types)


def descriptor(image: Image) -> Params:
    """Return the descriptor of an artifact."""
    shown = {
        "digest": image.digest,
        "mediaType": image.media_type,
        "size": len(image.manifest.encode()),
        "artifactStatus": "ACTIVE",
    }
    if image.artifact_type:
        shown["artifactType"] = image.artifact_type
    return shown | ({"annotations": orjson.loads(image.annotations)} if image.annotations else {})
