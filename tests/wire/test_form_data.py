"""Forms as they arrive. The grammar is RFC 7578's; the limit is of "POST Object" (S3 API Reference)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from clary.kernel import AwsError
from clary.wire import Request, form_data

FORM = (
    b'--xx\r\nContent-Disposition: form-data; name="Key"\r\n\r\na/${filename}\r\n'
    b'--xx\r\nContent-Disposition: form-data; name="file"; filename="C:\\dir\\n.txt"\r\n'
    b"Content-Type: text/plain\r\n\r\nline\r\n--x\r\nend\r\n--xx--\r\n"
)


def read(body: bytes, size: int, content_type: str = "multipart/form-data; boundary=xx"):
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), size):
            yield body[start : start + size]

    async def all_of_it():
        form = await form_data.read(Request("POST", "/b", "", {"content-type": content_type}, pieces()))
        return form.fields, form.filename, b"".join([part async for part in form.file])

    return asyncio.run(all_of_it())


@pytest.mark.parametrize("size", [1, 2, 7, 64, 10_000])
def test_pieces_of_any_size(size):
    assert read(FORM, size) == ({"key": "a/${filename}"}, "n.txt", b"line\r\n--x\r\nend")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "MalformedPOSTRequest"),
        (FORM[:-8], "MalformedPOSTRequest"),
        (b"--xx--\r\n", "InvalidArgument"),
        (FORM.replace(b"name=", b"title="), "MalformedPOSTRequest"),
        (FORM.replace(b"a/$", b"a" * 30_000 + b"$"), "MaxPostPreDataLengthExceeded"),
    ],
)
def test_what_is_no_form(body, code):
    with pytest.raises(AwsError) as refusal:
        read(body, 64)
    assert refusal.value.code == code


def test_a_form_without_a_boundary():
    with pytest.raises(AwsError):
        read(FORM, 64, "multipart/form-data")
