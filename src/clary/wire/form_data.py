"""Bodies of the type multipart/form-data with one file, read as they arrive: the fields first, then the file as a stream.

What comes before the file is bounded and kept; of the file no more than what arrived. Fields after the file are not read.
Source: RFC 7578, and "POST Object" (S3 API Reference).
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator
from typing import NamedTuple

from clary.kernel import AwsError
from clary.wire.http import Request

FIELDS_LIMIT = (
    20 << 10
)  # bytes of all that precedes the file: "the form data … can be up to 20 KB" (POST Object)
_TYPE = "multipart/form-data"
_BOUNDARY = re.compile(r'boundary="?([^";,]{1,200})"?', re.IGNORECASE)
_NAME = re.compile(r'(?<![a-z])name="([^"]*)"', re.IGNORECASE)
_FILENAME = re.compile(r'filename="((?:[^"\\]|\\.)*)"', re.IGNORECASE)


class Form(NamedTuple):
    """A form: its fields by lower-case names, the name of the file as the client gave it, and the file's bytes."""

    fields: dict[str, str]
    filename: str
    file: AsyncIterator[bytes]


def is_form(request: Request) -> bool:
    return request.method == "POST" and request.headers.get("content-type", "").lower().startswith(_TYPE)


def other_type() -> AwsError:
    """Return the error for a POST to a bucket that is no form (recorded: `test_post_object_with_wrong_content_type`)."""
    message = "At least one of the pre-conditions you specified did not hold"
    condition = f"Bucket POST must be of the enclosure-type {_TYPE}"
    return AwsError("PreconditionFailed", message, 412, {"Condition": condition})


async def read(request: Request) -> Form:
    """Read the fields up to the file. Raise AwsError for a body that is no such form, or has no file."""
    found = _BOUNDARY.search(request.headers.get("content-type", ""))
    if found is None:
        raise _malformed()
    source = _Source(_parts(request.body), b"\r\n--" + found[1].encode("latin-1"))
    fields: dict[str, str] = {}
    await source.skip_preamble()
    while head := await source.head():
        name = _field_name(head)
        if name == "file":
            named = _FILENAME.search(head)
            return Form(fields, named[1].rpartition("\\")[2] if named else "", source.content())
        fields[name] = (await source.field()).decode("utf-8", "replace")
    raise AwsError(
        "InvalidArgument",
        "POST requires exactly one file upload per request.",
        400,
        {"ArgumentName": "file", "ArgumentValue": "0"},
    )


def _field_name(head: str) -> str:
    found = _NAME.search(head)
    if found is None:
        raise _malformed()
    return found[1].lower()


async def _parts(body: bytes | AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    if isinstance(body, bytes):
        yield body
        return
    async for part in body:
        yield part


class _Source:
    """The bytes of a body, of which those that were read ahead are kept."""

    def __init__(self, parts: AsyncIterator[bytes], mark: bytes) -> None:
        self._parts = parts
        self._mark = mark
        self._kept = b"\r\n"  # so that the first boundary, at the very beginning, is one as well
        self._before = 0  # bytes that preceded the file

    async def _more(self) -> None:
        """Read on. Raise at the end of the body, and once too much precedes the file."""
        part = await anext(self._parts, None)
        if part is None:
            raise _malformed()
        self._kept += part

    async def _until(self, mark: bytes) -> bytes:
        """Return what precedes a mark and go behind it, within what may precede the file."""
        seen = 0
        while (place := self._kept.find(mark, max(0, seen - len(mark)))) < 0:
            seen = len(self._kept)
            if self._before + seen > FIELDS_LIMIT + len(mark):
                raise _too_much()
            await self._more()
        found, self._kept = self._kept[:place], self._kept[place + len(mark) :]
        self._before += place
        if self._before > FIELDS_LIMIT:
            raise _too_much()
        return found

    async def skip_preamble(self) -> None:
        await self._until(self._mark)

    async def head(self) -> str:
        """Return the headers of the next part, '' behind the last."""
        while len(self._kept) < 2:
            await self._more()
        if self._kept.startswith(b"--"):
            return ""
        return (await self._until(b"\r\n\r\n")).decode("utf-8", "replace")

    async def field(self) -> bytes:
        return await self._until(self._mark)

    async def content(self) -> AsyncIterator[bytes]:
        """Yield the bytes up to the next boundary, then read the rest of the body and drop it."""
        overlap = len(self._mark) - 1
        while (place := self._kept.find(self._mark)) < 0:
            if len(self._kept) > overlap:
                yield self._kept[:-overlap]
                self._kept = self._kept[-overlap:]
            await self._more()
        if place:
            yield self._kept[:place]
        async for _ in self._parts:
            pass


def _malformed() -> AwsError:
    message = "The body of your POST request is not well-formed multipart/form-data."
    return AwsError("MalformedPOSTRequest", message)


def _too_much() -> AwsError:
    message = "Your POST request fields preceding the upload file were too large."
    return AwsError(
        "MaxPostPreDataLengthExceeded", message, 400, {"MaxPostPreDataLengthBytes": str(FIELDS_LIMIT)}
    )
