"""Amazon S3: buckets and objects over rows of its own and the platform's object store."""

from clary.services.s3 import (
    absent_features,
    access,
    acl,
    background,
    buckets,
    completing,
    condition_keys,
    copying,
    deleting,
    listing,
    multipart,
    policies,
    reading,
    settings,
    tagging,
    writing,
)
from clary.services.s3.service import s3 as service
from clary.services.s3.sweep import sweep

__all__ = [
    "absent_features",
    "access",
    "acl",
    "background",
    "buckets",
    "completing",
    "condition_keys",
    "copying",
    "deleting",
    "listing",
    "multipart",
    "policies",
    "reading",
    "service",
    "settings",
    "sweep",
    "tagging",
    "writing",
]
