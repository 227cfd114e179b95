"""ListImages and DescribeImages: pages of a repository's images, in the order of their digests.

Sources: API_ListImages, API_DescribeImages (Amazon ECR API Reference).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from clary.plane import Context, Record
from clary.services.ecr import names, pages
from clary.services.ecr.errors import invalid, no_image
from clary.services.ecr.images import ids, rows
from clary.services.ecr.images.ids import Failure
from clary.services.ecr.images.rows import Image
from clary.services.ecr.names import Params, on_repository
from clary.services.ecr.service import ecr

Show = Callable[[Image, list[str], Record], list[Params]]

_PAGE = 100
_BATCH = 200
_ACTIVE = ("ACTIVE", "ANY")


@ecr.operation(on=on_repository, lane="heavy_read")
def list_images(ctx: Context, params: Params) -> Params:
    """Return a page of ids: one for each tag, and one for an image without a tag."""
    repository = names.load(ctx, params)
    page, more = _page(ctx, params, repository, _ids)
    return {"imageIds": page} | more


def _ids(image: Image, tags: list[str], repository: Record) -> list[Params]:
    return [{"imageDigest": image.digest, "imageTag": tag} for tag in tags] or [{"imageDigest": image.digest}]


@ecr.operation(on=on_repository, lane="heavy_read")
def describe_images(ctx: Context, params: Params) -> Params:
    """Return images by id, or a page of all. Raise ImageNotFoundException where one that is named is not there."""
    repository = names.load(ctx, params)
    if params.get("imageIds"):
        if "nextToken" in params or "maxResults" in params:
            raise invalid("maxResults", "maxResults and nextToken cannot be used with imageIds")
        return {"imageDetails": _named(ctx, params, repository)}
    page, more = _page(ctx, params, repository, lambda *said: [detail(*said)])
    return {"imageDetails": page} | more


def _named(ctx: Context, params: Params, repository: Record) -> list[Params]:
    found: dict[str, Params] = {}
    for id in params["imageIds"]:
        image = ids.find(ctx.tx, repository.arn, id)
        if isinstance(image, Failure):
            raise no_image(id, repository.id, ctx.account)
        tags = rows.tags(ctx.tx, repository.arn, image.digest)
        if _passes(params, tags):
            found[image.digest] = detail(image, tags, repository)
    return list(found.values())


def detail(image: Image, tags: list[str], repository: Record) -> Params:
    """Return what DescribeImages shows of an image."""
    shown = {
        **names.about(repository),
        "imageDigest": image.digest,
        "imageTags": tags or None,
        "imageSizeInBytes": image.size or len(image.manifest.encode()),
        "imagePushedAt": image.pushed,
        "imageManifestMediaType": image.media_type,
        "artifactMediaType": image.artifact_type or None,
        "lastRecordedPullTime": image.pulled,
        "subjectManifestDigest": image.subject or None,
        "imageStatus": "ACTIVE",
    }
    return {member: value for member, value in shown.items() if value is not None}


def _page(ctx: Context, params: Params, repository: Record, show: Show) -> tuple[list[Params], Params]:
    """Return a page of entries, and the member that says where the next begins: an image, and how many of its entries were
    shown."""
    limit = params.get("maxResults", _PAGE)
    at, skip = pages.read(ctx, params) or ("", 0)
    page: list[Params] = []
    for digest, number, entry in _entries(ctx, params, repository, show, at):
        if digest == at and number < skip:
            continue
        if len(page) == limit:
            return page, pages.more(ctx, [digest, number])
        page.append(entry)
    return page, {}


def _entries(
    ctx: Context, params: Params, repository: Record, show: Show, at: str
) -> Iterator[tuple[str, int, Params]]:
    """Yield what is shown of each image from `at` on, with the digest of the image and the number of its entry."""
    images = rows.since(ctx.tx, repository.arn, at, _BATCH)
    while images:
        for image in images:
            tags = rows.tags(ctx.tx, repository.arn, image.digest)
            if _passes(params, tags):
                for number, entry in enumerate(show(image, tags, repository)):
                    yield image.digest, number, entry
        images = rows.after(ctx.tx, repository.arn, images[-1].digest, _BATCH)


def _passes(params: Params, tags: list[str]) -> bool:
    """Whether an image passes the filter of a request. All images are active: none is archived."""
    wanted = params.get("filter") or {}
    status = wanted.get("tagStatus", "ANY")
    if wanted.get("imageStatus", "ACTIVE") not in _ACTIVE:
        return False
    return status == "ANY" or (status == "TAGGED") == bool(tags)
