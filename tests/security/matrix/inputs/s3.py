"""S3. Buckets are global by name, so a stranger means the very bucket of the owner and must be refused.

IAM's names of the actions: "Actions, resources, and condition keys for Amazon S3" (Service Authorization Reference,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html) and the permissions that the API
reference names at each operation.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.conftest import ACCOUNT
from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.world import MARKER, World

Make = Callable[[World], Params]

_TAGS = {"TagSet": [{"Key": "note", "Value": MARKER}]}
_RULE = {"AllowedMethods": ["GET"], "AllowedOrigins": [f"https://{MARKER}.example"]}
_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "hush4711",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/owner"},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::{bucket}/*",
        }
    ],
}
_WEBSITE = {"IndexDocument": {"Suffix": "index.html"}}
_RULES = {"Rules": [{"Status": "Enabled", "Filter": {"Prefix": "old/"}, "Expiration": {"Days": 9}}]}
_SELECT = {
    "Expression": "SELECT * FROM S3Object",
    "ExpressionType": "SQL",
    "InputSerialization": {"CSV": {}},
    "OutputSerialization": {"CSV": {}},
}
_BLOCKS = {"BlockPublicAcls": True, "BlockPublicPolicy": True}


def bucket(w: World) -> str:
    """A new bucket with every sub-resource that a bucket may have, and nothing in it."""
    name = w.fresh("bucket")
    s3 = w.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_tagging(Bucket=name, Tagging=_TAGS)
    s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [_RULE]})
    s3.put_bucket_policy(Bucket=name, Policy=policy(name))
    return name


def policy(bucket: str) -> str:
    return json.dumps(_POLICY).replace("{bucket}", bucket)


def the_bucket(w: World) -> str:
    """One bucket for all that takes nothing away from it; with one object, `secret`."""

    def make(w: World) -> str:
        name = bucket(w)
        put(w, name, "secret")
        return name

    return w.once("bucket", make)


def put(w: World, bucket: str, key: str) -> None:
    w.client("s3").put_object(
        Bucket=bucket, Key=key, Body=MARKER.encode(), Tagging=f"note={MARKER}", Metadata={"note": MARKER}
    )


def upload(w: World) -> Params:
    """A multipart upload with one part."""
    names = {"Bucket": the_bucket(w), "Key": w.fresh("upload")}
    s3 = w.client("s3")
    names["UploadId"] = s3.create_multipart_upload(**names, Metadata={"note": MARKER})["UploadId"]
    s3.upload_part(**names, PartNumber=1, Body=MARKER.encode())
    return names


def _to_complete(w: World) -> Params:
    names = upload(w)
    etag = w.client("s3").list_parts(**names)["Parts"][0]["ETag"]
    return {**names, "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": etag}]}}


def on_bucket(**more: Any) -> Make:
    """The shared bucket, and more members."""
    return lambda w: {"Bucket": the_bucket(w), **more}


def on_new_bucket(w: World) -> Params:
    return {"Bucket": bucket(w)}


def on_object(**more: Any) -> Make:
    """The shared object, and more members."""
    return lambda w: {"Bucket": the_bucket(w), "Key": "secret", **more}


def on_new_object(w: World) -> Params:
    name, key = the_bucket(w), w.fresh("object")
    put(w, name, key)
    return {"Bucket": name, "Key": key}


def on_new_key(**more: Any) -> Make:
    """A key that is not there yet."""
    return lambda w: {"Bucket": the_bucket(w), "Key": w.fresh("new"), **more}


def _private(w: World) -> Params:
    """ACLs are taken where the ownership controls let them in."""
    name = w.once("bucket with ACLs", bucket)
    controls = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    w.client("s3").put_bucket_ownership_controls(Bucket=name, OwnershipControls=controls)
    return {"Bucket": name, "ACL": "private"}


def _private_object(w: World) -> Params:
    names = {**_private(w), "Key": "secret"}
    put(w, names["Bucket"], names["Key"])
    return names


def _with_rules(w: World) -> Params:
    names = on_new_bucket(w)
    w.client("s3").put_bucket_lifecycle_configuration(**names, LifecycleConfiguration=_RULES)
    return names


def _replication(w: World) -> Params:
    """A rule from a new bucket to another one, by a role of the owner's."""
    s3, names, to = w.client("s3"), on_new_bucket(w), on_new_bucket(w)
    for name in (names["Bucket"], to["Bucket"]):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    one = {"Status": "Enabled", "Prefix": MARKER, "Destination": {"Bucket": f"arn:aws:s3:::{to['Bucket']}"}}
    role = f"arn:aws:iam::{ACCOUNT}:role/replicator"
    return {**names, "ReplicationConfiguration": {"Role": role, "Rules": [one]}}


def _replicating(w: World) -> Params:
    wanted = _replication(w)
    w.client("s3").put_bucket_replication(**wanted)
    return {"Bucket": wanted["Bucket"]}


def _inventory(w: World) -> Params:
    """An inventory that is not enabled, for a new bucket."""
    to = {"S3BucketDestination": {"Bucket": f"arn:aws:s3:::{MARKER}", "Format": "CSV"}}
    wanted = {
        "Id": "list",
        "IsEnabled": False,
        "IncludedObjectVersions": "Current",
        "Schedule": {"Frequency": "Daily"},
        "Destination": to,
    }
    return {**on_new_bucket(w), "Id": "list", "InventoryConfiguration": wanted}


def _inventoried(w: World) -> Params:
    wanted = _inventory(w)
    w.client("s3").put_bucket_inventory_configuration(**wanted)
    return {"Bucket": wanted["Bucket"], "Id": "list"}


def _tiering(w: World) -> Params:
    tierings = [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}]
    wanted = {"Id": "cold", "Status": "Enabled", "Filter": {"Prefix": MARKER}, "Tierings": tierings}
    return {**on_new_bucket(w), "Id": "cold", "IntelligentTieringConfiguration": wanted}


def _tiered(w: World) -> Params:
    wanted = _tiering(w)
    w.client("s3").put_bucket_intelligent_tiering_configuration(**wanted)
    return {"Bucket": wanted["Bucket"], "Id": "cold"}


def _metering(w: World) -> Params:
    wanted = {"Id": "all", "Filter": {"Prefix": MARKER}}
    return {**on_new_bucket(w), "Id": "all", "MetricsConfiguration": wanted}


def _metered(w: World) -> Params:
    wanted = _metering(w)
    w.client("s3").put_bucket_metrics_configuration(**wanted)
    return {"Bucket": wanted["Bucket"], "Id": "all"}


def _with_website(w: World) -> Params:
    names = on_new_bucket(w)
    w.client("s3").put_bucket_website(**names, WebsiteConfiguration=_WEBSITE)
    return names


def _archived(w: World) -> Params:
    names = {"Bucket": the_bucket(w), "Key": w.fresh("archived")}
    w.client("s3").put_object(**names, Body=MARKER.encode(), StorageClass="GLACIER")
    return {**names, "RestoreRequest": {"Days": 1}}


def _locked_bucket(w: World) -> Params:
    def make(w: World) -> str:
        name = w.fresh("bucket")
        w.client("s3").create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
        return name

    return {"Bucket": w.once("bucket with Object Lock", make)}


def _locked_object(w: World) -> Params:
    names = {**_locked_bucket(w), "Key": w.fresh("locked")}
    s3 = w.client("s3")
    s3.put_object(**names, Body=MARKER.encode(), ObjectLockLegalHoldStatus="ON")
    s3.put_object_retention(**names, Retention=_retention(w, 2))
    return names


def _retention(w: World, days: int) -> Params:
    return {
        "Mode": "GOVERNANCE",
        "RetainUntilDate": datetime.fromtimestamp(w.clock.now() + days * 86400, UTC),
    }


def _with_source(make: Make) -> Make:
    return lambda w: {**make(w), "CopySource": f"{the_bucket(w)}/secret"}


def _several(w: World) -> Params:
    names = on_new_object(w)
    return {"Bucket": names["Bucket"], "Delete": {"Objects": [{"Key": names["Key"]}]}}


_ENCRYPTION = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
_OWNERSHIP = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
_OPEN_TAGS = {"TagSet": [{"Key": "a", "Value": "b"}]}
_OPEN_RULE = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}


def _with_another_key(w: World) -> Params:
    key = w.client("kms").create_key()["KeyMetadata"]["Arn"]
    return {**on_object()(w), "ObjectEncryption": {"SSEKMS": {"KMSKeyArn": key}}}


CASES = {
    "AbortMultipartUpload": Case(upload),
    "CompleteMultipartUpload": Case(_to_complete, action="PutObject"),
    "CopyObject": Case(_with_source(on_new_key()), action="PutObject"),
    "CreateBucket": Case(lambda w: {"Bucket": w.fresh("bucket")}),
    "CreateMultipartUpload": Case(on_new_key(), action="PutObject"),
    "DeleteBucket": Case(on_new_bucket),
    "DeleteBucketCors": Case(on_new_bucket, action="PutBucketCORS"),
    "DeleteBucketEncryption": Case(on_bucket(), action="PutEncryptionConfiguration"),
    "DeleteBucketIntelligentTieringConfiguration": Case(_tiered, action="PutIntelligentTieringConfiguration"),
    "DeleteBucketInventoryConfiguration": Case(_inventoried, action="PutInventoryConfiguration"),
    "DeleteBucketLifecycle": Case(on_bucket(), action="PutLifecycleConfiguration"),
    "DeleteBucketMetricsConfiguration": Case(_metered, action="PutMetricsConfiguration"),
    "DeleteBucketOwnershipControls": Case(on_new_bucket, action="PutBucketOwnershipControls"),
    "DeleteBucketPolicy": Case(on_new_bucket),
    "DeleteBucketReplication": Case(on_bucket(), action="PutReplicationConfiguration"),
    "DeleteBucketTagging": Case(on_new_bucket, action="PutBucketTagging"),
    "DeleteBucketWebsite": Case(on_bucket()),
    "DeleteObject": Case(on_new_object),
    "DeleteObjectTagging": Case(on_new_object),
    "DeleteObjects": Case(_several, action="DeleteObject"),
    "DeletePublicAccessBlock": Case(on_new_bucket, action="PutBucketPublicAccessBlock"),
    "GetBucketAccelerateConfiguration": Case(on_bucket(), action="GetAccelerateConfiguration"),
    "GetBucketAcl": Case(on_bucket()),
    "GetBucketCors": Case(on_bucket(), action="GetBucketCORS"),
    "GetBucketEncryption": Case(on_bucket(), action="GetEncryptionConfiguration"),
    "GetBucketIntelligentTieringConfiguration": Case(_tiered, action="GetIntelligentTieringConfiguration"),
    "GetBucketInventoryConfiguration": Case(_inventoried, action="GetInventoryConfiguration"),
    "GetBucketLifecycleConfiguration": Case(_with_rules, action="GetLifecycleConfiguration"),
    "GetBucketLocation": Case(on_bucket()),
    "GetBucketLogging": Case(on_bucket()),
    "GetBucketMetricsConfiguration": Case(_metered, action="GetMetricsConfiguration"),
    "GetBucketNotificationConfiguration": Case(on_bucket(), action="GetBucketNotification"),
    "GetBucketOwnershipControls": Case(on_bucket()),
    "GetBucketPolicy": Case(on_bucket()),
    "GetBucketPolicyStatus": Case(on_bucket()),
    "GetBucketReplication": Case(_replicating, action="GetReplicationConfiguration"),
    "GetBucketRequestPayment": Case(on_bucket()),
    "GetBucketTagging": Case(on_bucket()),
    "GetBucketVersioning": Case(on_bucket()),
    "GetBucketWebsite": Case(_with_website),
    "GetObject": Case(on_object()),
    "GetObjectAcl": Case(on_object()),
    "GetObjectAttributes": Case(on_object(ObjectAttributes=["ETag", "ObjectSize"])),
    "GetObjectLegalHold": Case(_locked_object),
    "GetObjectLockConfiguration": Case(_locked_bucket, action="GetBucketObjectLockConfiguration"),
    "GetObjectRetention": Case(_locked_object),
    "GetObjectTagging": Case(on_object()),
    "GetPublicAccessBlock": Case(on_bucket(), action="GetBucketPublicAccessBlock"),
    "HeadBucket": Case(on_bucket(), action="ListBucket"),
    "HeadObject": Case(on_object(), action="GetObject"),
    "ListBucketIntelligentTieringConfigurations": Case(
        lambda w: {"Bucket": _tiered(w)["Bucket"]}, action="GetIntelligentTieringConfiguration"
    ),
    "ListBucketInventoryConfigurations": Case(
        lambda w: {"Bucket": _inventoried(w)["Bucket"]}, action="GetInventoryConfiguration"
    ),
    "ListBucketMetricsConfigurations": Case(
        lambda w: {"Bucket": _metered(w)["Bucket"]}, action="GetMetricsConfiguration"
    ),
    "ListBuckets": Case(lambda w: {}, Outcome.OWN, action="ListAllMyBuckets"),
    "ListMultipartUploads": Case(on_bucket(), action="ListBucketMultipartUploads"),
    "ListObjectVersions": Case(on_bucket(), action="ListBucketVersions"),
    "ListObjects": Case(on_bucket(), action="ListBucket"),
    "ListObjectsV2": Case(on_bucket(), action="ListBucket"),
    "ListParts": Case(upload, action="ListMultipartUploadParts"),
    "PutBucketAcl": Case(_private),
    "PutBucketCors": Case(on_bucket(CORSConfiguration={"CORSRules": [_OPEN_RULE]}), action="PutBucketCORS"),
    "PutBucketEncryption": Case(
        on_bucket(ServerSideEncryptionConfiguration=_ENCRYPTION), action="PutEncryptionConfiguration"
    ),
    "PutBucketIntelligentTieringConfiguration": Case(_tiering, action="PutIntelligentTieringConfiguration"),
    "PutBucketInventoryConfiguration": Case(_inventory, action="PutInventoryConfiguration"),
    "PutBucketLifecycleConfiguration": Case(
        on_bucket(LifecycleConfiguration=_RULES), action="PutLifecycleConfiguration"
    ),
    "PutBucketLogging": Case(on_bucket(BucketLoggingStatus={})),
    "PutBucketMetricsConfiguration": Case(_metering, action="PutMetricsConfiguration"),
    "PutBucketNotificationConfiguration": Case(
        on_bucket(NotificationConfiguration={}), action="PutBucketNotification"
    ),
    "PutBucketOwnershipControls": Case(on_bucket(OwnershipControls=_OWNERSHIP)),
    "PutBucketPolicy": Case(lambda w: {"Bucket": the_bucket(w), "Policy": policy(the_bucket(w))}),
    "PutBucketReplication": Case(_replication, action="PutReplicationConfiguration"),
    "PutBucketRequestPayment": Case(on_bucket(RequestPaymentConfiguration={"Payer": "BucketOwner"})),
    "PutBucketTagging": Case(on_bucket(Tagging=_OPEN_TAGS)),
    "PutBucketVersioning": Case(
        lambda w: {**on_new_bucket(w), "VersioningConfiguration": {"Status": "Enabled"}}
    ),
    "PutBucketWebsite": Case(on_bucket(WebsiteConfiguration=_WEBSITE)),
    "PutObject": Case(on_new_key(Body=b"written")),
    "PutObjectAcl": Case(_private_object),
    "PutObjectLegalHold": Case(lambda w: {**_locked_object(w), "LegalHold": {"Status": "OFF"}}),
    "PutObjectLockConfiguration": Case(
        lambda w: {**_locked_bucket(w), "ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}},
        action="PutBucketObjectLockConfiguration",
    ),
    "PutObjectRetention": Case(lambda w: {**_locked_object(w), "Retention": _retention(w, 9)}),
    "PutObjectTagging": Case(on_object(Tagging=_OPEN_TAGS)),
    "PutPublicAccessBlock": Case(
        on_bucket(PublicAccessBlockConfiguration=_BLOCKS), action="PutBucketPublicAccessBlock"
    ),
    "RestoreObject": Case(_archived),
    "PutBucketAccelerateConfiguration": Case(
        on_bucket(AccelerateConfiguration={"Status": "Enabled"}), action="PutAccelerateConfiguration"
    ),
    "SelectObjectContent": Case(on_object(**_SELECT), action="GetObject"),
    "UpdateObjectEncryption": Case(_with_another_key),
    "UploadPart": Case(lambda w: {**upload(w), "PartNumber": 2, "Body": b"part"}, action="PutObject"),
    "UploadPartCopy": Case(_with_source(lambda w: {**upload(w), "PartNumber": 2}), action="PutObject"),
}
