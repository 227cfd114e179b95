"""Malformed access control lists. Oracle: recorded answers of AWS (`test_s3_object_acl_exceptions`,
`test_s3_bucket_acl_exceptions`)."""

from __future__ import annotations

import pytest
from botocore.config import Config

LOGS = "http://acs.amazonaws.com/groups/s3/LogDelivery"
FAKE = "http://acs.amazonaws.com/groups/s3/FakeGroup"
OWNER = {"ID": "a" * 64}


@pytest.fixture(params=["object", "bucket"])
def put(request, client, s3, bucket):
    """PutObjectAcl or PutBucketAcl in a bucket that takes ACLs; botocore checks nothing."""
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    raw = client("s3", config=Config(parameter_validation=False))
    if request.param == "bucket":
        return lambda **options: raw.put_bucket_acl(Bucket=bucket, **options)
    return lambda **options: raw.put_object_acl(Bucket=bucket, Key="k", **options)


def grant(permission="READ", **grantee):
    return {"Owner": OWNER, "Grants": [{"Grantee": grantee, "Permission": permission}]}


@pytest.mark.parametrize(
    ("told", "message", "name", "value"),
    [
        ({"ACL": "fake-acl"}, "", "x-amz-acl", "fake-acl"),
        ({"GrantWrite": f'uri="{FAKE}"'}, "Invalid group uri", "uri", FAKE),
        ({"GrantWrite": 'id="wrong-id"'}, "Invalid id", "id", "wrong-id"),
        (
            {"GrantWrite": 'fakekey="1234"'},
            "Argument format not recognized",
            "x-amz-grant-write",
            'fakekey="1234"',
        ),
        (
            {"AccessControlPolicy": grant(Type="CanonicalUser", ID="wrong-id")},
            "Invalid id",
            "CanonicalUser/ID",
            "wrong-id",
        ),
        ({"AccessControlPolicy": grant(Type="Group", URI=FAKE)}, "Invalid group uri", "Group/URI", FAKE),
        (
            {"AccessControlPolicy": {"Owner": {"ID": "wrong-id"}, "Grants": []}},
            "Invalid id",
            "CanonicalUser/ID",
            "wrong-id",
        ),
    ],
)
def test_arguments_that_are_invalid(put, refused, told, message, name, value):
    with refused("InvalidArgument", 400) as refusal:
        put(**told)
    error = refusal.error
    assert (error["Message"] or "", error["ArgumentName"], error["ArgumentValue"]) == (message, name, value)


@pytest.mark.parametrize(
    "policy",
    [
        {},
        {"Owner": OWNER},
        {"Grants": []},
        grant(Type="Group"),
        grant("FAKE", Type="Group", URI=LOGS),
        grant(URI=LOGS),
    ],
)
def test_documents_that_are_malformed(put, refused, policy):
    with refused("MalformedACLError", 400):
        put(AccessControlPolicy=policy)


def test_one_way_of_telling_is_enough(put, refused):
    with refused("MissingSecurityHeader", 400) as refusal:
        put()
    assert refusal.error["MissingHeaderName"] == "x-amz-acl"
    with refused("InvalidRequest", 400) as refusal:
        put(ACL="public-read", GrantRead=f'uri="{LOGS}"')
    assert refusal.error["Message"] == "Specifying both Canned ACLs and Header Grants is not allowed"
    with refused("UnexpectedContent", 400) as refusal:
        put(ACL="public-read", AccessControlPolicy=grant(Type="Group", URI=LOGS))
    assert refusal.error["Message"] == "This request does not support content"


def test_an_account_that_does_not_exist_is_no_grantee(put, refused):
    with refused("InvalidArgument", 400) as refusal:
        put(GrantRead=f'id="{"b" * 64}"')
    assert (refusal.error["Message"], refusal.error["ArgumentName"]) == ("Invalid id", "id")


@pytest.mark.parametrize(
    "told",
    [
        {"GrantRead": 'emailAddress="a@example.com"'},
        {"AccessControlPolicy": grant(Type="AmazonCustomerByEmail", EmailAddress="a@example.com")},
    ],
)
def test_addresses_are_no_grantees_any_more(put, refused, told):
    """ "requests to create Email Grantee ACLs … HTTP 405 (Method Not Allowed)" since October 2025
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html)."""
    with refused("MethodNotAllowed", 405):
        put(**told)


def test_more_than_a_hundred_grants_are_too_many(put, refused):
    """ "An ACL can have up to 100 grants" (the same page)."""
    one = {"Grantee": {"Type": "Group", "URI": LOGS}, "Permission": "READ"}
    with refused("MalformedACLError", 400):
        put(AccessControlPolicy={"Owner": OWNER, "Grants": [one] * 101})
