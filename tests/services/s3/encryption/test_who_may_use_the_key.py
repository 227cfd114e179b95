"""Who may read and write objects under a KMS key: one table of callers, key policies and ways, and S3's answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def allow(principal: Any, action: str | list[str], **condition: Any) -> dict[str, Any]:
    said = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}
    return said | ({"Condition": condition} if condition else {})


VIA_S3 = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
VIA_SSM = {"StringEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com"}}
IN_CONTEXT = {"StringLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::bucket/*"}}
ELSEWHERE = {"StringLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::other/*"}}
USE = ["kms:Decrypt", "kms:GenerateDataKey"]

# name: (what the key's policy says of the user, what the user's own policy allows of KMS, may write, may read)
CASES: dict[str, tuple[list[dict[str, Any]] | None, list[str], bool, bool]] = {
    "the key policy lets the account in, the user has the rights": (None, USE, True, True),
    "the user has no right to the key": (None, [], False, False),
    "the user may only encrypt": (None, ["kms:GenerateDataKey"], True, False),
    "the user may only decrypt": (None, ["kms:Decrypt"], False, True),
    "the key policy names the user": ([{"USER": USE}], [], True, True),
    "the key policy allows it through S3": ([{"USER": USE, **VIA_S3}], [], True, True),
    "the key policy allows it through another service": ([{"USER": USE, **VIA_SSM}], [], False, False),
    "the key policy allows it for this bucket": ([{"USER": USE, **IN_CONTEXT}], [], True, True),
    "the key policy allows it for another bucket": ([{"USER": USE, **ELSEWHERE}], [], False, False),
}


@pytest.fixture
def user(client: Callable[..., Any]) -> tuple[str, Callable[[list[str]], Any]]:
    """A user with all of S3: ARN, and what makes a client after giving it rights to KMS."""
    iam = client("iam")
    arn = iam.create_user(UserName="reader")["User"]["Arn"]
    keys = iam.create_access_key(UserName="reader")["AccessKey"]

    def with_rights(actions: list[str]) -> Any:
        statement = [{"Effect": "Allow", "Action": ["s3:*", *actions], "Resource": "*"}]
        document = json.dumps({"Version": "2012-10-17", "Statement": statement})
        iam.put_user_policy(UserName="reader", PolicyName="p", PolicyDocument=document)
        return client("s3", key=keys["AccessKeyId"], secret=keys["SecretAccessKey"])

    return arn, with_rights


def succeeds(call: Callable[[], Any]) -> bool:
    try:
        call()
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        return False
    return True


@pytest.mark.parametrize("name", CASES)
def test_who_may_use_the_key(s3, kms, bucket, key, user, name):
    arn, with_rights = user
    policy, rights, may_write, may_read = CASES[name]
    if policy is not None:
        put_policy(kms, key, arn, policy)
    s3.put_object(Bucket=bucket, Key="k", Body=b"1", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    s3.put_object(Bucket=bucket, Key="plain", Body=b"1")
    reader = with_rights(rights)
    wish = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    assert succeeds(lambda: reader.put_object(Bucket=bucket, Key="w", Body=b"1", **wish)) == may_write
    assert succeeds(lambda: reader.get_object(Bucket=bucket, Key="k")) == may_read
    assert succeeds(lambda: reader.get_object(Bucket=bucket, Key="plain"))
    # Copies read with one key and write with another; a multipart upload needs both rights (CreateMultipartUpload, API reference).
    copied = succeeds(lambda: reader.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/k"))
    assert copied == may_read
    assert succeeds(lambda: multipart(reader, bucket, wish)) == (may_write and may_read)


def put_policy(kms: Any, key: str, user: str, said: list[dict[str, Any]]) -> None:
    root = allow({"AWS": f"arn:aws:iam::{key.split(':')[4]}:root"}, "kms:*")
    root["Condition"] = {"ArnNotEquals": {"aws:PrincipalArn": user}}
    own = [
        allow({"AWS": user}, one["USER"], **{name: value for name, value in one.items() if name != "USER"})
        for one in said
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": [root, *own]})
    kms.put_key_policy(KeyId=key, Policy=text, BypassPolicyLockoutSafetyCheck=True)


def multipart(s3: Any, bucket: str, wish: dict[str, Any]) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="m", **wish)["UploadId"]
    s3.upload_part(Bucket=bucket, Key="m", UploadId=upload, PartNumber=1, Body=b"1")


def test_a_grant_lets_in_and_its_end_shuts_out(s3, kms, bucket, key, user):
    arn, with_rights = user
    put_policy(kms, key, arn, [])
    s3.put_object(Bucket=bucket, Key="k", Body=b"1", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    reader = with_rights([])
    assert not succeeds(lambda: reader.get_object(Bucket=bucket, Key="k"))
    grant = kms.create_grant(KeyId=key, GranteePrincipal=arn, Operations=["Decrypt"])["GrantId"]
    assert succeeds(lambda: reader.get_object(Bucket=bucket, Key="k"))
    kms.revoke_grant(KeyId=key, GrantId=grant)
    assert not succeeds(lambda: reader.get_object(Bucket=bucket, Key="k"))


def test_the_refusal_names_the_key_and_the_right(s3, bucket, key, user, refused):
    _, with_rights = user
    s3.put_object(Bucket=bucket, Key="k", Body=b"1", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    with refused("AccessDenied", 403) as refusal:
        with_rights([]).get_object(Bucket=bucket, Key="k")
    assert "is not authorized to perform: kms:Decrypt on resource: " + key in refusal.error["Message"]


def test_nobody_reads_under_a_kms_key_without_a_signature(s3, bucket, anonymous, refused):
    s3.delete_public_access_block(Bucket=bucket)
    statement = [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{bucket}/*",
        }
    ]
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": statement}))
    s3.put_object(Bucket=bucket, Key="k", Body=b"1", ServerSideEncryption="aws:kms")
    s3.put_object(Bucket=bucket, Key="plain", Body=b"1")
    assert anonymous.get_object(Bucket=bucket, Key="plain")["Body"].read() == b"1"
    with refused("InvalidArgument", 400) as refusal:
        anonymous.get_object(Bucket=bucket, Key="k")
    assert "require AWS Signature Version 4" in refusal.error["Message"]
