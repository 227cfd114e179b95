"""StartLifecyclePolicyPreview and GetLifecyclePolicyPreview: what a policy would do at this moment (Amazon ECR API Reference)."""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane import Context, Members
from clary.services.ecr import names, pages
from clary.services.ecr.errors import invalid
from clary.services.ecr.lifecycle import candidates, documents, policies, preview_rows
from clary.services.ecr.lifecycle.rules import expiring
from clary.services.ecr.names import Params, on_repository
from clary.services.ecr.service import ecr

_PAGE = 100


@ecr.operation(
    on=on_repository, accepts=Members("registryId repositoryName lifecyclePolicyText"), lane="compute"
)
def start_lifecycle_policy_preview(ctx: Context, params: Params) -> Params:
    """Find out what a policy, or that of the repository, would do, and keep it for GetLifecyclePolicyPreview."""
    with ctx.transaction() as at:
        record = names.load(at, params)
        images = candidates.of(at.tx, record.arn, ctx.business.timeline)
        pushed = dict(at.tx.sql("select digest, pushed from ecr_image where repository = ?", record.arn))
    text = params.get("lifecyclePolicyText") or policies.text_of(record)
    gone = expiring(documents.parse(text), images, ctx.business.now)
    results = [
        {
            "imageTags": list(image.tags),
            "imageDigest": image.digest,
            "imagePushedAt": pushed[image.digest],
            "action": {"type": "EXPIRE"},
            "appliedRulePriority": priority,
            "storageClass": "STANDARD",
        }
        for image, priority in gone
    ]
    with ctx.transaction(write=True) as at:
        names.load(at, params)
        preview_rows.put(at.tx, record.arn, text, results)
    return {**names.about(record), "lifecyclePolicyText": text, "status": "IN_PROGRESS"}


@ecr.operation(on=on_repository, lane="heavy_read")
def get_lifecycle_policy_preview(ctx: Context, params: Params) -> Params:
    """Return a page of the images that would expire. Raise LifecyclePolicyPreviewNotFoundException."""
    record = names.load(ctx, params)
    found = preview_rows.find(ctx.tx, record.arn)
    if found is None:
        message = (
            f"There is no preview of a lifecycle policy for the repository with name '{record.id}' in the registry "
            f"with id '{ctx.account}'"
        )
        raise AwsError("LifecyclePolicyPreviewNotFoundException", message)
    text, results = found
    page, more = _page(ctx, params, [one for one in results if _passes(params, one)])
    return {
        **names.about(record),
        "lifecyclePolicyText": text,
        "status": "COMPLETE",
        "previewResults": page,
        "summary": {"expiringImageTotalCount": len(results)},
    } | more


def _page(ctx: Context, params: Params, results: list[Params]) -> tuple[list[Params], Params]:
    if params.get("imageIds"):
        if "nextToken" in params or "maxResults" in params:
            raise invalid("maxResults", "maxResults and nextToken cannot be used with imageIds")
        return results, {}
    (at,), limit = pages.read(ctx, params) or [0], params.get("maxResults", _PAGE)
    end = at + limit
    return results[at:end], pages.more(ctx, [end] if end < len(results) else None)


def _passes(params: Params, result: Params) -> bool:
    """Whether an image is among those that a request asks for."""
    wanted = (params.get("filter") or {}).get("tagStatus", "ANY")
    if wanted != "ANY" and (wanted == "TAGGED") != bool(result["imageTags"]):
        return False
    return not params.get("imageIds") or any(_is(id, result) for id in params["imageIds"])


def _is(id: dict[str, str], result: Params) -> bool:
    digest, tag = id.get("imageDigest"), id.get("imageTag")
    return digest in (None, result["imageDigest"]) and (tag is None or tag in result["imageTags"])
