"""Object Ownership. Oracle: "Controlling ownership of objects and disabling ACLs for your bucket"
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html); the codes of refusals are those of
"Error responses when you apply this setting" on that page and on "Configuring block public access"."""

from __future__ import annotations

import pytest

from clary.access.identity import canonical_user
from tests.support.principals import ACCOUNT, OTHER


def own(s3, bucket, ownership):
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": ownership}]}
    )


@pytest.fixture
def shared(s3, with_acls):
    """A bucket that everybody may write into."""
    s3.put_bucket_acl(Bucket=with_acls, ACL="public-read-write")
    return with_acls


def owner(s3, bucket, key="k"):
    return s3.get_object_acl(Bucket=bucket, Key=key)["Owner"]["ID"]


def test_who_writes_owns(s3, shared, stranger, refused):
    stranger.put_object(Bucket=shared, Key="k", Body=b"theirs")
    assert owner(stranger, shared) == canonical_user(OTHER)
    for call in (s3.get_object, s3.get_object_acl, s3.head_object):
        with refused("403" if call == s3.head_object else "AccessDenied", 403):
            call(Bucket=shared, Key="k")
    s3.delete_object(
        Bucket=shared, Key="k"
    )  # "The bucket owner … can delete any objects" (access-control overview)


def test_the_bucket_owner_is_granted_all(s3, shared, stranger):
    stranger.put_object(Bucket=shared, Key="k", Body=b"theirs", ACL="bucket-owner-full-control")
    assert owner(s3, shared) == canonical_user(OTHER)
    assert s3.get_object(Bucket=shared, Key="k")["Body"].read() == b"theirs"
    own(s3, shared, "BucketOwnerPreferred")
    stranger.put_object(Bucket=shared, Key="k", Body=b"given", ACL="bucket-owner-full-control")
    assert owner(s3, shared) == canonical_user(ACCOUNT)
    stranger.put_object(Bucket=shared, Key="kept", Body=b"theirs")
    assert owner(stranger, shared, "kept") == canonical_user(OTHER)


def test_what_nobody_signed_belongs_to_nobody(s3, shared, anonymous, refused):
    anonymous.put_object(Bucket=shared, Key="k", Body=b"1")
    with refused("AccessDenied", 403):
        s3.get_object(Bucket=shared, Key="k")


def test_enforcing_ends_all_acls_and_leaves_them_for_later(s3, with_acls, anonymous, refused):
    s3.put_object(Bucket=with_acls, Key="k", Body=b"1", ACL="public-read")
    own(s3, with_acls, "BucketOwnerEnforced")
    with refused("AccessDenied", 403):
        anonymous.get_object(Bucket=with_acls, Key="k")
    with refused("AccessControlListNotSupported", 400):
        s3.put_object(Bucket=with_acls, Key="l", Body=b"1", ACL="public-read")
    own(s3, with_acls, "ObjectWriter")
    assert anonymous.get_object(Bucket=with_acls, Key="k")


def test_a_bucket_that_grants_anything_cannot_enforce(s3, shared, refused):
    with refused("InvalidBucketAclWithObjectOwnership", 400):
        own(s3, shared, "BucketOwnerEnforced")
    s3.put_bucket_acl(Bucket=shared, ACL="private")
    own(s3, shared, "BucketOwnerEnforced")


def test_the_acl_of_a_new_bucket(s3, refused):
    with refused("InvalidBucketAclWithObjectOwnership", 400):
        s3.create_bucket(Bucket="acl-a", ACL="log-delivery-write")
    with refused("InvalidBucketAclWithBlockPublicAccessError", 400):
        s3.create_bucket(Bucket="acl-b", ACL="public-read", ObjectOwnership="ObjectWriter")
    s3.create_bucket(Bucket="acl-c", ACL="log-delivery-write", ObjectOwnership="BucketOwnerPreferred")
    assert len(s3.get_bucket_acl(Bucket="acl-c")["Grants"]) == 3


def test_blocked_public_acls_are_refused_and_ignored_ones_do_nothing(s3, with_acls, anonymous, refused):
    s3.put_object(Bucket=with_acls, Key="k", Body=b"1", ACL="public-read")
    s3.put_public_access_block(
        Bucket=with_acls, PublicAccessBlockConfiguration={"BlockPublicAcls": True, "IgnorePublicAcls": False}
    )
    assert anonymous.get_object(Bucket=with_acls, Key="k"), "what is there is not changed"
    for refusing in (
        lambda: s3.put_object(Bucket=with_acls, Key="l", Body=b"1", ACL="public-read"),
        lambda: s3.put_object_acl(Bucket=with_acls, Key="k", ACL="authenticated-read"),
        lambda: s3.put_bucket_acl(Bucket=with_acls, ACL="public-read"),
    ):
        with refused("AccessDenied", 403) as refusal:
            refusing()
        assert "prevented by the BlockPublicAcls setting" in refusal.error["Message"]
    s3.put_public_access_block(Bucket=with_acls, PublicAccessBlockConfiguration={"IgnorePublicAcls": True})
    with refused("AccessDenied", 403):
        anonymous.get_object(Bucket=with_acls, Key="k")


def test_an_upload_in_parts_of_a_stranger_is_theirs(s3, shared, stranger, refused):
    names = {"Bucket": shared, "Key": "k"}
    names["UploadId"] = stranger.create_multipart_upload(**names)["UploadId"]
    etag = stranger.upload_part(**names, PartNumber=1, Body=b"1")["ETag"]
    stranger.complete_multipart_upload(**names, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    with refused("AccessDenied", 403):
        s3.get_object(Bucket=shared, Key="k")


def test_who_began_an_upload_may_list_and_abort_it(s3, shared, stranger, refused):
    """ "the bucket owner and the initiator of the multipart upload" (mpuoverview, S3 User Guide)."""
    own, foreign = {"Bucket": shared, "Key": "own"}, {"Bucket": shared, "Key": "foreign"}
    own["UploadId"] = stranger.create_multipart_upload(**own)["UploadId"]
    foreign["UploadId"] = s3.create_multipart_upload(**foreign)["UploadId"]
    assert "Parts" not in stranger.list_parts(**own)
    stranger.abort_multipart_upload(**own)
    for call in (stranger.list_parts, stranger.abort_multipart_upload):
        with refused("AccessDenied", 403):
            call(**foreign)


def test_an_acl_cannot_name_another_owner(s3, with_acls, refused):
    s3.put_object(Bucket=with_acls, Key="k", Body=b"1")
    with refused("AccessDenied", 403):
        s3.put_object_acl(
            Bucket=with_acls, Key="k", AccessControlPolicy={"Owner": {"ID": "a" * 64}, "Grants": []}
        )
