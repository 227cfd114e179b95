"""UpdateObjectEncryption: another KMS key for an object that is there (API reference, with its sentences).

AWS changes the key of the data key. Here the bytes are encrypted again, which takes longer for large objects; what can be seen of
it is the same: one moment at which the row changes, and neither ETag nor time of change differ.
"""

from __future__ import annotations

import re
from typing import Any

from clary.kernel import Arn, AwsError
from clary.plane import Context
from clary.services.s3 import errors, object_extras, object_rows, request_payment
from clary.services.s3.bucket_rows import Bucket, load_bucket
from clary.services.s3.copied_bytes import Source
from clary.services.s3.encryption import cipher as ciphers
from clary.services.s3.encryption import sealing
from clary.services.s3.encryption.cipher import AES, KMS
from clary.services.s3.encryption.reencryption import encrypt_again
from clary.services.s3.encryption.wanted import Wanted
from clary.services.s3.lock import retention
from clary.services.s3.object_rows import Row
from clary.services.s3.service import object_arn, s3
from clary.store.api import Tx
from clary.wire.signature import V4

Params = dict[str, Any]

_KEY_ARN = re.compile(r"arn:[\w-]+:kms:[\w-]+:\d{12}:key/[\w-]+", re.ASCII)
_TRY = "and then try again."


@s3.operation(on=object_arn)
async def update_object_encryption(ctx: Context, params: Params) -> Params:
    """Encrypt a version under another KMS key. Raise InvalidRequest or AccessDenied."""
    _check_signed(ctx)
    wanted = _wanted(params["ObjectEncryption"])
    bucket, row, more = await ctx.transact(lambda tx: _found(ctx, tx, params, wanted))
    keys = await sealing.keys_of(ctx, bucket, row.cipher, None)
    found = await sealing.for_upload(ctx, bucket, row.key, wanted)
    if not await encrypt_again(ctx, bucket, Source(bucket, row, False, keys), found):
        raise errors.conflict("The object", row.key)
    return more


def _check_signed(ctx: Context) -> None:
    if not ctx.inside and (ctx.signature is None or ctx.signature.scheme != V4):
        raise errors.invalid_request(
            "Requests that modify an object encryption configuration require AWS Signature Version 4. Modify the request to "
            f"use AWS Signature Version 4, {_TRY}"
        )


def _wanted(given: Params) -> Wanted:
    """Return the encryption that a request asks for. Raise InvalidRequest."""
    asked = given.get("SSEKMS")
    if asked is None:
        raise errors.invalid_request(
            "Requests that modify an object encryption configuration require a valid new encryption type. Valid values are "
            f"SSEKMS. Modify the request to specify SSE-KMS for the updated encryption type, {_TRY}"
        )
    arn = asked["KMSKeyArn"]
    if not _KEY_ARN.fullmatch(arn):
        raise errors.invalid_request(
            "Requests that modify an object's encryption type to SSE-KMS require a valid AWS KMS key Amazon Resource Name "
            f"(ARN). Confirm that you have a correctly formatted KMS key ARN in your request, {_TRY}"
        )
    return Wanted(KMS, arn, bucket_key=bool(asked.get("BucketKeyEnabled")))


def _found(ctx: Context, tx: Tx, params: Params, wanted: Wanted) -> tuple[Bucket, Row, Params]:
    """Return bucket and version. Raise for a version whose encryption cannot be updated, or not to that key."""
    bucket = load_bucket(tx, params)
    row = object_rows.load(ctx, tx, params, bucket.name, "PUT")
    _check_source(row)
    if Arn.parse(wanted.kms_key).account != bucket.owner:
        raise errors.access_denied(
            "The AWS KMS key in the request must be owned by the same account as the bucket. Modify the request to specify a "
            f"KMS key from the same account, {_TRY}"
        )
    if retention.is_protected(object_extras.of(row), ctx.business):
        raise errors.access_denied(
            "The encryption type for the specified object can't be updated because that object is protected by S3 Object Lock."
        )
    return bucket, row, request_payment.charged(ctx, bucket)


def _check_source(row: Row) -> None:
    kind = ciphers.read(row.cipher).kind
    if kind in (AES, KMS):
        return
    which = (
        "unencrypted source objects"
        if not kind
        else "source objects with the encryption type DSSE-KMS or SSE-C"
    )
    verb = "doesn't supported" if not kind else "doesn't support"
    message = f"The UpdateObjectEncryption operation {verb} {which}. Only source objects encrypted with SSE-S3 or SSE-KMS are supported."
    raise AwsError("InvalidRequest", message, 400)
