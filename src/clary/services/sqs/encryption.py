"""Messages are encrypted: by the service's own key (SSE-SQS), or by data keys of KMS that are used again for a while (SSE-KMS).

Source: "Encryption at rest in Amazon SQS" and "Amazon SQS key management" (Developer Guide): data keys are asked for as the
caller, with the queue's ARN as encryption context, and used again for KmsDataKeyReusePeriodSeconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from clary.kernel import AwsError
from clary.objects.encryption import SALT, TAG, decrypt, encrypt
from clary.plane import Context
from clary.services.sqs.data_keys import DataKeys
from clary.services.sqs.envelope import CLEAR, KMS, SERVICE_KEY, Content, Envelope, pack, unpack
from clary.services.sqs.queue import Queue, business_now
from clary.services.sqs.service import service_keys

_SEGMENT = (64 << 10) + TAG
_REFUSALS = {
    "AccessDeniedException": "KmsAccessDenied",
    "AccessDenied": "KmsAccessDenied",
    "DisabledException": "KmsDisabled",
    "NotFoundException": "KmsNotFound",
    "KMSInvalidStateException": "KmsInvalidState",
    "InvalidKeyUsageException": "KmsInvalidKeyUsage",
    "ThrottlingException": "KmsThrottled",
}


async def seal(ctx: Context, queue: Queue, contents: list[Content]) -> list[bytes]:
    """Return messages as the records hold them. Raise KmsAccessDenied and the like."""
    if queue.kms_key:
        key, opener = await _data_key(ctx, queue)
        return [_sealed(KMS, queue, opener, key, content) for content in contents]
    if queue.says("SqsManagedSseEnabled"):
        number, key = await service_keys.current(ctx)
        return [_sealed(SERVICE_KEY, queue, number, key, content) for content in contents]
    return [pack(Envelope(CLEAR, queue.name, 0, content.dumps())) for content in contents]


def _sealed(kind: int, queue: Queue, opener: int | bytes, key: bytes, content: Content) -> bytes:
    return pack(Envelope(kind, queue.name, opener, encrypt((key,), content.dumps())))


async def open_(ctx: Context, queue: Queue, data: bytes) -> tuple[str, Content]:
    """Return the name of the queue that a message was sent to, and what was sent. Raise KmsAccessDenied and the like."""
    envelope = unpack(data)
    if envelope.kind == CLEAR:
        return envelope.origin, Content.loads(envelope.text)
    if isinstance(envelope.opener, bytes):
        key = await _opened(ctx, queue, envelope.origin, envelope.opener)
    else:
        key = await service_keys.numbered(ctx, envelope.opener)
    text = decrypt((key,), envelope.text, _size(len(envelope.text)))
    return envelope.origin, Content.loads(text)


def _size(length: int) -> int:
    """Return how many bytes a stream of this length holds."""
    length -= SALT
    return length - TAG * max(1, -(-length // _SEGMENT))


async def _data_key(ctx: Context, queue: Queue) -> tuple[bytes, bytes]:
    keys, now = DataKeys.of(ctx.platform), business_now(ctx.platform)
    who = (queue.id, queue.kms_key, *_caller(ctx))
    found = keys.find(who, now)
    if found is None:
        request = {
            "KeyId": queue.kms_key,
            "KeySpec": "AES_256",
            "EncryptionContext": {"aws:sqs:arn": queue.arn},
        }
        with _refusals():
            made = await ctx.acall("kms", "GenerateDataKey", request, forwarded=True)
        found = (made["Plaintext"], made["CiphertextBlob"])
        keys.keep(who, found, now + queue.number("KmsDataKeyReusePeriodSeconds"))
    return found


async def _opened(ctx: Context, queue: Queue, origin: str, opener: bytes) -> bytes:
    keys, now = DataKeys.of(ctx.platform), business_now(ctx.platform)
    who = (opener, *_caller(ctx))
    found = keys.find(who, now)
    if found is None:
        arn = queue.place._replace(name=origin).arn(ctx.partition)
        request: dict[str, Any] = {"CiphertextBlob": opener, "EncryptionContext": {"aws:sqs:arn": arn}}
        with _refusals():
            made = await ctx.acall("kms", "Decrypt", request, forwarded=True)
        found = (made["Plaintext"], opener)
        keys.keep(who, found, now + queue.number("KmsDataKeyReusePeriodSeconds"))
    return found[0]


def _caller(ctx: Context) -> tuple[str, ...]:
    """Return what tells callers apart whom KMS may answer differently."""
    caller = ctx.caller
    return (caller.account, caller.access_key_id, caller.arn, caller.source_arn)


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn KMS's errors into those of SQS."""
    try:
        yield
    except AwsError as error:
        if error.code in _REFUSALS:
            raise AwsError(_REFUSALS[error.code], error.message) from None
        raise
