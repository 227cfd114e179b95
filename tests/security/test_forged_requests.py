"""A signature is good for the one request that it was made for. Every request here was signed by somebody who may do
all, so that nothing but the signature keeps a changed one from being done.

Sources: "Create a signed AWS API request" and "Troubleshoot Signature Version 4" (IAM User Guide), "Authenticating
Requests: Using the Authorization Header / Query Parameters" and "Error responses" (S3 API Reference), RESTAuthentication.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.inprocess import Loop
from tests.security.forging import Sent, by_header, by_url
from tests.security.matrix.callers import Caller
from tests.security.matrix.inputs import s3 as s3_inputs
from tests.security.matrix.snapshot import change
from tests.security.matrix.world import MARKER, World

Change = Callable[[Sent], Sent]
Made = Callable[[Caller], Sent]
FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/x-amz-json-1.1"}

# What says that a request is not accepted as signed, in all the words that AWS has for it.
UNSIGNED = {
    "AccessDenied", "AuthorizationHeaderMalformed", "AuthorizationQueryParametersError", "IncompleteSignature",
    "IncompleteSignatureException", "InvalidAccessKeyId", "InvalidArgument", "InvalidClientTokenId", "InvalidRequest",
    "InvalidSignatureException", "InvalidToken", "MissingAuthenticationToken", "MissingAuthenticationTokenException",
    "RequestTimeTooSkewed", "SignatureDoesNotMatch", "UnrecognizedClientException", "XAmzContentSHA256Mismatch",
}  # fmt: skip
# What says that a request is for no operation, whatever its signature.
UNROUTED = {
    "InvalidAction", "MethodNotAllowed", "MissingAction", "NotImplemented", "UnknownOperationException"
}  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, loop: Loop) -> Iterator[World]:
    """A bucket `bucket-1` with `secret`, whose bytes are the marker."""
    world = World("s3", tmp_path_factory.mktemp("w"), loop)
    assert s3_inputs.the_bucket(world) == "bucket-1"
    yield world
    world.close()


def refuse(world: World, forged: Sent) -> None:
    before = world.observer.state()
    status, code, body = forged.by(world)
    assert status in (400, 403, 405, 501), (status, code, body)
    assert code in UNSIGNED | UNROUTED or (forged.method == "HEAD" and not body), (status, code, body)
    assert MARKER.encode() not in body
    assert not change(before, world.observer.state())


def accept(world: World, request: Sent) -> None:
    status, code, body = request.by(world)
    assert status == 200, (status, code, body)


# a request that reads, signed by its header ----------------------------------------------------------------------

READ: dict[str, Change] = {
    "method DELETE": lambda s: s.but(method="DELETE"),
    "method HEAD": lambda s: s.but(method="HEAD"),
    "method PUT": lambda s: s.but(method="PUT"),
    "other key": lambda s: s.but(target="/bucket-1/other"),
    "two slashes first": lambda s: s.but(target="//bucket-1/secret"),
    "two slashes within": lambda s: s.but(target="/bucket-1//secret"),
    "dot first": lambda s: s.but(target="/./bucket-1/secret"),
    "dot within": lambda s: s.but(target="/bucket-1/./secret"),
    "dots within": lambda s: s.but(target="/bucket-1/x/../secret"),
    "encoded dots": lambda s: s.but(target="/bucket-1/x/%2e%2e/secret"),
    "slash at the end": lambda s: s.but(target="/bucket-1/secret/"),
    "semicolon": lambda s: s.but(target="/bucket-1/secret;x"),
    "backslash": lambda s: s.but(target="/bucket-1\\secret"),
    "NUL": lambda s: s.but(target="/bucket-1/secret%00"),
    "encoded twice": lambda s: s.but(target="/bucket-1/%2573ecret"),
    "capitals": lambda s: s.but(target="/Bucket-1/secret"),
    "sub-resource acl": lambda s: s.asking("acl"),
    "sub-resource tagging": lambda s: s.asking("tagging"),
    "sub-resource uploads": lambda s: s.asking("uploads").but(method="POST"),
    "version": lambda s: s.asking("versionId=null"),
    "content type of the answer": lambda s: s.asking("response-content-type=text/html"),
    "any parameter": lambda s: s.asking("x=y"),
    "another host": lambda s: s.having(host="elsewhere:4566"),
    "bucket in the host": lambda s: s.having(host="bucket-1.localhost:4566").but(target="/secret"),
    "unsigned x-amz header": lambda s: s.having(x_amz_request_payer="requester"),
    "unsigned header with a token": lambda s: s.having(x_amz_security_token="x"),
    "last digit": lambda s: s.authorized("(.)$", lambda m: "0" if m[1] != "0" else "1"),  # type: ignore[arg-type]
    "no signature": lambda s: s.authorized("Signature=.*", "Signature="),
    "capitals in the signature": lambda s: s.authorized("Signature=.*", lambda m: m[0].upper()),  # type: ignore[arg-type]
    "date a second later": lambda s: s.having(x_amz_date=_later(s)),
    "no date": lambda s: s.having(x_amz_date=None),
    "two dates": lambda s: s.having(x_amz_date=f"{s.headers['x-amz-date']},{_later(s)}"),
    "date in another form": lambda s: s.having(x_amz_date="2030-01-01T00:00:00Z"),
    "no such day": lambda s: s.having(x_amz_date="20300230T000000Z"),
    "scope of another day": lambda s: s.authorized(r"/\d{8}/", "/20200101/"),
    "scope of another region": lambda s: s.authorized("/us-east-1/", "/eu-west-1/"),
    "scope of another service": lambda s: s.authorized("/s3/", "/iam/"),
    "scope without an end": lambda s: s.authorized("/aws4_request", "/aws4"),
    "key that nobody has": lambda s: s.authorized("Credential=[^/]*", "Credential=AKIAIOSFODNN7EXAMPLE"),
    "no key": lambda s: s.authorized("Credential=[^/]*", "Credential="),
    "no signed headers": lambda s: s.authorized("SignedHeaders=[^,]*", "SignedHeaders="),
    "host not signed": lambda s: s.authorized("host;", ""),
    "signed header that is not there": lambda s: s.authorized("host;", "host;x-none;"),
    "no payload hash": lambda s: s.having(x_amz_content_sha256=None),
    "unsigned payload": lambda s: s.having(x_amz_content_sha256="UNSIGNED-PAYLOAD"),
    "streaming payload": lambda s: s.having(x_amz_content_sha256="STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
    "no Authorization": lambda s: s.having(authorization=None),
    "empty Authorization": lambda s: s.having(authorization=""),
    "asymmetric signature": lambda s: s.authorized("^AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
    "algorithm in small letters": lambda s: s.authorized("^AWS4-HMAC-SHA256", "aws4-hmac-sha256"),
    "Version 2": lambda s: s.having(authorization="AWS AKIAROOTROOTROOTROOT:c2lnbmF0dXJl"),
    "Basic": lambda s: s.having(authorization="Basic QUtJQVJPT1RST09UUk9PVFJPT1Q6eA=="),
    "Bearer": lambda s: s.having(authorization="Bearer AKIAROOTROOTROOTROOT"),
    "two Authorizations": lambda s: s.having(authorization=f"{s.headers['authorization']},Basic eA=="),
}  # fmt: skip


def _later(sent: Sent) -> str:
    """The date of a request, a second on; the 59th goes back."""
    date = sent.headers["x-amz-date"]
    second = int(date[-3:-1])
    return f"{date[:-3]}{second + 1 if second < 59 else 58:02}Z"


@pytest.mark.parametrize("change_", READ.values(), ids=READ.keys())
def test_a_header_signs_the_whole_request(world: World, change_: Change) -> None:
    request = by_header(world.root, "GET", "/bucket-1/secret")
    accept(world, request)
    refuse(world, change_(request))


WRITE: dict[str, Change] = {
    "body": lambda s: s.but(body=b"your"),
    "no body": lambda s: s.but(body=b""),
    "longer body": lambda s: s.but(body=b"mine!"),
    "unsigned payload": lambda s: s.having(x_amz_content_sha256="UNSIGNED-PAYLOAD").but(body=b"your"),
    "unsigned chunks": lambda s: s.having(
        x_amz_content_sha256="STREAMING-UNSIGNED-PAYLOAD-TRAILER", x_amz_decoded_content_length="4"
    ).but(body=b"4\r\nyour\r\n0\r\n\r\n"),
    "signed chunks": lambda s: s.having(
        x_amz_content_sha256="STREAMING-AWS4-HMAC-SHA256-PAYLOAD", x_amz_decoded_content_length="4"
    ).but(body=b"4;chunk-signature=" + b"0" * 64 + b"\r\nyour\r\n0\r\n\r\n"),
    "another hash": lambda s: s.having(x_amz_content_sha256="0" * 64),
    "hash of the other body": lambda s: s.having(
        x_amz_content_sha256="eb9d7df67a17c0d57fe0bfb1b0ec7d9a1b5fdb3e6e0e6a8ab0c9d1b2f4a5b6c7"
    ).but(body=b"your"),
    "copy source": lambda s: s.having(x_amz_copy_source="/bucket-1/secret"),
    "tagging": lambda s: s.having(x_amz_tagging="class=public"),
    "acl": lambda s: s.having(x_amz_acl="public-read"),
    "metadata": lambda s: s.having(x_amz_meta_a="b"),
    "storage class": lambda s: s.having(x_amz_storage_class="GLACIER"),
    "another key": lambda s: s.but(target="/bucket-1/secret"),
    "another bucket": lambda s: s.but(target="/bucket-2/new"),
    "sub-resource tagging": lambda s: s.asking("tagging"),
    "method DELETE": lambda s: s.but(method="DELETE", target="/bucket-1/secret"),
}


@pytest.mark.parametrize("change_", WRITE.values(), ids=WRITE.keys())
def test_a_header_signs_what_is_written(world: World, change_: Change) -> None:
    request = by_header(world.root, "PUT", "/bucket-1/new", b"mine")
    refuse(world, change_(request))


# requests that are signed in the URL ----------------------------------------------------------------------------

# For both versions; a URL reads `secret`, or writes `new`.
OF_ANY_URL: dict[str, Change] = {
    "method": lambda s: s.but(method="DELETE"),
    "other way": lambda s: s.but(method={"GET": "PUT", "PUT": "GET"}[s.method]),
    "HEAD": lambda s: s.but(method="HEAD"),
    "key": lambda s: s.changed("/bucket-1/", "/bucket-1/x"),
    "path": lambda s: s.changed("/bucket-1/", "/bucket-1/./"),
    "slash": lambda s: s.changed("/bucket-1/", "//bucket-1/"),
    "sub-resource acl": lambda s: s.asking("acl"),
    "sub-resource tagging": lambda s: s.asking("tagging"),
    "sub-resource uploads": lambda s: s.asking("uploads").but(method="POST"),
    "part of an upload": lambda s: s.asking("uploadId=x&partNumber=1"),
    "version": lambda s: s.asking("versionId=null"),
    "content type of the answer": lambda s: s.asking("response-content-type=text/html"),
    "disposition of the answer": lambda s: s.asking("response-content-disposition=attachment"),
    "copy source": lambda s: s.having(x_amz_copy_source="/bucket-1/secret"),
    "copy source in the URL": lambda s: s.asking("x-amz-copy-source=/bucket-1/secret"),
    "tagging": lambda s: s.having(x_amz_tagging="class=public"),
    "tagging in the URL": lambda s: s.asking("x-amz-tagging=class%3Dpublic"),
    "acl": lambda s: s.having(x_amz_acl="bucket-owner-full-control"),
    "acl in the URL": lambda s: s.asking("x-amz-acl=bucket-owner-full-control"),
    "payer": lambda s: s.having(x_amz_request_payer="requester"),
}  # fmt: skip
OF_VERSION_4: dict[str, Change] = {
    "expiry": lambda s: s.changed("X-Amz-Expires=600", "X-Amz-Expires=604800"),
    "second expiry": lambda s: s.asking("X-Amz-Expires=604800"),
    "expiry in small letters": lambda s: s.asking("x-amz-expires=604800"),
    "no expiry": lambda s: s.changed("X-Amz-Expires=600", "x=600"),
    "day of the scope": lambda s: s.changed("%2Fus-east-1%2F", "x%2Fus-east-1%2F"),
    "region of the scope": lambda s: s.changed("%2Fus-east-1%2F", "%2Feu-west-1%2F"),
    "service of the scope": lambda s: s.changed("%2Fs3%2F", "%2Fsts%2F"),
    "key": lambda s: s.changed("AKIAROOT", "AKIANONE"),
    "algorithm": lambda s: s.changed("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
    "no signature": lambda s: s.changed("X-Amz-Signature=", "x="),
    "second signature": lambda s: s.asking("X-Amz-Signature=" + "0" * 64),
    "signed headers": lambda s: s.changed("SignedHeaders=host", "SignedHeaders=host%3Bx-amz-acl"),
    "host not signed": lambda s: s.changed("SignedHeaders=host", "SignedHeaders=x-amz-acl"),
    "token": lambda s: s.asking("X-Amz-Security-Token=x"),
    "another host": lambda s: s.having(host="elsewhere:4566"),
    "any parameter": lambda s: s.asking("x=y"),
}
OF_VERSION_2: dict[str, Change] = {
    "expiry": lambda s: s.changed("Expires=", "Expires=9"),
    "second expiry": lambda s: s.asking("Expires=9999999999"),
    "key": lambda s: s.changed("AKIAROOT", "AKIANONE"),
    "no key": lambda s: s.changed("AWSAccessKeyId=", "x="),
    "no signature": lambda s: s.changed("Signature=", "x="),
    "second signature": lambda s: s.asking("Signature=x"),
    "token": lambda s: s.asking("x-amz-security-token=x"),
    "token in a header": lambda s: s.having(x_amz_security_token="x"),
}
URLS = [
    pytest.param(version, name, change_, id=f"V{version} {name}")
    for version, own in (("4", OF_VERSION_4), ("2", OF_VERSION_2))
    for name, change_ in (OF_ANY_URL | own).items()
]


@pytest.mark.parametrize(("version", "name", "change_"), URLS)
def test_a_url_is_good_for_what_it_was_signed_for(
    world: World, version: str, name: str, change_: Change
) -> None:
    reads = by_url(world.root, "GET", "/bucket-1/secret", version=version)
    accept(world, reads)
    refuse(world, change_(reads))
    refuse(world, change_(by_url(world.root, "PUT", "/bucket-1/new", b"mine", version)))


@pytest.mark.parametrize("version", ["4", "2"])
def test_a_url_ends(world: World, version: str) -> None:
    refuse(world, by_url(world.root, "GET", "/bucket-1/secret", version=version, expires=-10))


# sessions -------------------------------------------------------------------------------------------------------

SIGNED: dict[str, Made] = {
    "header": lambda caller: by_header(caller, "GET", "/bucket-1/secret"),
    "URL of Version 4": lambda caller: by_url(caller, "GET", "/bucket-1/secret"),
    "URL of Version 2": lambda caller: by_url(caller, "GET", "/bucket-1/secret", version="2"),
}


@pytest.mark.parametrize("made", SIGNED.values(), ids=SIGNED.keys())
def test_a_session_is_its_key_its_secret_and_its_token(world: World, made: Made) -> None:
    """And each of the three is good with the two others only; signed again with each wrong combination."""
    one, two = _session(world), _session(world)
    accept(world, made(one))
    for token in (two.token, None, "", (one.token or "")[:-4] + "AAAA", (one.token or "").lower()):
        refuse(world, made(Caller("x", one.key, one.secret, token)))
    refuse(world, made(Caller("x", one.key, two.secret, one.token)))
    refuse(world, made(Caller("x", two.key, one.secret, one.token)))
    refuse(world, made(Caller("x", world.root.key, world.root.secret, one.token)))


def _session(world: World) -> Caller:
    made = world.client("sts", world.root).get_session_token()["Credentials"]
    return Caller("session", made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])


# services apart, and one signature --------------------------------------------------------------------------------

LIST_MODELS = {**JSON, "x-amz-target": "SageMaker.ListModels"}
WHO = b"Action=GetCallerIdentity&Version=2011-06-15"
USERS = "Action=ListUsers&Version=2010-05-08"
ELSEWHERE: dict[str, Callable[[Caller], Sent]] = {
    "JSON, signed for lambda": lambda c: by_header(c, "POST", "/", b"{}", "lambda", LIST_MODELS),
    "JSON, signed for s3": lambda c: by_header(c, "POST", "/", b"{}", "s3", LIST_MODELS),
    "Query, signed for iam": lambda c: by_header(c, "POST", "/", WHO, "iam", FORM),
    "Query, signed for s3": lambda c: by_header(c, "POST", "/", WHO, "s3", FORM),
    "invocation, signed for lambda": lambda c: by_header(c, "POST", "/endpoints/e/invocations", b"1", "lambda"),
    "bucket, signed for iam": lambda c: by_header(c, "GET", "/bucket-1/secret", b"", "iam"),
    "CBOR, signed for logs": lambda c: by_header(
        c, "POST", "/service/GraniteServiceVersion20100801/operation/ListMetrics", b"\xa0", "logs",
        {"smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("made", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_what_is_signed_for_one_service_is_no_use_at_another(world: World, made: Made) -> None:
    """IAM User Guide, signature troubleshooting: a credential should be scoped to the correct service."""
    refuse(world, made(world.root))


BEHIND_A_URL: dict[str, Callable[[Caller], Sent]] = {
    "Action behind a URL of Version 2": lambda c: by_url(c, "GET", "/", version="2").asking(USERS),
    "Action behind a list URL of Version 2": lambda c: by_url(
        c, "GET", "/bucket-1?list-type=2", version="2"
    ).changed("/bucket-1", "/").asking(USERS),
    "form behind a URL of Version 2": lambda c: by_url(c, "POST", "/", version="2").but(
        headers={"host": "127.0.0.1:4566", **FORM}, body=USERS.encode()
    ),
    "target behind a URL of Version 4": lambda c: by_url(c, "POST", "/").having(
        x_amz_target="SageMaker.ListModels", content_type="application/x-amz-json-1.1"
    ).but(body=b"{}"),
    "CBOR behind a URL of Version 4": lambda c: by_url(
        c, "POST", "/service/GraniteServiceVersion20100801/operation/ListMetrics?X-Amz-Content-Sha256=UNSIGNED-PAYLOAD"
    ).having(smithy_protocol="rpc-v2-cbor", content_type="application/cbor").but(body=b"\xa0"),
}  # fmt: skip


@pytest.mark.parametrize("made", BEHIND_A_URL.values(), ids=BEHIND_A_URL.keys())
def test_a_url_of_s3_stays_with_s3(world: World, made: Made) -> None:
    """Whatever its holder adds: it is refused, or S3 answers what the URL is for. Version 2 is S3's alone."""
    before = world.observer.state()
    status, code, body = made(world.root).by(world)
    assert status >= 400 or b"ListAllMyBucketsResult" in body, (status, code, body)
    assert not change(before, world.observer.state())


TWO: dict[str, Callable[[Caller], Sent]] = {
    "header and URL of Version 4": lambda c: by_url(c, "GET", "/bucket-1/secret").having(
        **_authorization(by_header(c, "GET", "/bucket-1/secret"))
    ),
    "header and URL of Version 2": lambda c: by_url(c, "GET", "/bucket-1/secret", version="2").having(
        **_authorization(by_header(c, "GET", "/bucket-1/secret"))
    ),
    "URLs of both versions": lambda c: by_url(c, "GET", "/bucket-1/secret").asking(
        by_url(c, "GET", "/bucket-1/secret", version="2").target.partition("?")[2]
    ),
    "header of no meaning beside a URL of Version 4": lambda c: by_url(c, "GET", "/bucket-1/secret").having(
        authorization="Bearer x"
    ),
    "header of no meaning beside a URL of Version 2": lambda c: by_url(
        c, "GET", "/bucket-1/secret", version="2"
    ).having(authorization="Bearer x"),
}


def _authorization(sent: Sent) -> dict[str, str]:
    return {name.replace("-", "_"): sent.headers[name] for name in ("authorization", "x-amz-date")}


@pytest.mark.parametrize("made", TWO.values(), ids=TWO.keys())
def test_a_request_has_one_signature(world: World, made: Made) -> None:
    """S3 says InvalidArgument: "Only one auth mechanism allowed"."""
    refuse(world, made(world.root))


# services that speak Query and JSON -----------------------------------------------------------------------------

OF_RPC: dict[str, tuple[Callable[[Caller], Sent], Change]] = {
    "body of a Query call": (
        lambda c: by_header(c, "POST", "/", WHO, "sts", FORM),
        lambda s: s.but(body=b"Action=GetSessionToken&Version=2011-06-15"),
    ),
    "action in the URL of a Query call": (
        lambda c: by_header(c, "POST", "/", WHO, "sts", FORM),
        lambda s: s.asking("Action=GetSessionToken"),
    ),
    "type of a Query call": (
        lambda c: by_header(c, "POST", "/", WHO, "sts", FORM),
        lambda s: s.having(content_type="application/x-www-form-urlencoded; charset=utf-7"),
    ),
    "body of a JSON call": (
        lambda c: by_header(c, "POST", "/", b"{}", "sagemaker", LIST_MODELS),
        lambda s: s.but(body=b'{"MaxResults": 1}'),
    ),
    "target of a JSON call": (
        lambda c: by_header(c, "POST", "/", b"{}", "sagemaker", LIST_MODELS),
        lambda s: s.having(x_amz_target="SageMaker.ListTrainingJobs"),
    ),
    "protocol of a JSON call": (
        lambda c: by_header(c, "POST", "/", b"{}", "monitoring", {
            **JSON, "x-amz-target": "GraniteServiceVersion20100801.ListMetrics",
        }),
        lambda s: s.having(x_amz_target=None, smithy_protocol="rpc-v2-cbor"),
    ),
    "hash said beside the body": (
        lambda c: by_header(c, "POST", "/", b"{}", "sagemaker", LIST_MODELS),
        lambda s: s.having(x_amz_content_sha256="UNSIGNED-PAYLOAD").but(body=b'{"MaxResults": 1}'),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("made", "change_"), OF_RPC.values(), ids=OF_RPC.keys())
def test_a_call_is_signed_with_its_body_and_its_operation(world: World, made: Made, change_: Change) -> None:
    request = made(world.root)
    accept(world, request)
    refuse(world, change_(request))
