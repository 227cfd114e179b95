"""Uploads whose bytes are nearly right: bodies in aws-chunked with trailers, and forms of browsers. Nothing is the platform's fault,
what is refused has changed nothing, and what is stored is what was sent."""

from __future__ import annotations

import re
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.inprocess import ENDPOINT
from tests.security.fuzz.harness import EXAMPLES, FUZZING
from tests.security.fuzz.s3.judging import changed_since, seen
from tests.security.matrix.world import World
from tests.security.signers import Sent, signed

_KINDS = (
    *["STREAMING-UNSIGNED-PAYLOAD-TRAILER"] * 6,
    *("STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
    *("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "STREAMING-", "UNSIGNED-PAYLOAD"),
)  # fmt: skip
_CHUNKS = (
    *(b"5\r\nhello\r\n", b"0\r\n", b"\r\n", b"\n", b"1\r\na\r\n", b"-1\r\n", b"+5\r\nhello\r\n", b"0x5\r\n", b"5 \r\nhello\r\n", b"FFFFFFFFFFFFFFFFF\r\n"),
    *(b"5;chunk-signature=" + b"0" * 64 + b"\r\nhello\r\n", b"0;chunk-signature=" + b"0" * 64 + b"\r\n", b";", b"5;a=b;c\r\nhello\r\n"),
    *(b"x-amz-checksum-crc32:NhCmhg==\r\n", b"x-amz-checksum-crc32:AAAAAA==\r\n", b"x-amz-checksum-sha256:a\r\n", b"x-amz-meta-a:b\r\n", b":\r\n"),
    *(b"x-amz-trailer-signature:" + b"0" * 64 + b"\r\n", b"content-length:9\r\n", b"\x00", b"\xff\r\n", b"host:a\r\n", b"X-AMZ-CHECKSUM-CRC32 : a\r\n"),
)  # fmt: skip
_CHUNKED_HEADERS: dict[str, tuple[str, ...]] = {
    "x-amz-decoded-content-length": ("5", "0", "10", "-1", "a", "99999999999999999999", ""),
    "x-amz-trailer": ("x-amz-checksum-crc32", "x-amz-checksum-crc32,x-amz-checksum-sha256", "x-amz-meta-a", "", "a b", "\xe4"),
    "x-amz-sdk-checksum-algorithm": ("CRC32", "SHA256", "MD4"),
    "content-encoding": ("aws-chunked", "aws-chunked,gzip", "gzip,aws-chunked", "", "aws-chunked,,"),
    "transfer-encoding": ("chunked",),
}  # fmt: skip
_FIELDS = (
    *("key", "acl", "tagging", "Content-Type", "success_action_status", "success_action_redirect", "x-amz-meta-a", "x-amz-storage-class"),
    *("x-amz-checksum-crc32", "x-amz-server-side-encryption", "x-amz-tagging", "bucket", "policy", "x-amz-date", "x-amz-signature"),
    *("x-amz-credential", "x-amz-algorithm", "x-amz-security-token", "AWSAccessKeyId", "signature", "x-ignore-a", "Expires", "Content-Length"),
    *("x-amz-website-redirect-location", "x-amz-object-lock-mode", "Content-Encoding", "host", "", "x-amz-copy-source", "x-amz-trailer"),
)  # fmt: skip
_FIELD_VALUES = (
    *("", "a", "${filename}", "a/${filename}/${filename}", "\r\nx: y", "\x00", "ä", "\U0001f600", "x" * 1100, "..", "/", "?a=b", "#", "%zz", "a b"),
    *("201", "999", "http://h/?a=b#c", "http://h\r\nx:y", "//", "javascript:a", "e30=", "AAAA", "W10=", "bnVsbA==", "eyJjb25kaXRpb25zIjogM30="),
    *("<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>", "<Tagging>", "<a/>", "a=b", "public-read", "GLACIER"),
    *("20260101T000000Z", "AKIA/20260101/us-east-1/s3/aws4_request", "///", "AWS4-HMAC-SHA256", "AAAAAA==", "AES256", "aws:kms", "gzip", "5"),
)  # fmt: skip
_CONDITIONS: tuple[Any, ...] = (
    *({"acl": "private"}, {"a": 1}, {"a": None}, {}, [], ["eq"], ["eq", "$key", "k"], ["starts-with", "$key", ""], ["content-length-range", 1, 3]),
    *(["content-length-range", "a", {}], ["content-length-range", -1, 10**40], ["starts-with", "key", ""], ["none", "$key", ""], [1, 2, 3], 7, "a"),
    *(["starts-with", "$x-amz-meta-a", ""], ["starts-with", "$Content-Type", "a,b"], ["eq", ["$key"], {}], {"key": ["k"]}, None),
)  # fmt: skip
_FORM_PIECES = (
    *(b"--bb\r\n", b"--bb--\r\n", b"\r\n", b"\r\n\r\n", b'Content-Disposition: form-data; name="key"\r\n\r\nx', b'name="file"', b"--", b"\x00"),
    *(b'Content-Disposition: form-data; name="file"; filename="a\\"b"\r\n\r\n', b"Content-Type: \xff\r\n", b'filename="' + b"x" * 2000, b"-", b"\xff"),
)  # fmt: skip
_TYPES = (
    *("multipart/form-data; boundary=bb", 'multipart/form-data; boundary="bb"', "multipart/form-data", "multipart/form-data; boundary="),
    *("multipart/form-data; boundary=\xe4", "MULTIPART/FORM-DATA;BOUNDARY=bb", "multipart/form-data; boundary=x; boundary=bb"),
)  # fmt: skip
_PIECE = re.compile(rb"--bb|\r\n|[^\r-]+|.", re.DOTALL)


def _judge(world: World, sent: Sent) -> int:
    """Return the status of an answer that is allowed."""
    before = seen(world)
    status, _, body = world.send(sent.method, ENDPOINT + sent.target, sent.headers, sent.body)
    event(f"{status} {(re.findall(rb'<Code>([^<]*)', body) or [b''])[0].decode()}")
    assert status < 500 or status == 501, body
    if status >= 400:
        assert not changed_since(world, before), body
    return status


def _signed_as(kind: str) -> type[SigV4Auth]:
    class Streaming(SigV4Auth):
        def payload(self, request: AWSRequest) -> str:
            return kind

        def _modify_request_before_signing(self, request: AWSRequest) -> None:
            super()._modify_request_before_signing(request)
            request.headers["X-Amz-Content-SHA256"] = kind

    return Streaming


_CHUNKED_BODIES = st.one_of(
    st.lists(st.sampled_from(_CHUNKS), max_size=6).map(b"".join),
    st.tuples(
        st.lists(st.sampled_from((b"5\r\nhello\r\n", b"1\r\na\r\n")), max_size=2), st.lists(st.sampled_from(_CHUNKS[10:]), max_size=2)
    ).map(lambda both: b"".join(both[0]) + b"0\r\n" + b"".join(both[1]) + b"\r\n"),
)  # fmt: skip


def test_a_body_in_chunks(world: World) -> None:
    pairs = [st.tuples(st.just(name), st.sampled_from(values)) for name, values in _CHUNKED_HEADERS.items()]
    headers = st.one_of(st.just({}), st.lists(st.one_of(*pairs), max_size=2).map(dict))

    @settings(FUZZING, max_examples=2 * EXAMPLES)
    @given(
        st.sampled_from(_KINDS),
        headers,
        _CHUNKED_BODIES,
        st.sampled_from(("/bucket/k", "/bucket/k?tagging", "/bucket?delete")),
    )
    def withstands(kind: str, given: dict[str, str], body: bytes, target: str) -> None:
        given = {"x-amz-decoded-content-length": "5", **given}
        method = "POST" if target.endswith("delete") else "PUT"
        sent = signed(_signed_as(kind), Sent(method, target, given, body))
        if _judge(world, sent) == 200 and target == "/bucket/k":
            size = world.client("s3").head_object(Bucket="bucket", Key="k")["ContentLength"]
            assert size == (
                int(given["x-amz-decoded-content-length"]) if kind != "UNSIGNED-PAYLOAD" else len(body)
            )

    withstands()


def _encoded(fields: dict[str, str], file: bytes) -> bytes:
    parts = [
        f'--bb\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = '--bb\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    return "".join([*parts, head]).encode() + file + b"\r\n--bb--\r\n"


def _damaged(body: bytes, edits: list[tuple[int, bytes]]) -> bytes:
    pieces = _PIECE.findall(body)
    for at, piece in edits:
        at %= len(pieces) + 1
        pieces[at : at + 1] = [piece]
    return b"".join(pieces)


def test_a_form(world: World) -> None:
    fields = st.dictionaries(st.sampled_from(_FIELDS), st.sampled_from(_FIELD_VALUES), max_size=2)
    edits = st.one_of(
        st.just([]), st.lists(st.tuples(st.integers(0, 300), st.sampled_from(_FORM_PIECES)), max_size=2)
    )
    conditions = st.one_of(st.just([]), st.lists(st.sampled_from(_CONDITIONS), max_size=2))
    signers = [world._session.create_client("s3", "us-east-1", aws_access_key_id=world.owner.key, aws_secret_access_key=world.owner.secret,
                                            config=Config(signature_version=version)) for version in ("s3v4", "s3")]  # fmt: skip

    @settings(FUZZING, max_examples=2 * EXAMPLES)
    @given(
        fields,
        fields,
        conditions,
        edits,
        st.sampled_from((*[_TYPES[0]] * 4, *_TYPES)),
        st.sampled_from(signers),
    )
    def withstands(
        announced: dict[str, str],
        late: dict[str, str],
        conditions: list[Any],
        edits: Any,
        kind: str,
        signer: Any,
    ) -> None:
        key = announced.pop("key", "k")
        let = [["starts-with", f"${name}", ""] for name in announced]
        asked = signer.generate_presigned_post("bucket", key, dict(announced), [*let, *conditions])["fields"]
        body = _damaged(_encoded({**asked, **late}, b"written"), edits)
        _judge(world, Sent("POST", "/bucket", {"content-type": kind}, body))

    withstands()
