"""Amazon S3: buckets and objects over rows of its own and the platform's object store."""

from clary.services.s3 import (
    absent_features,
    access,
    acl,
    background,
    bucket_settings,
    buckets,
    complete_multipart,
    condition_keys,
    copy_object,
    delete_objects,
    get_object,
    listing,
    multipart,
    policies,
    put_object,
    tags,
)
from clary.services.s3.service import s3 as service
from clary.services.s3.sweep import sweep

__all__ = [
    "absent_features",
    "access",
    "acl",
    "background",
    "bucket_settings",
    "buckets",
    "complete_multipart",
    "condition_keys",
    "copy_object",
    "delete_objects",
    "get_object",
    "listing",
    "multipart",
    "policies",
    "put_object",
    "service",
    "sweep",
    "tags",
]
