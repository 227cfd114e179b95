"""Who may call: nobody unsigned, nobody with a wrong or an old signature, and each in his own account only.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html (five minutes for most
services, https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html: RequestTimeTooSkewed after fifteen).
"""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.security.signed import signed, target
from tests.support.live import Live

LIST_JOBS = target("SageMaker.ListTrainingJobs")
STS_BODY = b"Action=GetCallerIdentity&Version=2011-06-15"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("method", "path", "body", "headers"),
    [
        ("POST", "/", b"{}", LIST_JOBS),
        ("POST", "/", STS_BODY, FORM),
        ("POST", "/", b"Action=ListUsers&Version=2010-05-08", FORM),
        ("POST", "/", b"{}", target("Logs_20140328.DescribeLogGroups")),
        ("GET", "/", b"", {}),
        ("GET", "/data/secret", b"", {}),
        ("PUT", "/data/secret", b"x", {}),
        ("DELETE", "/data", b"", {}),
    ],
)
def test_nothing_is_answered_unsigned(
    live: Live, method: str, path: str, body: bytes, headers: dict[str, str]
) -> None:
    status, _, said = live.raw(method, path, body, headers)
    assert status == (400 if "X-Amz-Target" in headers else 403), said
    assert b"Denied" in said or b"MissingAuthenticationToken" in said, said


def test_an_endpoint_is_not_invoked_unsigned(live: Live) -> None:
    """Nothing but its signature tells that such a request is not S3's, whose refusal it then gets."""
    status, _, said = live.raw("POST", "/endpoints/e/invocations", b"1")
    assert status in (400, 403, 404)
    assert b"<Error>" in said


@pytest.mark.parametrize(
    ("service", "method", "path", "body", "headers", "code"),
    [
        ("sagemaker", "POST", "/", b"{}", LIST_JOBS, b"InvalidSignatureException"),
        ("sts", "POST", "/", STS_BODY, FORM, b"SignatureDoesNotMatch"),
        ("s3", "GET", "/data?list-type=2", b"", {}, b"SignatureDoesNotMatch"),
        ("s3", "PUT", "/data/k", b"body", {}, b"SignatureDoesNotMatch"),
    ],
)
def test_a_wrong_secret_is_refused(
    live: Live, service: str, method: str, path: str, body: bytes, headers: dict[str, str], code: bytes
) -> None:
    status, _, said = signed(live, service, method, path, body, headers, secret="not the secret").send(live)
    assert status in (400, 403)
    assert code in said


def test_a_signature_in_other_letters_than_a_signatures_is_a_wrong_one(live: Live) -> None:
    request = signed(live, "sagemaker", "POST", "/", b"{}", LIST_JOBS)
    header = request.headers["Authorization"].rpartition("=")[0] + "=\xe9"
    status, _, said = request.evolve(headers={**request.headers, "Authorization": header}).send(live)
    assert (status, b"InvalidSignatureException" in said) == (400, True), said
    for query in ("Signature=%C3%A9&Expires=1999999999", "Signature=x&Expires=" + "9" * 5000):
        key = live.identity["access_key_id"]
        status, _, said = live.raw("GET", f"/data/k?AWSAccessKeyId={key}&{query}")
        assert (status, b"SignatureDoesNotMatch" in said) == (403, True), said


def test_a_body_that_was_changed_on_its_way_is_refused(live: Live) -> None:
    request = signed(live, "sagemaker", "POST", "/", b'{"MaxResults": 1}', LIST_JOBS)
    assert request.send(live)[0] == 200
    status, _, said = request.evolve(body=b'{"MaxResults": 9}').send(live)
    assert (status, b"InvalidSignatureException" in said) == (400, True)


def test_a_body_of_s3_that_was_changed_is_refused_and_not_kept(live: Live, s3: Any) -> None:
    # ErrorResponses: XAmzContentSHA256Mismatch.
    request = signed(live, "s3", "PUT", "/data/changed", b"mine")
    status, _, said = request.evolve(body=b"your").send(live)
    assert (status, b"XAmzContentSHA256Mismatch" in said) == (400, True), said
    with pytest.raises(ClientError) as missing:
        s3.get_object(Bucket="data", Key="changed")
    assert missing.value.response["Error"]["Code"] == "NoSuchKey"


@pytest.mark.parametrize(
    "change", [{"path": "/data/other"}, {"method": "DELETE"}, {"path": "/data/mine?acl"}], ids=str
)
def test_a_signature_is_good_for_its_own_request_only(live: Live, change: dict[str, str]) -> None:
    live.client("s3").put_object(Bucket="data", Key="other", Body=b"x")
    request = signed(live, "s3", "GET", "/data/mine")
    status, _, said = request.evolve(**change).send(live)
    assert (status, b"SignatureDoesNotMatch" in said) == (403, True), said


@pytest.mark.parametrize("minutes", [16, -16, 60 * 24])
def test_a_replay_after_a_quarter_of_an_hour_is_refused(live: Live, minutes: float) -> None:
    status, _, said = signed(live, "s3", "GET", "/data", minutes_ago=minutes).send(live)
    assert (status, b"RequestTimeTooSkewed" in said) == (403, True), said
    status, _, said = signed(live, "sagemaker", "POST", "/", b"{}", LIST_JOBS, minutes_ago=minutes).send(live)
    assert status in (400, 403)
    assert b"InvalidSignatureException" in said, said
    status, _, said = signed(live, "sts", "POST", "/", STS_BODY, FORM, minutes_ago=minutes).send(live)
    assert (status, b"SignatureDoesNotMatch" in said) == (403, True), said


def test_an_unknown_key_is_refused(live: Live) -> None:
    client = live.client("sts", key="AKIAIOSFODNN7EXAMPLE", secret="wJalrXUtnFEMI")
    with pytest.raises(ClientError) as refused:
        client.get_caller_identity()
    assert refused.value.response["Error"]["Code"] == "InvalidClientTokenId"


@pytest.fixture(scope="module")
def stranger(live: Live) -> dict[str, str]:
    """The root of another account."""
    body = json.dumps(
        {"account": "999988887777", "access_key_id": "AKIASTRANGERSTRANGER", "secret_access_key": "s" * 40}
    ).encode()
    status, _, said = signed(live, "clary", "POST", "/_clary/accounts", body).send(live)
    assert status == 200, said
    return {"key": "AKIASTRANGERSTRANGER", "secret": "s" * 40}


def test_another_account_sees_nothing_of_ours(live: Live, role: str, stranger: dict[str, str]) -> None:
    live.client("s3").put_object(Bucket="data", Key="secret", Body=b"x")
    live.client("sagemaker").create_model(
        ModelName="ours",
        ExecutionRoleArn=role,
        PrimaryContainer={"Image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"},
    )
    s3, sm = live.client("s3", **stranger), live.client("sagemaker", **stranger)
    for call, words in (
        (s3.get_object, {"Bucket": "data", "Key": "secret"}),
        (s3.list_objects_v2, {"Bucket": "data"}),
        (s3.delete_bucket, {"Bucket": "data"}),
        (s3.put_object, {"Bucket": "data", "Key": "k", "Body": b""}),
    ):
        with pytest.raises(ClientError) as refused:
            call(**words)
        assert refused.value.response["Error"]["Code"] == "AccessDenied"
    assert s3.list_buckets()["Buckets"] == []
    assert sm.list_models()["Models"] == []
    with pytest.raises(ClientError):
        sm.describe_model(ModelName="ours")
    with pytest.raises(ClientError):
        sm.delete_tags(
            ResourceArn=f"arn:aws:sagemaker:us-east-1:{live.identity['account']}:model/ours", TagKeys=["a"]
        )


def test_another_account_may_not_take_our_roles_nor_make_accounts(
    live: Live, role: str, stranger: dict[str, str]
) -> None:
    with pytest.raises(ClientError) as refused:
        live.client("sts", **stranger).assume_role(RoleArn=role, RoleSessionName="other")
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    body = b'{"account": "1", "access_key_id": "AKIA", "secret_access_key": "x"}'
    status, _, said = signed(live, "clary", "POST", "/_clary/accounts", body, **stranger).send(live)
    assert (status, b"AccessDenied" in said) == (403, True)
    assert signed(live, "clary", "GET", "/_clary/status", **stranger).send(live)[0] == 403


def some_user(live: Live) -> dict[str, str]:
    """A user who may take any role: a root user may take none (API_AssumeRole)."""
    iam = live.client("iam")
    name = f"taker-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    allow = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    iam.put_user_policy(
        UserName=name,
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]}),
    )
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return {"key": made["AccessKeyId"], "secret": made["SecretAccessKey"]}


def session_of(live: Live, name: str, policy: dict[str, Any] | None) -> dict[str, str]:
    """Credentials of a role that the account may take, with one policy or none."""
    iam, account = live.client("iam"), live.identity["account"]
    trust = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
    iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    if policy:
        document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document)
    found = live.client("sts", **some_user(live)).assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/{name}", RoleSessionName="session"
    )["Credentials"]
    return {"key": found["AccessKeyId"], "secret": found["SecretAccessKey"], "token": found["SessionToken"]}


def test_a_role_without_the_right_is_denied(live: Live, role: str) -> None:
    weak = session_of(live, "Weak", None)
    for service, call, words in (
        ("s3", "list_buckets", {}),
        ("s3", "get_object", {"Bucket": "data", "Key": "secret"}),
        ("sagemaker", "list_models", {}),
        ("iam", "list_users", {}),
        ("logs", "describe_log_groups", {}),
        ("cloudwatch", "list_metrics", {}),
        ("sagemaker-runtime", "invoke_endpoint", {"EndpointName": "e", "Body": b"1"}),
    ):
        with pytest.raises(ClientError) as refused:
            getattr(live.client(service, **weak), call)(**words)
        code = refused.value.response["Error"]["Code"]
        assert code in ("AccessDenied", "AccessDeniedException"), (service, code)


def test_a_role_may_what_it_may_and_no_more(live: Live) -> None:
    narrow = session_of(
        live, "Narrow", {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/open/*"}
    )
    root, s3 = live.client("s3"), live.client("s3", **narrow)
    root.put_object(Bucket="data", Key="open/a", Body=b"a")
    root.put_object(Bucket="data", Key="openly", Body=b"b")
    assert s3.get_object(Bucket="data", Key="open/a")["Body"].read() == b"a"
    for key in ("openly", "open/../openly"):
        with pytest.raises(ClientError) as refused:
            s3.get_object(Bucket="data", Key=key)
        # The second is a key of its own, below `open/`, and not there: it is not the first by another name.
        assert refused.value.response["Error"]["Code"] in ("AccessDenied", "NoSuchKey")
    with pytest.raises(ClientError):
        s3.delete_object(Bucket="data", Key="open/a")


def test_a_session_needs_its_own_token(live: Live) -> None:
    one = session_of(live, "One", {"Effect": "Allow", "Action": "*", "Resource": "*"})
    two = session_of(live, "Two", {"Effect": "Allow", "Action": "*", "Resource": "*"})
    for token in ("", two["token"], one["token"][:-4] + "AAAA"):
        with pytest.raises(ClientError) as refused:
            live.client("sts", key=one["key"], secret=one["secret"], token=token).get_caller_identity()
        assert refused.value.response["Error"]["Code"] == "InvalidClientTokenId"


def test_a_page_token_cannot_be_made_up(live: Live, sm: Any) -> None:
    for name in ("list_models", "list_training_jobs", "list_endpoints"):
        with pytest.raises(ClientError) as refused:
            getattr(sm, name)(NextToken="eyJhZnRlciI6IFsxLCAiYSJdfQ==")
        assert refused.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError) as refused:
        live.client("s3").list_objects_v2(Bucket="data", ContinuationToken="../../etc")
    assert refused.value.response["Error"]["Code"] == "InvalidArgument"


def test_a_page_token_of_one_account_is_no_use_in_another(
    live: Live, role: str, sm: Any, stranger: dict[str, str]
) -> None:
    container = {"Image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"}
    for name in ("p1", "p2"):
        sm.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container)
    token = sm.list_models(MaxResults=1)["NextToken"]
    with pytest.raises(ClientError) as refused:
        live.client("sagemaker", **stranger).list_models(NextToken=token)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
