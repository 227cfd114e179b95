"""Multipart uploads in progress: create, upload parts, list, abort.

Each part has its own blob and row, so that parts survive the end of this process.
"""

from __future__ import annotations

from typing import Any

from clary.access.identity import canonical_user
from clary.objects.encryption import Keys
from clary.plane import Context
from clary.services.s3 import (
    errors,
    object_checksums,
    object_headers,
    object_rows,
    opaque_ids,
    permissions,
    put_object,
    request_body,
    upload_extras,
    upload_rows,
)
from clary.services.s3.bucket_rows import Bucket, load_bucket
from clary.services.s3.copied_bytes import source_bytes
from clary.services.s3.copy_object import find_source
from clary.services.s3.encryption import cipher as ciphers
from clary.services.s3.encryption import sealing, wanted
from clary.services.s3.lock import uploads
from clary.services.s3.ranges import Span, check_number, copy_span
from clary.services.s3.service import object_arn, s3
from clary.services.s3.upload_rows import Part, Upload

Params = dict[str, Any]

_BLOB_ALWAYS = -1  # parts are joined later, so no part is stored in its row


@s3.operation(on=object_arn, action="PutObject", also=(permissions.TAGGING, *permissions.HEADERS))
def create_multipart_upload(ctx: Context, params: Params) -> Params:
    object_rows.check_key(params["Key"])
    object_headers.check_options(params)
    asked = wanted.of(params)
    uploads.check_headers(ctx, params)
    bucket = load_bucket(ctx.tx, params)
    extra = upload_extras.of_upload(ctx, ctx.tx, bucket, params)
    algorithm, kind = checksum_mode(params)
    chosen = sealing.chosen(ctx, ctx.tx, bucket, asked)
    cipher, _ = sealing.for_upload_in(ctx, bucket, params["Key"], chosen)
    upload = Upload(
        bucket=bucket.name,
        key=params["Key"],
        id=opaque_ids.new_upload(ctx, params["Key"]),
        initiated=int(ctx.now),
        initiator=ctx.caller.arn,
        storage=object_headers.storage_of(params),
        algorithm=algorithm,
        sum_type=kind,
        head=object_headers.head_of(params),
        tags=object_headers.tags_of_header(params.get("Tagging")),
        result="",
        extra=extra,
        cipher=cipher.text(),
    )
    sealing.keep(ctx, ctx.tx, upload.cipher)
    upload_rows.add(ctx.tx, upload)
    return {
        "Bucket": bucket.name,
        "Key": upload.key,
        "UploadId": upload.id,
        **cipher.written_members(),
        **mode_members(upload),
    }


def checksum_mode(params: Params) -> tuple[str, str]:
    """Return algorithm and type of a new upload's checksum, both '' if the request names no algorithm.

    Raise InvalidRequest for combinations that S3 does not have (S3 User Guide, Checking object integrity).
    """
    algorithm, kind = object_checksums.named_algorithm(params), params.get("ChecksumType")
    if algorithm is None:
        if kind:
            raise errors.invalid_request(
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
            )
        return "", ""
    kind = kind or (object_checksums.FULL if algorithm == "CRC64NVME" else object_checksums.COMPOSITE)
    if (kind == object_checksums.FULL and algorithm.startswith("SHA")) or (
        kind != object_checksums.FULL and algorithm == "CRC64NVME"
    ):
        raise errors.invalid_request(
            f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
        )
    return algorithm, kind


def mode_members(upload: Upload) -> Params:
    return (
        {"ChecksumAlgorithm": upload.algorithm, "ChecksumType": upload.sum_type} if upload.algorithm else {}
    )


@s3.operation(on=object_arn, action="PutObject")
async def upload_part(ctx: Context, params: Params) -> Params:
    check_number(params["PartNumber"])
    customer = wanted.customer_key(params)
    bucket, upload = await ctx.transact(lambda tx: _load(tx, params))
    sealing.check_part(upload.cipher, customer)
    body = params.get("Body") or b""
    claim = object_checksums.claim_of(params, ctx.request)._replace(part=True)
    if upload.algorithm and claim.algorithm and claim.algorithm != upload.algorithm:
        expected, actual = upload.algorithm.lower(), claim.algorithm.lower()
        raise errors.invalid_request(
            f"Checksum Type mismatch occurred, expected checksum Type: {expected}, actual checksum Type: {actual}"
        )
    announced = request_body.announced_size(ctx.request, body)
    algorithm = upload.algorithm or object_checksums.DEFAULT
    keys = await sealing.keys_of(ctx, bucket, upload.cipher, customer)
    stored = await request_body.store(
        ctx.platform.objects, body, claim, algorithm, announced, keys, inline=_BLOB_ALWAYS
    )
    part = await _keep(ctx, params, upload, stored, keys)
    out: Params = {"ETag": f'"{part.etag}"', **ciphers.read(upload.cipher).members()}
    if upload.algorithm:
        out[f"Checksum{upload.algorithm}"] = stored.sum
    elif claim.algorithm and stored.claimed:
        out[f"Checksum{claim.algorithm}"] = stored.claimed
    return out


def _load(tx: Any, params: Params) -> tuple[Bucket, Upload]:
    bucket = load_bucket(tx, params)
    return bucket, upload_rows.load(tx, bucket.name, params["Key"], params["UploadId"])


async def _keep(
    ctx: Context, params: Params, upload: Upload, stored: request_body.StoredBody, keys: Keys
) -> Part:
    etag = ciphers.etag_of(ciphers.read(upload.cipher), stored.md5, keys)
    part = Part(params["PartNumber"], stored.size, etag, int(ctx.now), stored.full_sum, stored.blob)

    def write(tx: Any) -> None:
        upload_rows.put_part(tx, _load(tx, params)[1].id, part, ctx.now)

    await put_object.commit(ctx, stored.blob, write)
    return part


@s3.operation(on=object_arn, action="PutObject")
async def upload_part_copy(ctx: Context, params: Params) -> Params:
    check_number(params["PartNumber"])
    customer = wanted.customer_key(params)
    bucket, upload = await ctx.transact(lambda tx: _load(tx, params))
    sealing.check_part(upload.cipher, customer)
    source = await find_source(ctx, params)
    size = source.row.size
    span = (
        copy_span(params["CopySourceRange"], size) if params.get("CopySourceRange") else Span(0, size, size)
    )
    if span.length > request_body.LARGEST:
        raise errors.entity_too_large(span.length, request_body.LARGEST)
    algorithm = upload.algorithm or object_checksums.DEFAULT
    stream = source_bytes(ctx, source, span.start, span.length)
    keys = await sealing.keys_of(ctx, bucket, upload.cipher, customer)
    claim = object_checksums.Claim()
    stored = await request_body.store(
        ctx.platform.objects, stream, claim, algorithm, span.length, keys, inline=_BLOB_ALWAYS
    )
    part = await _keep(ctx, params, upload, stored, keys)
    result: Params = {"ETag": f'"{part.etag}"', "LastModified": part.modified}
    if upload.algorithm:
        result[f"Checksum{algorithm}"] = stored.sum
    out: Params = {"CopyPartResult": result, **ciphers.read(upload.cipher).members()}
    if source.row.version != opaque_ids.NULL:
        out["CopySourceVersionId"] = source.row.version
    return out


@s3.operation(on=object_arn)
def abort_multipart_upload(ctx: Context, params: Params) -> Params:
    _, upload = _load(ctx.tx, params)
    started = params.get("IfMatchInitiatedTime")
    if started is not None and int(started) != upload.initiated:
        raise errors.precondition_failed("x-amz-if-match-initiated-time")
    upload_rows.remove(ctx.tx, upload, ctx.now)
    return {}


@s3.operation(on=object_arn, action="ListMultipartUploadParts")
def list_parts(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    upload = upload_rows.load(ctx.tx, bucket.name, params["Key"], params["UploadId"])
    after, limit = _paging(params)
    found = upload_rows.parts(ctx.tx, upload.id, after, limit + 1)
    shown = found[:limit]
    return {
        "Bucket": bucket.name,
        "Key": upload.key,
        "UploadId": upload.id,
        "PartNumberMarker": after,
        "NextPartNumberMarker": shown[-1].number if shown else 0,
        "MaxParts": limit,
        "IsTruncated": len(found) > limit,
        "Parts": [_shown(upload, part) for part in shown],
        "StorageClass": upload.storage,
        **owner_and_initiator(bucket, upload),
        **mode_members(upload),
    }


def _paging(params: Params) -> tuple[int, int]:
    try:
        after, limit = int(params.get("PartNumberMarker") or 0), int(params.get("MaxParts", 1000))
    except ValueError:
        message = "Provided part-number-marker not an integer or within integer range"
        raise errors.invalid_argument(message, "part-number-marker", params["PartNumberMarker"]) from None
    if limit < 0 or after < 0:
        raise errors.invalid_argument(
            "Argument max-parts must be an integer between 0 and 2147483647", "max-parts", limit
        )
    return after, min(limit, 1000)


def _shown(upload: Upload, part: Part) -> Params:
    member = {f"Checksum{upload.algorithm}": part.sum_value} if upload.algorithm else {}
    return {
        "PartNumber": part.number,
        "LastModified": part.modified,
        "ETag": f'"{part.etag}"',
        "Size": part.size,
        **member,
    }


def owner_and_initiator(bucket: Bucket, upload: Upload) -> Params:
    """Return the Owner and Initiator members. S3 identifies an IAM identity by ARN, the root user by
    canonical id."""
    initiator = upload.initiator
    if not initiator or initiator.endswith(":root"):
        initiator = canonical_user(bucket.owner)
    owner = canonical_user(bucket.owner)
    return {
        "Initiator": {"ID": initiator, "DisplayName": initiator.rsplit("/", 1)[-1]},
        "Owner": {"ID": owner},
    }
