"""What the holder of a presigned URL may change about it: nothing that was signed, nor what mechanism it is.

Sources: "Only one auth mechanism allowed" (as S3 says it: catalyst/moodle-tool_objectfs#303); "Authenticating Requests:
Using Query Parameters", "Authenticating requests (AWS signature version 2)" (S3 API Reference); "Amazon S3 Signature
Version 4 Authentication Specific Policy Keys".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config

from clary.kernel import FakeClock
from clary.server.options import Options
from tests.conftest import ACCOUNT, ROOT_KEY, ROOT_SECRET
from tests.inprocess import InProcess
from tests.security.signers import FORM, Sent, by_header, by_query, by_version_2, by_version_2_query
from tests.support.principals import policy

GET = Sent("GET", "/bucket/key")
PUT = Sent("PUT", "/bucket/new", {}, b"body")
MISMATCH = (403, "SignatureDoesNotMatch")
TWO = (400, "InvalidArgument")


@pytest.fixture
def s3(client: Callable[..., Any]) -> Any:
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="key", Body=b"x")
    return s3


# ------------------------------------------------------------------------------------------------- one mechanism


def joined(one: Sent, other: Sent) -> Sent:
    """A request with the parameters and the headers of both."""
    path, _, query = one.target.partition("?")
    queries = "&".join(filter(None, (query, other.target.partition("?")[2])))
    return one.evolve(target=f"{path}?{queries}", headers={**other.headers, **one.headers})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (by_query, by_header),
        (by_query, by_version_2),
        (by_version_2_query, by_header),
        (by_query, by_version_2_query),
    ],
)
def test_two_mechanisms_are_none(s3: Any, app: InProcess, one: Any, other: Any) -> None:
    assert joined(one(GET), other(GET)).send(app) == TWO


@pytest.mark.parametrize(
    "header", ["x", "Bearer token", "AWS4-HMAC-SHA256 nonsense", "AWS a:b", "Basic YTpi"]
)
def test_an_authorization_header_of_no_meaning_is_one_all_the_same(
    s3: Any, app: InProcess, header: str
) -> None:
    for presigned in (by_query(GET), by_version_2_query(GET)):
        assert presigned.send(app) == (200, "")
        known = header.startswith("AWS")
        expected = TWO if known else (403, TWO[1])
        assert presigned.with_headers(Authorization=header).send(app) == expected


def test_names_count_in_every_spelling(s3: Any, app: InProcess) -> None:
    four, two = by_query(GET), by_version_2_query(GET)
    for name, spelled in (
        ("AWSAccessKeyId", "%41WSAccessKeyId"),
        ("Signature", "S%69gnature"),
        ("Expires", "%45xpires"),
    ):
        assert two.evolve(target=two.target.replace(f"{name}=", f"{spelled}=")).send(app) == (200, "")
    for name in ("X-Amz-Algorithm", "X-Amz-Signature"):
        query = f"{name.replace('X', '%58')}=AWS4-HMAC-SHA256"
        assert by_header(Sent("GET", f"/bucket/key?{query}")).send(app) == TWO
    assert four.evolve(target=four.target + "&%53ignature=x").send(app) == TWO
    hidden = four.evolve(target=four.target.replace("X-Amz-Expires", "%58-Amz-Expires"))
    assert hidden.send(app) == MISMATCH


@pytest.mark.parametrize(
    "name",
    [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
    ],
)
@pytest.mark.parametrize("spelled", ["X-Amz-", "x-amz-", "X%2DAmz-"])
def test_a_parameter_of_version_4_that_stands_twice(s3: Any, app: InProcess, name: str, spelled: str) -> None:
    presigned = by_query(GET)
    value = presigned.target.partition(f"{name}=")[2].partition("&")[0]
    for more in (value, "604800"):
        again = f"{presigned.target}&{name.replace('X-Amz-', spelled)}={more}"
        assert presigned.evolve(target=again).send(app) == (400, "AuthorizationQueryParametersError")


@pytest.mark.parametrize("name", ["AWSAccessKeyId", "Signature", "Expires", "%45xpires"])
def test_a_parameter_of_version_2_that_stands_twice(s3: Any, app: InProcess, name: str) -> None:
    presigned = by_version_2_query(GET)
    assert presigned.evolve(target=f"{presigned.target}&{name}=9999999999").send(app) == (403, "AccessDenied")


# ------------------------------------------------------------------------------------------------- what is signed


@pytest.mark.parametrize(
    "added",
    [
        "&acl",
        "&%61cl",
        "&tagging=",
        "&ownershipControls",
        "&policyStatus",
        "&versionId=1",
        "&version%49d=1",
        "&uploadId=1",
    ],
)
@pytest.mark.parametrize("sign", [by_query, by_version_2_query])
def test_no_sub_resource_can_be_added(s3: Any, app: InProcess, sign: Any, added: str) -> None:
    for sent in (GET, PUT, Sent("PUT", "/bucket")):
        presigned = sign(sent)
        assert presigned.evolve(target=presigned.target + added).send(app) == MISMATCH


@pytest.mark.parametrize("sign", [by_query, by_version_2_query])
@pytest.mark.parametrize(
    ("name", "signed", "sent"),
    [("x-amz-acl", "private", "public-read"), ("x-amz-copy-source", "/bucket/key", "/bucket/secret")],
)
def test_a_header_does_not_take_the_place_of_what_the_query_signs(
    s3: Any, app: InProcess, sign: Any, name: str, signed: str, sent: str
) -> None:
    s3.put_object(Bucket="bucket", Key="secret", Body=b"secret")
    presigned = sign(Sent("PUT", f"/bucket/new?{name}={signed}"))
    assert presigned.with_headers(**{name: sent}).send(app)[0] == 403
    assert presigned.evolve(target=f"{presigned.target}&{name}={sent}").send(app)[0] == 403


def test_a_plus_is_a_blank_and_so_not_what_was_signed_as_a_plus(s3: Any, app: InProcess) -> None:
    s3.put_object(Bucket="bucket", Key="a+b", Body=b"x")
    s3.put_object(Bucket="bucket", Key="a b", Body=b"x")
    for sign in (by_header, by_query):
        plus = sign(Sent("GET", "/bucket?list-type=2&prefix=a%2Bb"))
        assert plus.send(app) == (200, "")
        assert plus.evolve(target=plus.target.replace("a%2Bb", "a+b")).send(app) == MISMATCH
        assert plus.evolve(target=plus.target.replace("a%2Bb", "a%20b")).send(app) == MISMATCH
        # A blank is one in both spellings, whichever of them was signed.
        blank = sign(Sent("GET", "/bucket?list-type=2&prefix=a%20b"))
        assert blank.evolve(target=blank.target.replace("a%20b", "a+b")).send(app) == (200, "")
        assert sign(Sent("GET", "/bucket?list-type=2&prefix=a+b")).send(app) == (200, "")


def test_an_encoded_slash_is_not_one_that_parts(s3: Any, app: InProcess) -> None:
    for sign in (by_header, by_query):
        assert (
            sign(GET).evolve(target=sign(GET).target.replace("bucket/key", "bucket%2fkey")).send(app)
            == MISMATCH
        )


@pytest.mark.parametrize("sent", [GET, PUT])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain"])
def test_an_expiry_counts_whatever_else_is_sent(
    s3: Any, app: InProcess, clock: FakeClock, sent: Sent, kind: str
) -> None:
    presigned = by_query(sent, expires=2)
    # As the AWS SDK for JavaScript makes it.
    path = sent.target + "?X-Amz-Content-Sha256=UNSIGNED-PAYLOAD"
    hashed = by_query(sent.evolve(target=path), expires=2)
    for one in (presigned, hashed):
        assert one.with_headers(Content_Type=kind).send(app) == (200, "")
    clock.advance(60)
    for one in (presigned, hashed):
        for headers in ({}, {"Content-Type": kind}, {"Content-Type": kind, "smithy-protocol": "rpc-v2-cbor"}):
            assert one.evolve(headers={**one.headers, **headers}).send(app) == (403, "AccessDenied")


# --------------------------------------------------------------------------------------------- what policies see


@pytest.mark.parametrize(
    ("condition", "spelled"),
    [
        ({"s3:signatureversion": "AWS"}, ("AWSAccessKeyId", "%41WSAccessKeyId")),
        ({"s3:authType": "REST-QUERY-STRING"}, ("Signature=", "%53ignature=")),
        ({"s3:x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, ("", "")),
    ],
)
def test_a_deny_of_how_a_url_is_signed_holds_however_it_is_written(
    s3: Any, app: InProcess, clock: FakeClock, condition: dict[str, str], spelled: tuple[str, str]
) -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}
    s3.put_bucket_policy(Bucket="bucket", Policy=policy({**deny, "Condition": {"StringEquals": condition}}))
    presigned = by_version_2_query(GET)
    written = presigned.evolve(target=presigned.target.replace(*spelled)) if spelled[0] else presigned
    for one in (presigned, written, written.with_headers(x_amz_content_sha256="0" * 64)):
        assert one.send(app)[0] == 403
    # An Authorization header beside it is a second mechanism, and no way past the first.
    assert presigned.with_headers(Authorization="x").send(app) == (403, TWO[1])


def test_the_hash_of_a_body_is_what_was_signed_and_not_what_is_said(s3: Any, app: InProcess) -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::bucket/*"}
    deny["Condition"] = {"StringEquals": {"s3:x-amz-content-sha256": "UNSIGNED-PAYLOAD"}}  # type: ignore[assignment]
    s3.put_bucket_policy(Bucket="bucket", Policy=policy(deny))
    presigned = by_query(PUT)
    assert presigned.send(app) == (403, "AccessDenied")
    assert presigned.with_headers(x_amz_content_sha256="0" * 64).send(app) == (403, "AccessDenied")


# ------------------------------------------------------------------------------------------- where Version 2 goes


@pytest.mark.parametrize(
    ("setting", "presigned", "header"),
    [("off", False, False), ("presigned", True, False), ("on", True, True)],
)
class TestTheSetting:
    @pytest.fixture
    def options(self, setting: Any) -> Options:
        return Options(
            account=ACCOUNT, access_key_id=ROOT_KEY, secret_access_key=ROOT_SECRET, s3_signature_v2=setting
        )

    def test_says_where_version_2_is_taken(
        self, s3: Any, app: InProcess, client: Callable[..., Any], setting: str, presigned: bool, header: bool
    ) -> None:
        refused = (400, "InvalidRequest")
        assert by_version_2_query(GET).send(app) == ((200, "") if presigned else refused)
        assert by_version_2(GET).send(app) == ((200, "") if header else refused)
        url = s3.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "key"})
        assert "AWSAccessKeyId=" in url  # boto3's default
        assert app.request("GET", url, {})[0] == (200 if presigned else 400)
        if header:
            old = client("s3", config=Config(signature_version="s3"))
            assert old.get_object(Bucket="bucket", Key="key")["Body"].read() == b"x"


def test_a_region_that_is_younger_than_version_4_takes_no_other(
    client: Callable[..., Any], app: InProcess
) -> None:
    """ "The authorization mechanism you have provided is not supported" for a bucket in eu-central-1: aws/aws-cli#2432."""
    there = client("s3", region_name="eu-central-1")
    place = {"LocationConstraint": "eu-central-1"}
    there.create_bucket(Bucket="bucket", CreateBucketConfiguration=place)
    there.put_object(Bucket="bucket", Key="key", Body=b"x")
    assert by_version_2_query(GET).send(app) == (400, "InvalidRequest")
    assert by_query(GET).send(app) == (200, "")
    url = there.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "key"})
    assert "X-Amz-Signature=" in url
    assert app.request("GET", url, {})[0] == 200


def test_a_call_by_version_2_is_in_the_region_of_its_bucket(
    client: Callable[..., Any], app: InProcess
) -> None:
    west = client("s3", region_name="eu-west-1")
    west.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    west.put_object(Bucket="bucket", Key="key", Body=b"x")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}
    deny["Condition"] = {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}  # type: ignore[assignment]
    assert by_version_2_query(GET).send(app) == (200, "")
    west.put_bucket_policy(Bucket="bucket", Policy=policy(deny))
    assert by_version_2_query(GET).send(app) == (403, "AccessDenied")


def test_a_form_in_the_body_of_a_presigned_post_is_s3s(
    s3: Any, app: InProcess, client: Callable[..., Any]
) -> None:
    form = b"Action=CreateUser&UserName=eve&Version=2010-05-08"
    for sign in (by_query, by_version_2_query):
        for query in ("?uploads", "?uploads&Action=CreateUser&UserName=eve&Version=2010-05-08"):
            begun = sign(Sent("POST", f"/bucket/k{query}"))
            assert begun.evolve(body=form, headers={**begun.headers, **FORM}).send(app) == (200, "")
    assert client("iam").list_users()["Users"] == []
