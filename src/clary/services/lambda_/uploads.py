"""Where an archive comes from, a request or S3, and that it becomes a blob."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.lambda_ import archives
from clary.services.lambda_.errors import invalid
from clary.wire import FileSpan

Params = dict[str, Any]
_DIRECT = 70_167_211  # bytes of a request with an archive in it, as the real service says
_OF_ZIP = 50 << 20  # "50 MB (zipped, when uploaded through the Lambda API or SDKs)"


@dataclass(frozen=True, slots=True)
class Upload:
    """An archive that is stored: SHA-256 (hex), blob, bytes."""

    sha256: str
    place: str
    size: int


async def archive_of(ctx: Context, code: Params) -> bytes:
    """Return the archive that `Code` or `Content` names. Raise InvalidParameterValue, or what S3 refuses as Lambda says it."""
    if code.get("ZipFile") is not None:
        data = code["ZipFile"]
        if len(data) > _OF_ZIP:
            said = f"Request must be smaller than {_DIRECT} bytes for the {ctx.op.name} operation"
            raise AwsError("RequestEntityTooLargeException", said, 413)
    elif code.get("S3Bucket") and code.get("S3Key"):
        data = await _from_s3(ctx, code)
    else:
        raise invalid("Please provide a source for function code.")
    await asyncio.to_thread(archives.check, data)
    return data


async def store(ctx: Context, data: bytes) -> Upload:
    """Store an archive as a blob. A row has to name it within a day, or it goes."""
    sha256 = await asyncio.to_thread(archives.digest, data)
    blob = await ctx.platform.objects.put(data)
    return Upload(sha256, blob.key, len(data))


async def _from_s3(ctx: Context, code: Params) -> bytes:
    wanted = {"Bucket": code["S3Bucket"], "Key": code["S3Key"]}
    if code.get("S3ObjectVersion"):
        wanted["VersionId"] = code["S3ObjectVersion"]
    try:
        found = await ctx.acall("s3", "GetObject", wanted)
    except AwsError as error:
        raise _refused(error) from None
    if found.get("ContentLength", 0) > archives.UNZIPPED:
        raise invalid(f"Unzipped size must be smaller than {archives.UNZIPPED} bytes")
    return await _whole(found["Body"])


def _refused(error: AwsError) -> AwsError:
    said = f"S3 Error Code: {error.code}. S3 Error Message: {error.message}"
    if error.status == 403:
        return AwsError("AccessDeniedException", f"Your access has been denied by S3. {said}", 403)
    return invalid(f"Error occurred while GetObject. {said}")


async def _whole(body: bytes | FileSpan | AsyncIterator[bytes]) -> bytes:
    if isinstance(body, bytes):
        return body
    if isinstance(body, FileSpan):
        return await asyncio.to_thread(_span, body)
    return b"".join([part async for part in body])


def _span(span: FileSpan) -> bytes:
    with open(span.path, "rb") as file:
        file.seek(span.start)
        return file.read(span.length)
