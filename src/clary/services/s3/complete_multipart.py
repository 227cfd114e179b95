"""CompleteMultipartUpload: join the parts into one object.

The joined bytes are stored first. One transaction then writes the object, keeps the answer and drops the
parts. Completing the same upload again returns the same answer, as on S3, for clients that lost it.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

import orjson

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.s3 import (
    errors,
    object_changes,
    object_checksums,
    object_rows,
    opaque_ids,
    preconditions,
    put_object,
    upload_rows,
)
from clary.services.s3.bucket_rows import Bucket, load_bucket
from clary.services.s3.encryption import cipher as ciphers
from clary.services.s3.encryption import sealing
from clary.services.s3.encryption.wanted import customer_key
from clary.services.s3.lifecycle import headers
from clary.services.s3.object_rows import Draft
from clary.services.s3.service import object_arn, s3
from clary.services.s3.upload_rows import Part, Upload
from clary.store.api import Tx
from clary.wire import checksums

Params = dict[str, Any]

SMALLEST_PART = 5 << 20


class Plan(NamedTuple):
    """The object to be made: its upload, the chosen parts in order, its ETag and its checksum."""

    upload: Upload
    parts: list[Part]
    etag: str
    sum: str

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)


@s3.operation(on=object_arn, action="PutObject")
async def complete_multipart_upload(ctx: Context, params: Params) -> Params:
    preconditions.check_form(params)
    plan = await ctx.transact(lambda tx: _plan(tx, params))
    if not isinstance(plan, Plan):
        return plan
    blob = await _join_parts(ctx, plan.parts)
    fresh = blob if len(plan.parts) > 1 else ""
    result, used = await put_object.commit(ctx, fresh, lambda tx: _commit(ctx, tx, params, plan, blob))
    if fresh and not used:
        await ctx.platform.objects.delete(fresh)
    return result


async def _join_parts(ctx: Context, parts: Sequence[Part]) -> str:
    """Return the blob of the whole object; for a single part that is the part's own blob."""
    if len(parts) == 1:
        return parts[0].blob
    return (await ctx.platform.objects.join([part.blob for part in parts])).key


def _plan(tx: Tx, params: Params) -> Plan | Params:
    """Check the request and return what to make, or the answer if the upload is completed already."""
    bucket = load_bucket(tx, params)
    upload = upload_rows.find(tx, bucket.name, params["Key"], params["UploadId"])
    if upload is None:
        raise errors.no_such_upload(params["UploadId"])
    if upload.result:
        return orjson.loads(upload.result)
    if customer := customer_key(params):
        sealing.check_part(upload.cipher, customer)
    _check_key(tx, bucket, upload, params)
    chosen = _choose(tx, upload, params)
    _check_sizes(chosen, params)
    sum_ = _sum(upload, chosen)
    _check_mode(upload, params, sum_)
    return Plan(upload, chosen, _etag(chosen), sum_)


def _check_key(tx: Tx, bucket: Bucket, upload: Upload, params: Params) -> None:
    newest = object_rows.current(tx, bucket.name, upload.key)
    changed = newest is not None and -newest.seq > opaque_ids.started(upload.id)
    preconditions.check_write(params, upload.key, object_rows.etag_of(newest), changed)


def _choose(tx: Tx, upload: Upload, params: Params) -> list[Part]:
    wanted = (params.get("MultipartUpload") or {}).get("Parts") or []
    if not wanted:
        raise errors.invalid_request("You must specify at least one part")
    numbers = [part.get("PartNumber") for part in wanted]
    if None in numbers:
        raise errors.malformed_xml()
    if any(later <= earlier for earlier, later in itertools.pairwise(numbers)):
        message = "The list of parts was not in ascending order. Parts must be ordered by part number."
        raise AwsError("InvalidPartOrder", message, 400, {"UploadId": upload.id})
    there = {part.number: part for part in upload_rows.parts(tx, upload.id)}
    return [_match(upload, there.get(one["PartNumber"]), one) for one in wanted]


def _match(upload: Upload, part: Part | None, wanted: Params) -> Part:
    """Return the stored part that an entry of the request names.

    Raise InvalidPart if it does not match, InvalidRequest if the entry lacks the checksum that the upload
    requires.
    """
    etag = (wanted.get("ETag") or "").strip('"')
    if part is None or part.etag != etag:
        raise _invalid_part(upload, wanted["PartNumber"], etag)
    given = object_checksums.given_sum(wanted)
    if given is None:
        if upload.sum_type == object_checksums.COMPOSITE:
            raise errors.invalid_request(
                f"The upload was created using a {upload.algorithm.lower()} checksum. The complete request must "
                f"include the checksum for each part. It was missing for part {part.number} in the request."
            )
    elif given != (upload.algorithm, part.sum_value):
        raise _invalid_part(upload, part.number, etag)
    return part


def _invalid_part(upload: Upload, number: int, etag: str) -> AwsError:
    message = (
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the "
        "specified entity tag may not match the part's entity tag."
    )
    return AwsError(
        "InvalidPart", message, 400, {"UploadId": upload.id, "PartNumber": str(number), "ETag": etag}
    )


def _check_sizes(chosen: list[Part], params: Params) -> None:
    for part in chosen[:-1]:
        if part.size < SMALLEST_PART:
            members = {
                "ProposedSize": str(part.size),
                "MinSizeAllowed": str(SMALLEST_PART),
                "PartNumber": str(part.number),
                "ETag": part.etag,
            }
            message = "Your proposed upload is smaller than the minimum allowed size"
            raise AwsError("EntityTooSmall", message, 400, members)
    total, announced = sum(part.size for part in chosen), params.get("MpuObjectSize")
    if announced is not None and int(announced) != total:
        raise errors.invalid_request(
            f"The provided 'x-amz-mp-object-size' header value {announced} does not match what was computed: {total}"
        )


def _etag(chosen: list[Part]) -> str:
    """Return the ETag of a multipart object: the MD5 of the parts' MD5s, and the number of parts."""
    digest = hashlib.md5(b"".join(bytes.fromhex(part.etag) for part in chosen), usedforsecurity=False)
    return f"{digest.hexdigest()}-{len(chosen)}"


def _sum(upload: Upload, chosen: list[Part]) -> str:
    """Return the checksum of the object: combined from the parts' checksums, or computed over them
    (composite)."""
    algorithm = upload.algorithm or object_checksums.DEFAULT
    digests = [(base64.b64decode(part.sum_value), part.size) for part in chosen]
    if upload.sum_type != object_checksums.COMPOSITE:
        whole = digests[0][0]
        for digest, size in digests[1:]:
            whole = checksums.combine(algorithm, whole, digest, size)
        return object_checksums.text_of(algorithm, object_checksums.FULL, base64.b64encode(whole).decode())
    value = checksums.of(algorithm, b"".join(digest for digest, _ in digests))
    return object_checksums.text_of(algorithm, object_checksums.COMPOSITE, f"{value}-{len(chosen)}")


def _check_mode(upload: Upload, params: Params, sum_: str) -> None:
    kind = params.get("ChecksumType")
    if kind and kind != upload.sum_type:
        raise errors.invalid_request(
            f"The upload was created using the {upload.sum_type or 'null'} checksum mode. The complete request must "
            "use the same checksum mode."
        )
    given = object_checksums.given_sum(params)
    if given is None:
        return
    algorithm, _, value = sum_.split(" ")
    # S3 takes a checksum without a type as composite, for every algorithm that has composite checksums.
    untyped = not kind and upload.sum_type == object_checksums.FULL and algorithm != object_checksums.DEFAULT
    given_value = (
        given[1]
        if "-" in given[1] or upload.sum_type != object_checksums.COMPOSITE
        else f"{given[1]}-{value.split('-')[1]}"
    )
    if untyped or (algorithm, value) != (given[0], given_value):
        message = f"The {algorithm.lower()} you specified did not match the calculated checksum."
        raise AwsError("BadDigest", message)


def _commit(ctx: Context, tx: Tx, params: Params, plan: Plan, blob: str) -> tuple[Params, bool]:
    """Write the object unless the upload has changed; return the answer, and whether `blob` is in use."""
    again = _plan(tx, params)
    if not isinstance(again, Plan):
        return again, False
    if again.parts != plan.parts:
        changed = next(new for new, old in zip(again.parts, plan.parts, strict=True) if new != old)
        raise _invalid_part(plan.upload, changed.number, changed.etag)
    bucket = load_bucket(tx, params)
    newest = object_rows.current(tx, bucket.name, plan.upload.key)
    row = object_rows.write(ctx, tx, bucket, plan.upload.key, _draft(plan, blob), newest)
    object_changes.created(ctx, tx, bucket, row)
    result = (
        put_object.answer(bucket, row)
        | headers.expiration(tx, bucket, row, ctx.business)
        | {
            "Bucket": bucket.name,
            "Key": row.key,
            "Location": f"{ctx.platform.settings.endpoint}/{bucket.name}/{quote(row.key)}",
        }
    )
    upload_rows.drop_parts(tx, plan.upload.id, ctx.now, kept_blob=blob)
    upload_rows.finish(tx, plan.upload, orjson.dumps(result).decode())
    return result, True


def _kept_sum(plan: Plan) -> str:
    """Return the checksum that the object keeps: none if a customer's key encrypts it and the upload named no algorithm
    (recorded: `test_multipart_upload_sse_c`)."""
    unnamed = not plan.upload.algorithm and ciphers.read(plan.upload.cipher).kind == ciphers.CUSTOMER
    return "" if unnamed else plan.sum


def _draft(plan: Plan, blob: str) -> Draft:
    return Draft(
        size=plan.size,
        etag=plan.etag,
        sum=_kept_sum(plan),
        storage=plan.upload.storage,
        blob=blob,
        head=plan.upload.head,
        tags=plan.upload.tags,
        parts=orjson.dumps([[part.size, part.sum] for part in plan.parts]).decode(),
        extra=plan.upload.extra,
        cipher=plan.upload.cipher,
    )
