"""Data keys of KMS, asked for as the caller (kms:ViaService). Knows no object store.

Sources: "Using server-side encryption with AWS KMS keys" and "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys" (S3 User
Guide); errors as recorded from AWS: KMS's codes after `KMS.`, with KMS's sentences.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import orjson

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.s3.bucket_rows import Bucket
from clary.services.s3.encryption.cipher import KMS, Cipher
from clary.services.s3.encryption.wanted import Wanted
from clary.services.s3.service import arn_of
from clary.wire.signature import V4

Params = dict[str, Any]

MANAGED = "alias/aws/s3"


async def new_key(ctx: Context, bucket: Bucket, key: str, wanted: Wanted) -> tuple[Cipher, bytes]:
    """Return a data key, and what to store of it. Raise what S3 answers for KMS's refusal."""
    _check_signed(ctx)
    request = _request(ctx, bucket, key, wanted)
    with _refusals():
        made = await _at(ctx, bucket).acall("kms", "GenerateDataKey", request, forwarded=True)
    return _stored(wanted, request, made)


def new_key_in(ctx: Context, bucket: Bucket, key: str, wanted: Wanted) -> tuple[Cipher, bytes]:
    """Do the same in the transaction of a call that writes."""
    _check_signed(ctx)
    request = _request(ctx, bucket, key, wanted)
    with _refusals():
        made = _at(ctx, bucket).call("kms", "GenerateDataKey", request, forwarded=True)
    return _stored(wanted, request, made)


async def key_of(ctx: Context, bucket: Bucket, cipher: Cipher) -> bytes:
    """Return the data key of an object. Raise what S3 answers for KMS's refusal."""
    _check_signed(ctx)
    request = {
        "CiphertextBlob": b64decode(cipher.data_key),
        "EncryptionContext": orjson.loads(cipher.context),
        "KeyId": cipher.kms_key,
    }
    with _refusals():
        opened = await _at(ctx, bucket).acall("kms", "Decrypt", request, forwarded=True)
    return opened["Plaintext"]


def _at(ctx: Context, bucket: Bucket) -> Context:
    """Return the call in the bucket's Region, where its keys must be."""
    return replace(ctx, region=bucket.region)


def _request(ctx: Context, bucket: Bucket, key: str, wanted: Wanted) -> Params:
    """Return the request for a data key. With a bucket key, the context is the bucket's, so that one key serves many objects."""
    shared = bool(wanted.bucket_key) and wanted.kind == KMS
    about = arn_of(ctx, bucket.name, None if shared else key)
    context = {**dict(wanted.context), "aws:s3:arn": about}
    return {"KeyId": wanted.kms_key or MANAGED, "KeySpec": "AES_256", "EncryptionContext": context}


def _stored(wanted: Wanted, request: Params, made: Params) -> tuple[Cipher, bytes]:
    cipher = Cipher(
        wanted.kind,
        kms_key=made["KeyId"],
        data_key=b64encode(made["CiphertextBlob"]).decode(),
        context=orjson.dumps(request["EncryptionContext"]).decode(),
        given=wanted.given,
        bucket_key=bool(wanted.bucket_key),
    )
    return cipher, made["Plaintext"]


def _check_signed(ctx: Context) -> None:
    """Raise InvalidArgument for a request that is not signed with Version 4."""
    unsigned = ctx.caller.is_anonymous or (ctx.signature is not None and ctx.signature.scheme != V4)
    if unsigned and not ctx.inside:
        message = "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4."
        raise AwsError("InvalidArgument", message, 400, {"ArgumentName": "Authorization"})


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn KMS's errors into S3's."""
    try:
        yield
    except AwsError as error:
        if error.code in ("AccessDeniedException", "AccessDenied"):
            raise AwsError("AccessDenied", error.message, 403) from None
        if error.status < 500:
            raise AwsError(f"KMS.{error.code}", error.message, 400) from None
        raise
