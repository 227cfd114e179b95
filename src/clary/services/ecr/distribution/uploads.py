"""Uploads of the protocol: whole, in chunks, gone on with, cancelled, or mounted from another repository.

A chunk that does not arrive whole leaves nothing: the client asks how far the upload got and goes on there.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator

from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.sites import Visit
from clary.services.ecr.distribution import asking, mounting
from clary.services.ecr.distribution.places import PATH, Place
from clary.services.ecr.layers import completing, digests, uploads
from clary.services.ecr.layers.upload_rows import Upload
from clary.wire import Response

_SPAN = re.compile(r"(?:bytes[ =])?(\d{1,18})-(\d{1,18})(?:/.*)?", re.ASCII)


async def post(visit: Visit, place: Place) -> Response:
    """Begin an upload; with `digest` make the whole of it of the body, with `mount` take over a layer."""
    query = dict(visit.query)
    if query.get("mount") and await mounting.mount(
        visit, place.repository, query["mount"], query.get("from", "")
    ):
        return _created(place.repository, query["mount"])
    begun = await asking.ask(visit, "InitiateLayerUpload", place.repository, {})
    upload = Upload(begun["uploadId"], "", 0)
    if query.get("digest"):
        return await put(visit, place._replace(which=upload.id))
    return Response(202, _about(place.repository, upload), b"")


async def status(visit: Visit, place: Place) -> Response:
    """Say how far an upload got."""
    ctx = await asking.allowed(visit, "UploadLayerPart", place.repository)
    upload = await _upload(ctx, place)
    return Response(204, _about(place.repository, upload), b"")


async def patch(visit: Visit, place: Place) -> Response:
    """Add the body to an upload."""
    ctx = await asking.allowed(visit, "UploadLayerPart", place.repository)
    upload = await _appended(visit, ctx, place, await _upload(ctx, place))
    return Response(202, _about(place.repository, upload), b"")


async def put(visit: Visit, place: Place) -> Response:
    """Add the body, if there is one, and make a layer of the upload."""
    digest = dict(visit.query).get("digest", "")
    if not digests.is_digest(digest):
        raise AwsError("DigestInvalid", "The digest is not a sha256 digest.", 400)
    ctx = await asking.allowed(visit, "CompleteLayerUpload", place.repository)
    upload = await _upload(ctx, place)
    if _has_body(visit):
        await asking.allowed(visit, "UploadLayerPart", place.repository)
        upload = await _appended(visit, ctx, place, upload)
    await completing.complete(ctx, upload, digest)
    return _created(place.repository, digest)


async def delete(visit: Visit, place: Place) -> Response:
    """Cancel an upload."""
    ctx = await asking.allowed(visit, "UploadLayerPart", place.repository)
    await uploads.cancel(ctx, await _upload(ctx, place))
    return Response(204, [], b"")


async def _upload(ctx: Context, place: Place) -> Upload:
    if not place.which:
        raise AwsError("Unsupported", "The operation is unsupported.", 405)
    return await uploads.find(ctx, place.repository, place.which)


def _has_body(visit: Visit) -> bool:
    body = visit.request.body
    return bool(body) if isinstance(body, bytes) else True


async def _appended(visit: Visit, ctx: Context, place: Place, upload: Upload) -> Upload:
    """Add the body of a visit. Raise RangeInvalid for a chunk that does not follow the last, SizeInvalid for one that has
    another size than said."""
    said = visit.request.headers.get("content-range", "")
    length = _length(visit)
    if said:
        found = _SPAN.fullmatch(said.strip())
        if found is None:
            raise AwsError("RangeInvalid", "The Content-Range is not one.", 416)
        if int(found[1]) != upload.size:
            raise _out_of_order(place, upload)
        length = int(found[2]) - int(found[1]) + 1
    return await uploads.append(ctx, place.repository, upload, _held(visit.request.body, length))


def _out_of_order(place: Place, upload: Upload) -> AwsError:
    headers = dict(_about(place.repository, upload))
    return AwsError("RangeInvalid", "The chunk does not follow the last one.", 416, headers=headers)


def _length(visit: Visit) -> int | None:
    said = visit.request.headers.get("content-length", "")
    return int(said) if said.isdecimal() and len(said) < 19 else None


async def _held(body: bytes | AsyncIterable[bytes], length: int | None) -> AsyncIterator[bytes]:
    """Yield a body; raise SizeInvalid where it ends before or after the length that was said."""
    size = 0
    if isinstance(body, bytes):
        size = len(body)
        yield body
    else:
        async for part in body:
            size += len(part)
            yield part
    if length is not None and size != length:
        raise AwsError("SizeInvalid", "The body has another length than said.", 400)


def _about(repository: str, upload: Upload) -> list[tuple[str, str]]:
    """Return the headers that say where an upload goes on."""
    return [
        ("location", f"{PATH}/{repository}/blobs/uploads/{upload.id}"),
        ("range", f"0-{max(0, upload.size - 1)}"),
        ("docker-upload-uuid", upload.id),
        ("content-length", "0"),
    ]


def _created(repository: str, digest: str) -> Response:
    headers = [
        ("location", f"{PATH}/{repository}/blobs/{digest}"),
        ("docker-content-digest", digest),
        ("content-length", "0"),
    ]
    return Response(201, headers, b"")
