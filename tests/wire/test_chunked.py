"""Bodies in aws-chunked. The signed example is the one of AWS's documentation ("Transferring payload in multiple
chunks", S3 API Reference), whose signatures are published."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.kernel import AwsError
from clary.wire import Request, chunked, sigv4

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
AWS_SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
AWS_CHUNKS = (
    (65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
    (1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
    (0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
)


async def pieces(body: bytes, size: int) -> AsyncIterator[bytes]:
    for at in range(0, len(body), size):
        yield body[at : at + size]


def request_of(kind: str, length: int, trailer: str = "") -> Request:
    headers = {"x-amz-content-sha256": kind, "x-amz-decoded-content-length": str(length)}
    return Request("PUT", "/b/k", "", {**headers, **({"x-amz-trailer": trailer} if trailer else {})})


def decoded(
    request: Request, body: bytes, size: int = 1000, signature: sigv4.Signature | None = None
) -> tuple[bytes, dict[str, str]]:
    key = None
    if signature is not None:
        key = sigv4.signing_key(SECRET, signature.date, signature.region, signature.service)

    async def read() -> tuple[bytes, dict[str, str]]:
        stream = chunked.decode(pieces(body, size), request, signature, key)
        return b"".join([part async for part in stream]), stream.trailers

    return asyncio.run(read())


def refusal(request: Request, body: bytes, signature: sigv4.Signature | None = None) -> AwsError:
    with pytest.raises(AwsError) as caught:
        decoded(request, body, signature=signature)
    return caught.value


# -------------------------------------------------------------------------------------------------------- signed


def seed(signature: str = AWS_SEED) -> sigv4.Signature:
    return sigv4.Signature(
        access_key_id="AKIAIOSFODNN7EXAMPLE",
        date="20130524",
        region="us-east-1",
        service="s3",
        signed_headers=("host",),
        signature=signature,
        amz_date="20130524T000000Z",
    )


def aws_example() -> bytes:
    chunks = (
        f"{size:x};chunk-signature={said}\r\n".encode() + b"a" * size + b"\r\n" for size, said in AWS_CHUNKS
    )
    return b"".join(chunks)


@pytest.mark.parametrize("size", [1, 7, 1000, 100_000])
def test_aws_s_own_example(size: int) -> None:
    data, trailers = decoded(request_of(chunked.SIGNED, 66560), aws_example(), size, seed())
    assert data == b"a" * 66560
    assert trailers == {}


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.replace(b"a\r\n", b"b\r\n", 1),
        lambda body: body.replace(b"0055627c", b"1055627c"),
        lambda body: body.replace(b"b6c6ea8a", b"c6c6ea8a"),
        lambda body: body.replace(
            b";chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497", b""
        ),
    ],
)
def test_a_chunk_that_is_not_as_signed(change: object) -> None:
    body = change(aws_example())  # type: ignore[operator]
    error = refusal(request_of(chunked.SIGNED, 66560), body, seed())
    assert (error.code, error.status) == ("SignatureDoesNotMatch", 403)


def test_another_seed() -> None:
    assert (
        refusal(request_of(chunked.SIGNED, 66560), aws_example(), seed("0" * 64)).code
        == "SignatureDoesNotMatch"
    )


def test_signed_chunks_want_a_signature() -> None:
    assert refusal(request_of(chunked.SIGNED, 66560), aws_example()).code == "AccessDenied"


def signed_body(data: bytes, trailers: dict[str, str]) -> bytes:
    """A body with signed trailers, made by the recipe of the documentation."""
    said = seed()
    key = sigv4.signing_key(SECRET, said.date, said.region, said.service)
    head = f"{said.amz_date}\n{said.scope}\n"
    empty = hashlib.sha256(b"").hexdigest()
    previous, out = said.signature, b""
    for chunk in (data, b""):
        text = f"AWS4-HMAC-SHA256-PAYLOAD\n{head}{previous}\n{empty}\n{hashlib.sha256(chunk).hexdigest()}"
        previous = hmac.digest(key, text.encode(), "sha256").hex()
        out += f"{len(chunk):x};chunk-signature={previous}\r\n".encode() + chunk + (b"\r\n" if chunk else b"")
    canonical = "".join(f"{name}:{value}\n" for name, value in sorted(trailers.items()))
    text = f"AWS4-HMAC-SHA256-TRAILER\n{head}{previous}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    trailers = {**trailers, "x-amz-trailer-signature": hmac.digest(key, text.encode(), "sha256").hex()}
    return out + "".join(f"{name}:{value}\r\n" for name, value in trailers.items()).encode() + b"\r\n"


def test_signed_trailers() -> None:
    body = signed_body(b"data", {"x-amz-checksum-crc32": "rfPzYw=="})
    request = request_of(chunked.SIGNED_TRAILER, 4, "x-amz-checksum-crc32")
    assert decoded(request, body, 3, seed()) == (b"data", {"x-amz-checksum-crc32": "rfPzYw=="})
    forged = body.replace(b"rfPzYw==", b"AAAAAA==")
    assert refusal(request, forged, seed()).code == "SignatureDoesNotMatch"


# ------------------------------------------------------------------------------------------------------ unsigned


def unsigned_body(data: bytes, size: int, trailer: str = "x-amz-checksum-crc32:AAAAAA==") -> bytes:
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    chunks = b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts)
    return chunks + b"0\r\n" + (trailer.encode() + b"\r\n" if trailer else b"") + b"\r\n"


@given(st.binary(max_size=300), st.integers(1, 100), st.integers(1, 100))
def test_whatever_pieces_it_comes_in(data: bytes, chunk: int, piece: int) -> None:
    request = request_of(chunked.UNSIGNED_TRAILER, len(data), "x-amz-checksum-crc32")
    expected = (data, {"x-amz-checksum-crc32": "AAAAAA=="})
    assert decoded(request, unsigned_body(data, chunk), piece) == expected


def test_trailers_may_be_none() -> None:
    request = request_of(chunked.UNSIGNED_TRAILER, 4)
    assert decoded(request, unsigned_body(b"data", 4, "")) == (b"data", {})
    assert decoded(request, b"4\r\ndata\r\n0\r\n") == (b"data", {})


@pytest.mark.parametrize("cut", range(1, 30))
def test_a_body_cut_short(cut: int) -> None:
    body = unsigned_body(b"data" * 4, 8)
    request = request_of(chunked.UNSIGNED_TRAILER, 16, "x-amz-checksum-crc32")
    assert refusal(request, body[: -cut - 2]).code in ("IncompleteBody", "MalformedTrailerError")


@pytest.mark.parametrize(
    "body",
    [
        b"nonsense\r\n",
        b"-4\r\ndata\r\n0\r\n\r\n",
        b"4\r\ndataX\r\n0\r\n\r\n",
        b"5\r\ndata!\r\n0\r\n\r\n",
        b"3\r\ndat\r\n0\r\n\r\n",
        b"f" * 40 + b"\r\n",
        b"4;" + b"x" * 20_000 + b"\r\n",
        b"4" * 20_000,
        b"",
    ],
)
def test_framing_that_is_refused(body: bytes) -> None:
    error = refusal(request_of(chunked.UNSIGNED_TRAILER, 4), body)
    assert (error.code, error.message) == ("IncompleteBody", "The request body terminated unexpectedly")


@pytest.mark.parametrize(
    "trailer",
    [
        "",
        "x-amz-checksum-sha256:AAAA",
        "nonsense",
        "x-amz-checksum-crc32:A\r\nx-more:b",
        "\r\n".join(["a:b"] * 50),
    ],
)
def test_trailers_other_than_announced(trailer: str) -> None:
    request = request_of(chunked.UNSIGNED_TRAILER, 4, "x-amz-checksum-crc32")
    assert refusal(request, unsigned_body(b"data", 4, trailer)).code == "MalformedTrailerError"


def test_the_length_must_be_told() -> None:
    request = Request("PUT", "/b/k", "", {"x-amz-content-sha256": chunked.UNSIGNED_TRAILER})
    error = refusal(request, b"")
    assert (error.code, error.status) == ("MissingContentLength", 411)


def test_other_forms_are_not_there() -> None:
    assert refusal(request_of("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", 0), b"").code == "NotImplemented"
    assert chunked.is_chunked(request_of(chunked.SIGNED, 1))
    assert not chunked.is_chunked(Request("PUT", "/b/k", "", {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}))
