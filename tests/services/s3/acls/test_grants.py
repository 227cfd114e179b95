"""What access control lists allow. Oracle: "Access control list (ACL) overview"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html), with its table of canned ACLs and its mapping to
permissions; recorded answers of AWS (`test_s3_object_acl`, `test_s3_multipart_upload_acls`)."""

from __future__ import annotations

import pytest

from clary.access.identity import canonical_user
from tests.support.principals import ACCOUNT, OTHER, allow, user

EVERYBODY = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
SIGNED = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}
LOGS = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}
OWNER = {"Type": "CanonicalUser", "ID": canonical_user(ACCOUNT)}
STRANGER = {"Type": "CanonicalUser", "ID": canonical_user(OTHER)}


def shown(answer):
    return [(one["Grantee"], one["Permission"]) for one in answer["Grants"]]


@pytest.mark.parametrize(
    ("canned", "more"),
    [
        ("private", []),
        ("public-read", [(EVERYBODY, "READ")]),
        ("public-read-write", [(EVERYBODY, "READ"), (EVERYBODY, "WRITE")]),
        ("authenticated-read", [(SIGNED, "READ")]),
        ("bucket-owner-full-control", []),
    ],
)
def test_canned_acls_of_an_object(s3, with_acls, canned, more):
    s3.put_object(Bucket=with_acls, Key="k", Body=b"1", ACL=canned)
    assert shown(s3.get_object_acl(Bucket=with_acls, Key="k")) == [(OWNER, "FULL_CONTROL"), *more]


def test_canned_acls_of_a_bucket(s3, with_acls):
    s3.put_bucket_acl(Bucket=with_acls, ACL="log-delivery-write")
    more = [(LOGS, "WRITE"), (LOGS, "READ_ACP")]
    assert shown(s3.get_bucket_acl(Bucket=with_acls)) == [(OWNER, "FULL_CONTROL"), *more]
    s3.put_bucket_acl(Bucket=with_acls, ACL="private")
    assert shown(s3.get_bucket_acl(Bucket=with_acls)) == [(OWNER, "FULL_CONTROL")]


def test_headers_and_documents_say_all_that_is_granted(s3, with_acls):
    s3.put_object(Bucket=with_acls, Key="k", Body=b"1", GrantRead=f'uri="{LOGS["URI"]}"')
    assert shown(s3.get_object_acl(Bucket=with_acls, Key="k")) == [(LOGS, "READ")]
    document = {
        "Owner": {"ID": OWNER["ID"]},
        "Grants": [
            {"Grantee": OWNER, "Permission": "FULL_CONTROL"},
            {"Grantee": LOGS, "Permission": "WRITE"},
        ],
    }
    s3.put_object_acl(Bucket=with_acls, Key="k", AccessControlPolicy=document)
    answer = s3.get_object_acl(Bucket=with_acls, Key="k")
    assert shown(answer) == [(OWNER, "FULL_CONTROL"), (LOGS, "WRITE")]
    assert answer["Owner"] == {"ID": OWNER["ID"]}


def test_a_public_bucket(s3, with_acls, anonymous, refused):
    s3.put_object(Bucket=with_acls, Key="k", Body=b"1")
    with refused("AccessDenied", 403):
        anonymous.list_objects_v2(Bucket=with_acls)
    s3.put_bucket_acl(Bucket=with_acls, ACL="public-read-write")
    assert anonymous.list_objects_v2(Bucket=with_acls)["KeyCount"] == 1
    with refused("AccessDenied", 403):
        anonymous.get_object(Bucket=with_acls, Key="k")  # its own list says who may read an object
    with refused("NoSuchKey", 404):
        anonymous.get_object(Bucket=with_acls, Key="nothing")  # who may list may know
    with refused("AccessDenied", 403):
        anonymous.get_bucket_acl(Bucket=with_acls)
    anonymous.put_object(Bucket=with_acls, Key="theirs", Body=b"2")
    anonymous.delete_object(Bucket=with_acls, Key="k")
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=with_acls)["Contents"]] == ["theirs"]


def test_a_public_object_and_one_for_who_signs(s3, with_acls, anonymous, stranger, refused):
    s3.put_object(Bucket=with_acls, Key="all", Body=b"1", ACL="public-read")
    s3.put_object(Bucket=with_acls, Key="signed", Body=b"2", ACL="authenticated-read")
    assert anonymous.get_object(Bucket=with_acls, Key="all")["Body"].read() == b"1"
    assert stranger.get_object(Bucket=with_acls, Key="signed")["Body"].read() == b"2"
    for key in ("signed", "nothing"):
        with refused("AccessDenied", 403):
            anonymous.get_object(Bucket=with_acls, Key=key)
    with refused("AccessDenied", 403):
        anonymous.get_object_acl(Bucket=with_acls, Key="all")


def test_another_account_is_granted_one_thing(s3, with_acls, stranger, refused):
    s3.put_object(Bucket=with_acls, Key="k", Body=b"1", GrantReadACP=f"id={STRANGER['ID']}")
    assert stranger.get_object_acl(Bucket=with_acls, Key="k")
    with refused("AccessDenied", 403):
        stranger.get_object(Bucket=with_acls, Key="k")
    with refused("AccessDenied", 403):
        stranger.put_object_acl(Bucket=with_acls, Key="k", ACL="private")
    s3.put_object_acl(Bucket=with_acls, Key="k", GrantFullControl=f"id={STRANGER['ID']}")
    assert stranger.get_object(Bucket=with_acls, Key="k")["Body"].read() == b"1"
    stranger.put_object_acl(Bucket=with_acls, Key="k", ACL="private")
    with refused("AccessDenied", 403):
        stranger.get_object(Bucket=with_acls, Key="k")


def test_an_account_that_is_granted_lets_its_users_in_by_its_own_policies(client, s3, with_acls, refused):
    s3.put_object(Bucket=with_acls, Key="k", Body=b"1", GrantRead=f"id={OWNER['ID']}")
    without = client("s3", **user(client, "without"))
    with_right = client("s3", **user(client, "with", allow("s3:GetObject")))
    assert with_right.get_object(Bucket=with_acls, Key="k")
    with refused("AccessDenied", 403):
        without.get_object(Bucket=with_acls, Key="k")


def test_each_version_has_its_own(s3, with_acls, anonymous, refused):
    s3.put_bucket_versioning(Bucket=with_acls, VersioningConfiguration={"Status": "Enabled"})
    old = s3.put_object(Bucket=with_acls, Key="k", Body=b"1", ACL="public-read")["VersionId"]
    s3.put_object(Bucket=with_acls, Key="k", Body=b"2")
    assert anonymous.get_object(Bucket=with_acls, Key="k", VersionId=old)["Body"].read() == b"1"
    with refused("AccessDenied", 403):
        anonymous.get_object(Bucket=with_acls, Key="k")
    s3.put_object_acl(Bucket=with_acls, Key="k", VersionId=old, ACL="private")
    with refused("AccessDenied", 403):
        anonymous.get_object(Bucket=with_acls, Key="k", VersionId=old)


def test_an_explicit_deny_wins_over_a_grant(s3, with_acls, anonymous, refused):
    s3.put_object(Bucket=with_acls, Key="k", Body=b"1", ACL="public-read")
    s3.put_bucket_policy(
        Bucket=with_acls,
        Policy=f'{{"Version": "2012-10-17", "Statement": [{{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", '
        f'"Resource": "arn:aws:s3:::{with_acls}/*"}}]}}',
    )
    with refused("AccessDenied", 403):
        anonymous.get_object(Bucket=with_acls, Key="k")


def test_a_copy_and_an_upload_in_parts(s3, with_acls):
    s3.put_object(Bucket=with_acls, Key="k", Body=b"1", ACL="public-read")
    s3.copy_object(Bucket=with_acls, Key="copy", CopySource=f"{with_acls}/k")
    assert shown(s3.get_object_acl(Bucket=with_acls, Key="copy")) == [(OWNER, "FULL_CONTROL")], "not copied"
    s3.copy_object(Bucket=with_acls, Key="copy", CopySource=f"{with_acls}/k", ACL="public-read")
    assert (EVERYBODY, "READ") in shown(s3.get_object_acl(Bucket=with_acls, Key="copy"))
    names = {"Bucket": with_acls, "Key": "parts"}
    names["UploadId"] = s3.create_multipart_upload(**names, ACL="public-read")["UploadId"]
    etag = s3.upload_part(**names, PartNumber=1, Body=b"1")["ETag"]
    s3.complete_multipart_upload(**names, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    assert (EVERYBODY, "READ") in shown(s3.get_object_acl(Bucket=with_acls, Key="parts"))
