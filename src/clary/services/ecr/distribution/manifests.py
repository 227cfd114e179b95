"""Manifests of the protocol: read, put and deleted by tag or digest."""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane.sites import Visit
from clary.services.ecr.distribution import asking
from clary.services.ecr.distribution.places import PATH, Place
from clary.services.ecr.images import manifests
from clary.services.ecr.layers import digests
from clary.wire import Response

_TYPE = "content-type"


async def get(visit: Visit, place: Place) -> Response:
    """Return a manifest as it was pushed."""
    answer = await asking.ask(visit, "BatchGetImage", place.repository, {"imageIds": [_id(place.which)]})
    if not answer["images"]:
        raise AwsError("ImageNotFoundException", answer["failures"][0]["failureReason"], 404)
    image = answer["images"][0]
    body = image["imageManifest"].encode()
    headers = [
        (_TYPE, image["imageManifestMediaType"]),
        ("docker-content-digest", image["imageId"]["imageDigest"]),
        ("content-length", str(len(body))),
    ]
    return Response(200, headers, body)


async def put(visit: Visit, place: Place) -> Response:
    """Add a manifest under a tag or under its digest. What is there already is no error."""
    text = await _text(visit)
    digest, tag = digests.of(text.encode()), ""
    said = visit.request.headers.get(_TYPE, "").partition(";")[0].strip()
    asked = {"imageManifest": text} | ({"imageManifestMediaType": said} if said else {})
    if ":" in place.which:
        asked["imageDigest"] = place.which
    else:
        asked["imageTag"] = tag = place.which
    try:
        await asking.ask(visit, "PutImage", place.repository, asked, wrong="ManifestInvalid")
    except AwsError as error:
        if error.code != "ImageAlreadyExistsException":
            raise
    subject = manifests.parse(text, said).subject
    headers = [
        ("location", f"{PATH}/{place.repository}/manifests/{tag or digest}"),
        ("docker-content-digest", digest),
        ("content-length", "0"),
    ]
    return Response(201, headers + ([("oci-subject", subject)] if subject else []), b"")


async def _text(visit: Visit) -> str:
    """Return the body. Raise ManifestInvalid for one that is too large or no text."""
    body = visit.request.body
    parts, size = [body] if isinstance(body, bytes) else [], 0
    if not isinstance(body, bytes):
        async for part in body:
            parts.append(part)
            size += len(part)
            if size > manifests.LARGEST:
                break
    whole = b"".join(parts)
    if len(whole) > manifests.LARGEST:
        raise AwsError("ManifestInvalid", "Manifest is too large.", 413)
    try:
        return whole.decode()
    except UnicodeError:
        raise AwsError("ManifestInvalid", "Manifest is not UTF-8.", 400) from None


async def delete(visit: Visit, place: Place) -> Response:
    """Delete a tag, or an image with all of its tags."""
    answer = await asking.ask(visit, "BatchDeleteImage", place.repository, {"imageIds": [_id(place.which)]})
    for failure in answer["failures"]:
        code = failure["failureCode"]
        known = code == "ImageReferencedByManifestList"
        raise AwsError(code if known else "ImageNotFoundException", failure["failureReason"], 404)
    return Response(202, [("content-length", "0")], b"")


def _id(which: str) -> dict[str, str]:
    return {"imageDigest": which} if ":" in which else {"imageTag": which}
