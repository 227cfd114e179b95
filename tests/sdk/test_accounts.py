"""Two accounts, two regions, and sessions of roles: who sees what, through boto3 alone."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import botocore.session
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

from tests.sdk import jobs
from tests.support.live import Live
from tests.support.refusals import refused

pytestmark = pytest.mark.sdk

OTHER = ("444455556666", "AKIAOTHEROTHEROTHER0", "other-secret-other-secret-other-secret-00")


@pytest.fixture(scope="module")
def other(live: Live) -> Callable[..., Any]:
    """Clients of a second account's root."""
    body = json.dumps(dict(zip(("account", "access_key_id", "secret_access_key"), OTHER, strict=True)))
    assert _post(live, body, live.identity["access_key_id"], live.identity["secret_access_key"]) == 200
    return lambda service: live.client(service, OTHER[1], OTHER[2])


def _post(live: Live, body: str, key: str, secret: str) -> int:
    """POST /_clary/accounts, signed."""
    request = AWSRequest("POST", f"{live.endpoint}/_clary/accounts", data=body)
    session = botocore.session.Session()
    session.set_credentials(key, secret)
    SigV4Auth(session.get_credentials(), "clary", "us-east-1").add_auth(request)
    return live.raw("POST", "/_clary/accounts", body.encode(), dict(request.headers.items()))[0]


def test_only_the_first_accounts_root_makes_accounts(live: Live, other: Callable[..., Any]) -> None:
    assert _post(live, "{}", OTHER[1], OTHER[2]) == 403


def test_accounts_do_not_see_each_other(
    make: Any, other: Callable[..., Any], role: str, bucket: str, name: str
) -> None:
    assert other("sts").get_caller_identity()["Account"] == OTHER[0]
    make("sagemaker").create_model(
        ModelName=name, PrimaryContainer={"Image": jobs.SKLEARN}, ExecutionRoleArn=role
    )
    assert refused(other("sagemaker").describe_model, ModelName=name)[0] == "ValidationException"
    assert bucket not in [b["Name"] for b in other("s3").list_buckets()["Buckets"]]
    assert refused(other("s3").list_objects_v2, Bucket=bucket)[:2] == ("AccessDenied", 403)
    assert refused(other("s3").create_bucket, Bucket=bucket)[:2] == ("BucketAlreadyExists", 409)
    assert refused(other("sagemaker").create_model, ModelName=name, ExecutionRoleArn=role)[1] == 400


def test_a_bucket_policy_lets_another_account_in(make: Any, other: Callable[..., Any], bucket: str) -> None:
    s3 = make("s3")
    s3.put_object(Bucket=bucket, Key="shared/a", Body=b"1")
    s3.put_object(Bucket=bucket, Key="own/a", Body=b"1")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{OTHER[0]}:root"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/shared/*",
    }
    s3.put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    assert other("s3").get_object(Bucket=bucket, Key="shared/a")["Body"].read() == b"1"
    assert refused(other("s3").get_object, Bucket=bucket, Key="own/a")[:2] == ("AccessDenied", 403)
    assert refused(other("s3").put_object, Bucket=bucket, Key="shared/a")[:2] == ("AccessDenied", 403)
    own = make("sts").get_caller_identity()["Account"]
    assert (
        other("s3").get_object(Bucket=bucket, Key="shared/a", ExpectedBucketOwner=own)["ContentLength"] == 1
    )
    wrong = refused(other("s3").get_object, Bucket=bucket, Key="shared/a", ExpectedBucketOwner=OTHER[0])
    assert wrong[:2] == ("AccessDenied", 403)


def test_a_session_of_a_role_may_what_the_role_may(live: Live, bucket: str, name: str) -> None:
    iam, sts = live.client("iam"), live.client("sts")
    account = sts.get_caller_identity()["Account"]
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    keys = iam.create_access_key(UserName=_user(iam, name))["AccessKey"]
    caller = live.client("sts", keys["AccessKeyId"], keys["SecretAccessKey"])
    given = caller.assume_role(RoleArn=arn, RoleSessionName="s1")
    secret = given["Credentials"]
    me = (secret["AccessKeyId"], secret["SecretAccessKey"], secret["SessionToken"])
    identity = live.client("sts", *me).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{account}:assumed-role/{name}/s1"
    s3 = live.client("s3", *me)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    assert refused(s3.put_object, Bucket=bucket, Key="k")[:2] == ("AccessDenied", 403)
    with pytest.raises(ClientError, match="security token included in the request is invalid"):
        live.client("sts", me[0], me[1], "not-the-token").get_caller_identity()


def _user(iam: Any, name: str) -> str:
    """A user who may assume every role."""
    iam.create_user(UserName=name)
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="assume", PolicyDocument=document)
    return name


def test_regions_are_apart_but_for_iam_and_names_of_buckets(live: Live, role: str) -> None:
    name = f"t-{uuid.uuid4().hex[:8]}"

    def there(service: str) -> Any:
        return live.client(service, region_name="eu-west-1")

    model = {"ModelName": name, "PrimaryContainer": {"Image": jobs.SKLEARN}, "ExecutionRoleArn": role}
    arn = there("sagemaker").create_model(**model)["ModelArn"]
    assert arn.startswith("arn:aws:sagemaker:eu-west-1:")
    assert refused(live.client("sagemaker").describe_model, ModelName=name)[0] == "ValidationException"
    there("logs").create_log_group(logGroupName=name)
    assert live.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"] == []
    there("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert live.client("s3").get_bucket_location(Bucket=name)["LocationConstraint"] == "eu-west-1"
    assert there("iam").get_role(RoleName="SdkJobs")["Role"]["Arn"] == role
