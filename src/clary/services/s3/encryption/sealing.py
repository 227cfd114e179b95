"""The keys with which the bytes of an object are encrypted and read."""

from __future__ import annotations

import hmac
import os
from typing import Any, NamedTuple

from clary.kernel import AwsError
from clary.objects.encryption import Keys
from clary.plane import Context
from clary.services.s3 import bucket_features, errors
from clary.services.s3.bucket_rows import Bucket, setting
from clary.services.s3.encryption import cipher as ciphers
from clary.services.s3.encryption import kms
from clary.services.s3.encryption.cipher import AES, CUSTOMER, DSSE, WITH_KMS, Cipher
from clary.services.s3.encryption.service_keys import service_keys
from clary.services.s3.encryption.wanted import CustomerKey, Wanted
from clary.store.api import Tx

Params = dict[str, Any]

CONFIGURATION = "Encryption"  # the kind of setting


class Sealing(NamedTuple):
    """How bytes are to be encrypted: what the row will say, and the keys of the layers."""

    cipher: Cipher
    keys: Keys


_CLEAR = Sealing(Cipher(), ())


def chosen(ctx: Context, tx: Tx, bucket: Bucket, wanted: Wanted) -> Wanted:
    """Return how an upload is encrypted: as it asks, or by the bucket's default. Raise AccessDenied where the bucket blocks
    customers' keys."""
    if wanted.kind == CUSTOMER and not bucket.has(bucket_features.CUSTOMER_KEYS):
        # "Amazon S3 blocks PutObject … requests that specify SSE-C encryption with an HTTP 403 AccessDenied error"
        # (Blocking or unblocking SSE-C for a general purpose bucket, S3 User Guide).
        raise errors.access_denied(
            "Server-side encryption with customer-provided keys (SSE-C) is blocked on this bucket. Unblock it with "
            "PutBucketEncryption and BlockedEncryptionTypes."
        )
    default = _default(ctx, tx, bucket)
    if not wanted.kind:
        own = default.bucket_key if wanted.bucket_key is None else wanted.bucket_key
        return default._replace(bucket_key=own)
    if wanted.kind in WITH_KMS and wanted.bucket_key is None:
        return wanted._replace(bucket_key=default.bucket_key and wanted.kind != DSSE)
    return wanted


def _default(ctx: Context, tx: Tx, bucket: Bucket) -> Wanted:
    if not bucket.has(bucket_features.ENCRYPTION):
        return Wanted(AES if ctx.platform.settings.s3_encryption else "")
    rule = setting(tx, bucket.name, CONFIGURATION)["Rules"][0]
    by_default = rule["ApplyServerSideEncryptionByDefault"]
    key, shared = by_default.get("KMSMasterKeyID", ""), bool(rule.get("BucketKeyEnabled"))
    return Wanted(by_default["SSEAlgorithm"], key, bucket_key=shared)


async def for_upload(ctx: Context, bucket: Bucket, key: str, wanted: Wanted) -> Sealing:
    """Return keys for an upload that is `chosen`. Raise what S3 answers for KMS's refusal."""
    if wanted.kind == AES:
        return _with_service_key(await service_keys.current(ctx))
    if wanted.kind in WITH_KMS:
        made = await kms.new_key(ctx, bucket, key, wanted)
        return _with_data_key(*made, await service_keys.current(ctx) if wanted.kind == DSSE else None)
    return _with_customer_key(wanted)


def for_upload_in(ctx: Context, bucket: Bucket, key: str, wanted: Wanted) -> Sealing:
    """Do the same in the transaction of a call that writes."""
    if wanted.kind == AES:
        return _with_service_key(service_keys.current_in(ctx))
    if wanted.kind in WITH_KMS:
        made = kms.new_key_in(ctx, bucket, key, wanted)
        return _with_data_key(*made, service_keys.current_in(ctx) if wanted.kind == DSSE else None)
    return _with_customer_key(wanted)


def _with_service_key(own: tuple[int, bytes]) -> Sealing:
    return Sealing(Cipher(AES, own[0]), (own[1],))


def _with_data_key(cipher: Cipher, data_key: bytes, own: tuple[int, bytes] | None) -> Sealing:
    if own is None:
        return Sealing(cipher, (data_key,))
    return Sealing(cipher._replace(number=own[0]), (data_key, own[1]))


def _with_customer_key(wanted: Wanted) -> Sealing:
    if wanted.customer is None:
        return _CLEAR
    key, md5 = wanted.customer
    salt = os.urandom(16)
    return Sealing(Cipher(CUSTOMER, md5=md5, check=f"{salt.hex()}{_check_of(key, salt)}"), (key,))


def _check_of(key: bytes, salt: bytes) -> str:
    """Return what tells a customer's key from another one, and does not reveal it: "a randomly salted HMAC value" (Using
    server-side encryption with customer-provided keys, S3 User Guide)."""
    return hmac.digest(key, b"clary/s3/customer" + salt, "sha256").hex()


async def keys_of(ctx: Context, bucket: Bucket, text: str, customer: CustomerKey | None) -> Keys:
    """Return the keys with which an object can be read. Raise what S3 answers if the caller may not use or does not bring them."""
    cipher = ciphers.read(text)
    if cipher.kind == AES:
        return (await service_keys.numbered(ctx, cipher.number),)
    if cipher.kind == CUSTOMER and customer is not None:
        return (customer.key,)
    if cipher.kind not in WITH_KMS:
        return ()
    data_key = await kms.key_of(ctx, bucket, cipher)
    if cipher.kind == DSSE:
        return data_key, await service_keys.numbered(ctx, cipher.number)
    return (data_key,)


def check_customer(text: str, customer: CustomerKey | None) -> None:
    """Raise unless a request to read brings the key of an object that is encrypted with a customer's, and no other one."""
    cipher = ciphers.read(text)
    if cipher.kind != CUSTOMER:
        if customer is not None:
            message = "The encryption parameters are not applicable to this object."
            raise AwsError("InvalidRequest", message)
        return
    if customer is None:
        message = (
            "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to "
            "retrieve the object."
        )
        raise errors.invalid_request(message)
    if not _is_key(cipher, customer):
        raise errors.access_denied(
            "Requests specifying Server Side Encryption with Customer provided keys must provide the correct secret key."
        )


def check_part(text: str, customer: CustomerKey | None) -> None:
    """Raise unless a request for a part brings the key that its upload was begun with."""
    cipher = ciphers.read(text)
    if (cipher.kind == CUSTOMER) != (customer is not None):
        message = (
            "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate "
            "encryption parameters."
        )
        raise errors.invalid_request(message)
    if customer is not None and not _is_key(cipher, customer):
        message = "The provided encryption parameters did not match the ones used originally."
        raise errors.invalid_request(message)


def _is_key(cipher: Cipher, customer: CustomerKey) -> bool:
    salt, check = bytes.fromhex(cipher.check[:32]), cipher.check[32:]
    return hmac.compare_digest(_check_of(customer.key, salt), check)


def keep(ctx: Context, tx: Tx, text: str) -> None:
    """Make sure that S3's own key of a row that is written is in the store."""
    number = ciphers.read(text).number
    if number:
        service_keys.keep(ctx, tx, number)
