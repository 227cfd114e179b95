"""S3's facts for access control: the owner and the policy of a bucket, and S3's condition keys.

Source of the condition keys: S3's page of the Service Authorization Reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.access.public_policies import is_public
from clary.plane import Access, Context, Guard
from clary.services.s3 import bucket_features, condition_keys, errors, public_access, request_payment
from clary.services.s3.access_points.names import point_of
from clary.services.s3.acls import guards
from clary.services.s3.bucket_rows import Bucket, find_bucket
from clary.services.s3.service import s3

_ROOT_MAY_ALWAYS = ("GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy")
_OF_UPLOADS = ("AbortMultipartUpload", "ListParts")
_CHANGES = ("Policy", "Acl", "PublicAccess", "Ownership")


def guard(ctx: Context, arn: str, params: Mapping[str, Any]) -> Guard:
    """Return the owner and the policy of the bucket that `arn` is in, or of the object, where the bucket has ACLs.

    Of an access point that the request names return the same. With RestrictPublicBuckets, a public policy does not apply to callers of other accounts.
    """
    if ctx.op.name == "CreateBucket":
        return Guard()  # A name that is free has no owner. CreateBucket itself rejects a name that is taken.
    if ctx.op.service.name == "s3control":  # it asks about access points as such, which are their account's
        return Guard(arn.split(":")[4])
    point = point_of(params)
    if point is not None and arn.startswith(point.arn(ctx.partition)):
        return Guard(point.account, point.policy_for(ctx.caller.account))
    name = _name_in(arn)
    bucket = _with_tx(ctx, lambda tx: find_bucket(tx, name))
    if bucket is None:
        raise errors.no_such_bucket(name)  # S3 says so to every caller, also to one who may do nothing
    request_payment.check(ctx, bucket)
    policy = bucket.policy if _policy_applies(ctx, bucket) else None
    _, _, key = arn.rpartition(":::")[2].partition("/")
    if ctx.op.name in _OF_UPLOADS and ctx.caller.account != bucket.owner:
        policy = _with_tx(ctx, lambda tx: guards.with_initiator(tx, bucket, policy, key, params))
    if not bucket.has(bucket_features.ACLS):
        return Guard(bucket.owner, policy)
    return _with_tx(ctx, lambda tx: guards.guard(ctx, tx, bucket, policy, key or None, params))


def _name_in(arn: str) -> str:
    return arn.rpartition(":::")[2].partition("/")[0]


def _policy_applies(ctx: Context, bucket: Bucket) -> bool:
    if not bucket.policy or _is_root_on_policy(ctx, bucket):
        return False
    stranger = ctx.caller.account != bucket.owner and is_public(bucket.policy)
    return not (stranger and _with_tx(ctx, lambda tx: public_access.restricts(tx, bucket)))


def _is_root_on_policy(ctx: Context, bucket: Bucket) -> bool:
    """Return whether this is the root user of the owner's account reading, replacing or deleting the policy.

    AWS always allows that, "even if their bucket policy explicitly denies the root principal's access" (API
    reference, PutBucketPolicy), so that an account cannot lock itself out.
    """
    caller = ctx.caller
    is_root = caller.is_root and caller.arn == caller.principal_arn and caller.account == bucket.owner
    return is_root and ctx.op.name in _ROOT_MAY_ALWAYS


def _with_tx(ctx: Context, work: Any) -> Any:
    """Run `work` in the call's transaction, or in one of its own: stream operations are authorised before
    they have one."""
    if ctx.tx is not None:
        return work(ctx.tx)
    with ctx.platform.store.read() as tx:
        return work(tx)


def _changes(operation: str) -> bool:
    return operation in ("CreateBucket", "DeleteBucket") or any(word in operation for word in _CHANGES)


_MEMBERS = {
    "s3:prefix": ("Prefix",),
    "s3:delimiter": ("Delimiter",),
    "s3:max-keys": ("MaxKeys",),
    "s3:object-lock-mode": ("ObjectLockMode", "Retention.Mode"),
    "s3:object-lock-legal-hold": ("ObjectLockLegalHoldStatus", "LegalHold.Status"),
    "s3:object-lock-retain-until-date": ("ObjectLockRetainUntilDate", "Retention.RetainUntilDate"),
    "s3:versionid": ("VersionId",),
    "s3:x-amz-acl": ("ACL",),
    "s3:x-amz-grant-full-control": ("GrantFullControl",),
    "s3:x-amz-grant-read": ("GrantRead",),
    "s3:x-amz-grant-read-acp": ("GrantReadACP",),
    "s3:x-amz-grant-write": ("GrantWrite",),
    "s3:x-amz-grant-write-acp": ("GrantWriteACP",),
    "s3:x-amz-object-ownership": ("ObjectOwnership",),
    "s3:x-amz-website-redirect-location": ("WebsiteRedirectLocation",),
    "s3:x-amz-server-side-encryption-customer-algorithm": ("SSECustomerAlgorithm",),
    "s3:if-match": ("IfMatch",),
    "s3:if-none-match": ("IfNoneMatch",),
    "s3:x-amz-storage-class": ("StorageClass",),
    "s3:x-amz-server-side-encryption": ("ServerSideEncryption",),
    "s3:x-amz-server-side-encryption-aws-kms-key-id": ("SSEKMSKeyId",),
    "s3:x-amz-metadata-directive": ("MetadataDirective",),
    "s3:locationconstraint": ("CreateBucketConfiguration.LocationConstraint",),
}

s3.access = Access(
    scope="nameless",
    members=_MEMBERS,
    keys=condition_keys.find,
    guard=guard,
    changes=_changes,
    names_any=False,
    unsigned=True,
)
