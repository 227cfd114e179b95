"""S3 Control: the public access block of an account, access points, and batch jobs. That of another account is refused to every caller."""

from __future__ import annotations

import json

from tests.conftest import ACCOUNT
from tests.security.matrix.case import Case, Params
from tests.security.matrix.world import MARKER, World

_BLOCK = {"BlockPublicAcls": True}


def _account(w: World) -> Params:
    return {"AccountId": ACCOUNT}


def _blocked(w: World) -> Params:
    w.client("s3control").put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration=_BLOCK)
    return _account(w)


def _point(w: World) -> Params:
    """An access point with a policy."""
    bucket, name = w.fresh("bucket"), w.fresh("point")
    w.client("s3").create_bucket(Bucket=bucket)
    names = {"AccountId": ACCOUNT, "Name": name}
    made = w.client("s3control").create_access_point(**names, Bucket=bucket)
    w.client("s3control").put_access_point_policy(**names, Policy=_policy(made["AccessPointArn"]))
    return names


def _policy(arn: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/owner"},
        "Action": "s3:GetObject",
        "Resource": f"{arn}/object/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _new_point(w: World) -> Params:
    bucket = w.fresh("bucket")
    w.client("s3").create_bucket(Bucket=bucket)
    return {"AccountId": ACCOUNT, "Name": w.fresh("point"), "Bucket": bucket}


def _new_policy(w: World) -> Params:
    names = _point(w)
    arn = f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/{names['Name']}"
    return {**names, "Policy": _policy(arn)}


def _new_job(w: World) -> Params:
    """A job whose list is not there: what it would do matters to no caller."""
    location = {"ObjectArn": "arn:aws:s3:::no-such-bucket/manifest.csv", "ETag": "x"}
    return {
        "AccountId": ACCOUNT,
        "Operation": {"S3DeleteObjectTagging": {}},
        "Report": {"Enabled": False},
        "Manifest": {
            "Spec": {"Format": "S3BatchOperations_CSV_20180820", "Fields": ["Bucket", "Key"]},
            "Location": location,
        },
        "Priority": 1,
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/jobs",
        "ClientRequestToken": w.fresh("token"),
        "Tags": [{"Key": "kind", "Value": "new"}],
    }


def _job(w: World) -> Params:
    asked = _new_job(w) | {"Description": MARKER, "Tags": [{"Key": MARKER, "Value": MARKER}]}
    return {"AccountId": ACCOUNT, "JobId": w.client("s3control").create_job(**asked)["JobId"]}


CASES = {
    "CreateJob": Case(_new_job),
    "DeleteJobTagging": Case(_job),
    "DescribeJob": Case(_job),
    "GetJobTagging": Case(_job),
    "ListJobs": Case(_account),
    "PutJobTagging": Case(lambda w: {**_job(w), "Tags": [{"Key": "kind", "Value": "new"}]}),
    "UpdateJobPriority": Case(lambda w: {**_job(w), "Priority": 5}),
    "UpdateJobStatus": Case(lambda w: {**_job(w), "RequestedJobStatus": "Cancelled"}),
    "CreateAccessPoint": Case(_new_point),
    "DeleteAccessPoint": Case(_point),
    "DeleteAccessPointPolicy": Case(_point),
    "GetAccessPoint": Case(_point),
    "GetAccessPointPolicy": Case(_point),
    "GetAccessPointPolicyStatus": Case(_point),
    "ListAccessPoints": Case(_account),
    "PutAccessPointPolicy": Case(_new_policy),
    "DeletePublicAccessBlock": Case(_blocked, action="PutAccountPublicAccessBlock"),
    "GetPublicAccessBlock": Case(_blocked, action="GetAccountPublicAccessBlock"),
    "PutPublicAccessBlock": Case(
        lambda w: {**_account(w), "PublicAccessBlockConfiguration": _BLOCK},
        action="PutAccountPublicAccessBlock",
    ),
}
