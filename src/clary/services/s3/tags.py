"""GetObjectTagging, PutObjectTagging and DeleteObjectTagging. Tags of buckets are in bucket_settings.py."""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.s3 import object_changes, object_headers, object_rows, permissions
from clary.services.s3.bucket_rows import Bucket, load_bucket
from clary.services.s3.object_rows import Row
from clary.services.s3.service import object_arn, s3

Params = dict[str, Any]


def _find(ctx: Context, params: Params, method: str) -> tuple[Bucket, Row]:
    bucket = load_bucket(ctx.tx, params)
    # Unlike GetObject, the tag operations find a delete marker, as S3 users report (getmoto/moto#9401).
    return bucket, object_rows.load(ctx, ctx.tx, params, bucket.name, method, marker_counts=True)


def _set(ctx: Context, bucket: Bucket, row: Row, tags: str, event: str) -> Params:
    ctx.tx.sql(
        "UPDATE s3_object SET tags = ? WHERE bucket = ? AND key = ? AND seq = ?",
        tags,
        bucket.name,
        row.key,
        row.seq,
    )
    if tags or row.tags:  # no tag is removed where there was none
        object_changes.tell(ctx, ctx.tx, bucket, row, event)
    return dict(object_rows.version_member(bucket, row))


@s3.operation(on=object_arn, also=permissions.of_version("GetObjectVersionTagging"))
def get_object_tagging(ctx: Context, params: Params) -> Params:
    bucket, row = _find(ctx, params, "GET")
    return {"TagSet": object_headers.tag_set(row.tag_map), **object_rows.version_member(bucket, row)}


@s3.operation(on=object_arn, also=permissions.of_version("PutObjectVersionTagging"))
def put_object_tagging(ctx: Context, params: Params) -> Params:
    tags = object_headers.tags_of((params.get("Tagging") or {}).get("TagSet") or [])
    return _set(ctx, *_find(ctx, params, "PUT"), tags, object_changes.TAGGED)


@s3.operation(on=object_arn, also=permissions.of_version("DeleteObjectVersionTagging"))
def delete_object_tagging(ctx: Context, params: Params) -> Params:
    return _set(ctx, *_find(ctx, params, "DELETE"), "", object_changes.UNTAGGED)
