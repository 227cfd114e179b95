"""What a request may cost before it is known whose it is, and how large its document may be."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import zlib
from base64 import b64encode
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest

from clary.server import documents
from clary.server.http.body import Body
from clary.wire import Request
from clary.wire.parse import body as packed_bodies
from tests.inprocess import InProcess
from tests.security.documents.sending import LIST_MODELS, MB, PUT_METRICS, form, json
from tests.security.signers import Sent, by_header
from tests.support.principals import policy

PACKED = {"Content-Encoding": "gzip"}
LIST_USERS = b"Action=ListUsers&Version=2010-05-08"
CBOR = Sent(
    target="/service/GraniteServiceVersion20100801/operation/ListMetrics",
    headers={"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"},
    body=b"\xa0",
)


# --------------------------------------------------------------------------------------- nothing before its turn


@pytest.fixture
def unpacked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the bodies that were unpacked."""
    seen: list[int] = []

    class Unpacker:
        def __init__(self, wbits: int) -> None:
            self._inner = zlib.decompressobj(wbits=wbits)

        def decompress(self, data: bytes, most: int) -> bytes:
            seen.append(len(data))
            return self._inner.decompress(data, most)

        @property
        def eof(self) -> bool:
            return self._inner.eof

    fake = SimpleNamespace(decompressobj=Unpacker, error=zlib.error)
    monkeypatch.setattr(packed_bodies, "zlib", fake)
    return seen


@pytest.mark.parametrize(
    ("service", "sent"),
    [
        ("iam", form(gzip.compress(LIST_USERS), Content_Encoding="gzip")),
        ("sagemaker", json(LIST_MODELS, gzip.compress(b"{}"), Content_Encoding="gzip")),
        ("monitoring", CBOR.evolve(headers=CBOR.headers | PACKED, body=gzip.compress(CBOR.body))),
    ],
    ids=["query", "json", "cbor"],
)
def test_nothing_is_unpacked_before_the_signature_holds(
    app: InProcess, unpacked: list[int], service: str, sent: Sent
) -> None:
    good = by_header(sent, service)
    for bad in (
        sent,
        by_header(sent, service, secret="wrong"),
        by_header(sent, service, key="AKIANOBODYNOBODYNOBO"),
        by_header(sent, service, token="a token that nobody gave"),
        by_header(sent, service, region="nowhere"),
        by_header(sent, "s3"),
        good.evolve(body=gzip.compress(b"another")),
        good.with_headers(Authorization="AWS4-HMAC-SHA256 nonsense"),
        good.evolve(target=good.target + "?X-Amz-Algorithm=AWS4-HMAC-SHA256"),
    ):
        assert bad.send(app)[0] >= 400
        assert unpacked == []
    assert good.send(app) == (200, "")
    assert unpacked == [len(good.body)]


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The XML documents that were parsed."""
    seen: list[bytes] = []
    parse = ElementTree.fromstring

    def counted(text: bytes, parser: Any) -> Any:
        seen.append(text)
        return parse(text, parser)

    monkeypatch.setattr(
        ElementTree, "fromstring", counted
    )  # imported by clary.wire.parse.xml when it is needed
    return seen


DOCUMENTS = [
    Sent("POST", "/bucket?delete"),
    Sent("PUT", "/bucket?tagging"),
    Sent("PUT", "/bucket?policy"),
    Sent("PUT", "/bucket?cors"),
    Sent("PUT", "/bucket/key?tagging"),
    Sent("POST", "/bucket/key?uploadId=1"),
    Sent("PUT", "/nobodys"),
]
DELETE = b"<Delete><Object><Key>key</Key></Object></Delete>"


def grant(s3: Any, actions: str | list[str]) -> None:
    s3.delete_public_access_block(Bucket="bucket")
    resources = ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]
    allow = {"Effect": "Allow", "Principal": "*", "Action": actions, "Resource": resources}
    s3.put_bucket_policy(Bucket="bucket", Policy=policy(allow))


@pytest.mark.parametrize(
    "public", [None, "s3:GetObject", ["s3:GetObject", "s3:ListBucket", "s3:PutObjectAcl"]]
)
@pytest.mark.parametrize("size", [1, 900], ids=["small", "large"])
def test_nobody_has_a_document_read_that_could_not_be_theirs_to_send(
    app: InProcess, s3: Any, parsed: list[bytes], public: Any, size: int
) -> None:
    if public:
        grant(s3, public)
    for sent in DOCUMENTS:
        document = b"<Delete>" + b"<a/>" * (size * 256) + b"</Delete>"
        assert sent.evolve(body=document).send(app) == (403, "AccessDenied")
    assert parsed == []


def test_what_a_policy_lets_everybody_do_is_read(app: InProcess, s3: Any, parsed: list[bytes]) -> None:
    s3.put_object(Bucket="bucket", Key="key", Body=b"x")
    grant(s3, "s3:DeleteObject")
    sums = {"Content-MD5": b64encode(hashlib.md5(DELETE).digest()).decode()}
    assert Sent("POST", "/bucket?delete", sums, DELETE).send(app) == (200, "")
    assert s3.list_objects_v2(Bucket="bucket")["KeyCount"] == 0
    parsed.clear()
    assert Sent("PUT", "/bucket?tagging", {}, b"<a/>").send(app) == (403, "AccessDenied")
    assert parsed == []


# ----------------------------------------------------------------------------------------------------- how large

XML_TOO_LARGE = (400, "MaxMessageLengthExceeded")
QUERY_TOO_LARGE = (413, "RequestEntityTooLarge")
TOO_LARGE = (413, "RequestEntityTooLargeException")


@pytest.mark.parametrize(
    ("service", "sent", "limit", "refused"),
    [
        ("s3", Sent("PUT", "/bucket?tagging"), MB, XML_TOO_LARGE),
        ("s3", Sent("POST", "/bucket?delete"), 2 * MB, XML_TOO_LARGE),
        ("s3", Sent("POST", "/bucket/key?uploadId=1"), 4 * MB, XML_TOO_LARGE),
        ("iam", form(LIST_USERS + b"&a="), MB, QUERY_TOO_LARGE),
        ("sts", form(b"Action=GetCallerIdentity&Version=2011-06-15&a="), MB, QUERY_TOO_LARGE),
        ("sagemaker", json(LIST_MODELS), 6 * MB, TOO_LARGE),
        ("logs", json("Logs_20140328.DescribeLogGroups"), 6 * MB, TOO_LARGE),
        ("monitoring", CBOR, 6 * MB, TOO_LARGE),
        ("monitoring", json(PUT_METRICS, b""), MB, TOO_LARGE),
        ("sagemaker", Sent(target="/endpoints/e/invocations"), 25 * MB, TOO_LARGE),
    ],
    ids=["s3", "delete", "complete", "iam", "sts", "sagemaker", "logs", "cbor", "metrics", "invoke"],
)
def test_a_body_has_a_limit(
    app: InProcess, s3: Any, service: str, sent: Sent, limit: int, refused: tuple[int, str]
) -> None:
    at_limit = sent.evolve(body=sent.body + b" " * (limit - len(sent.body)))
    assert by_header(at_limit, service).send(app) != refused
    above = sent.evolve(body=sent.body + b" " * (limit - len(sent.body) + 1))
    assert by_header(above, service).send(app) == refused


@pytest.mark.parametrize(
    ("service", "sent", "limit", "refused"),
    [
        ("sagemaker", json(LIST_MODELS), 6 * MB, TOO_LARGE),
        ("monitoring", json(PUT_METRICS, b""), 6 * MB, TOO_LARGE),
        ("monitoring", CBOR, 6 * MB, TOO_LARGE),
        ("monitoring", form(b"Action=PutMetricData&Version=2010-08-01&a="), 6 * MB, QUERY_TOO_LARGE),
        ("monitoring", form(b"Action=ListMetrics&Version=2010-08-01&a="), MB, QUERY_TOO_LARGE),
        ("iam", form(LIST_USERS + b"&a="), MB, QUERY_TOO_LARGE),
    ],
)
def test_and_another_one_unpacked(
    app: InProcess, service: str, sent: Sent, limit: int, refused: tuple[int, str]
) -> None:
    sent = sent.evolve(headers={**sent.headers, **PACKED})
    at_limit = sent.evolve(body=gzip.compress(sent.body + b" " * (limit - len(sent.body))))
    assert by_header(at_limit, service).send(app) != refused
    above = sent.evolve(body=gzip.compress(sent.body + b" " * (limit - len(sent.body) + 1)))
    assert by_header(above, service).send(app) == refused


def test_s3_unpacks_no_document(app: InProcess, s3: Any, unpacked: list[int]) -> None:
    sent = Sent("PUT", "/bucket?tagging", PACKED, gzip.compress(b"<Tagging><TagSet/></Tagging>"))
    assert by_header(sent).send(app) == (400, "MalformedXML")
    assert unpacked == []


class NotRead(Body):
    """A body that nobody is to ask for."""

    def __init__(self) -> None:
        super().__init__(None)  # type: ignore[arg-type]

    async def __anext__(self) -> bytes:
        raise AssertionError("the body was read")


@pytest.mark.parametrize(
    ("service", "sent", "length", "status"),
    [
        ("s3", Sent("PUT", "/bucket?tagging"), MB + 1, 400),
        ("s3", Sent("POST", "/bucket?delete"), 2 * MB + 1, 400),
        ("iam", form(b""), MB + 1, 413),
        ("sagemaker", json(LIST_MODELS), 6 * MB + 1, 413),
        ("sagemaker", Sent(target="/endpoints/e/invocations"), 25 * MB + 1, 413),
        ("lambda", json(LIST_MODELS), MB + 1, 413),
    ],
)
def test_a_length_that_is_too_large_is_enough(
    app: InProcess, s3: Any, service: str, sent: Sent, length: int, status: int
) -> None:
    """The body is neither read nor waited for, whatever the signature; without one, it is not even that."""
    request = by_header(sent, service) if service != "s3" else signed_without_body(sent)
    assert answered(app, request, length) == status
    assert answered(app, sent, length) in (400, 403, 404)


def signed_without_body(sent: Sent) -> Sent:
    """S3 verifies what the client says of its body before there is one."""
    return by_header(sent.evolve(headers={**sent.headers, "X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}))


def answered(app: InProcess, sent: Sent, length: int) -> int:
    path, _, query = sent.target.partition("?")
    headers = {name.lower(): value for name, value in sent.headers.items()}
    headers |= {"host": "127.0.0.1:4566", "content-length": str(length)}
    request = Request(sent.method, path, query, headers, NotRead())
    return app.loop.run(app.gateway.answer(request, request.body)).status


def test_large_and_packed_documents_are_parsed_beside_the_loop(
    app: InProcess, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[Any] = []

    async def to_thread(work: Callable[[], Any]) -> Any:
        moved.append(work)
        return await asyncio.get_running_loop().run_in_executor(None, work)

    monkeypatch.setattr(documents, "asyncio", SimpleNamespace(to_thread=to_thread))
    large = b" " * documents.SMALL
    for sent, service, expected in (
        (json(LIST_MODELS), "sagemaker", 0),
        (json(LIST_MODELS, large + b"{}"), "sagemaker", 1),
        (json(LIST_MODELS, gzip.compress(b"{}"), Content_Encoding="gzip"), "sagemaker", 1),
        (form(LIST_USERS + b"&a=" + large), "iam", 1),
        (form(gzip.compress(LIST_USERS), Content_Encoding="gzip"), "iam", 1),
        (Sent("PUT", "/bucket?tagging", {}, b"<Tagging><TagSet/>" + large + b"</Tagging>"), "s3", 1),
        (Sent("PUT", "/bucket/key", {}, large + b"x"), "s3", 0),
        (Sent(target="/endpoints/e/invocations", body=large + b"x"), "sagemaker", 0),
    ):
        moved.clear()
        assert by_header(sent, service).send(app)[0] < 500
        assert len(moved) == expected, sent.target
