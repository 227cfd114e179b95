"""PutBucketIntelligentTieringConfiguration and its Get, List and Delete, and what S3 refuses of a configuration.

Sources: recorded answers of AWS (`test_s3_intelligent_tier_config`) and PutBucketIntelligentTieringConfiguration (API reference).
"""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Members
from clary.services.s3 import bucket_features, errors, named_configurations, object_headers
from clary.services.s3.bucket_rows import load_bucket
from clary.services.s3.service import bucket_arn, s3
from clary.services.s3.tiering.tiers import ARCHIVE, DEEP, KIND

Params = dict[str, Any]

_LEAST, _MOST = {ARCHIVE: 90, DEEP: 180}, 730  # days
_READS = {"on": bucket_arn, "action": "GetIntelligentTieringConfiguration"}


@s3.operation(
    on=bucket_arn,
    action="PutIntelligentTieringConfiguration",
    accepts=Members("Bucket Id IntelligentTieringConfiguration ExpectedBucketOwner"),
)
def put_bucket_intelligent_tiering_configuration(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    wanted = params["IntelligentTieringConfiguration"]
    _check(wanted)
    named_configurations.put(ctx.tx, bucket.name, KIND, params["Id"], wanted)
    bucket_features.switch(ctx.tx, bucket.name, bucket_features.TIERING, True)
    return {}


@s3.operation(**_READS)
def get_bucket_intelligent_tiering_configuration(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    found = named_configurations.get(ctx.tx, bucket.name, KIND, params["Id"])
    return {"IntelligentTieringConfiguration": found}


@s3.operation(**_READS)
def list_bucket_intelligent_tiering_configurations(ctx: Context, params: Params) -> Params:
    load_bucket(ctx.tx, params)
    return named_configurations.page(ctx, params, KIND, "IntelligentTieringConfigurationList")


@s3.operation(
    on=bucket_arn,
    action="PutIntelligentTieringConfiguration",
    accepts=Members("Bucket Id ExpectedBucketOwner"),
)
def delete_bucket_intelligent_tiering_configuration(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    named_configurations.delete(ctx.tx, bucket.name, KIND, params["Id"])
    left = named_configurations.every(ctx.tx, bucket.name, KIND)
    bucket_features.switch(ctx.tx, bucket.name, bucket_features.TIERING, bool(left))
    return {}


def _check(wanted: Params) -> None:
    tiers = [one["AccessTier"] for one in wanted["Tierings"]]
    if wanted["Status"] not in ("Enabled", "Disabled") or not tiers or len(set(tiers)) < len(tiers):
        raise errors.malformed_xml()
    _check_filter(wanted.get("Filter") or {})
    for one in wanted["Tierings"]:
        least = _LEAST.get(one["AccessTier"])
        if least is None:
            raise errors.malformed_xml()
        if not least <= one["Days"] <= _MOST:
            message = f"'Days' for {one['AccessTier']} must be between {least} and {_MOST}"
            raise errors.invalid_argument(message, "Days", one["Days"])


def _check_filter(given: Params) -> None:
    every = given.get("And") or {}
    count = len(every.get("Tags") or []) + len([name for name in every if name != "Tags"])
    if len(given) > 1 or ("And" in given and count < 2):
        raise errors.malformed_xml()
    said = every or given
    object_headers.tags_of(said.get("Tags") or ([said["Tag"]] if said.get("Tag") else []), limit=10)
