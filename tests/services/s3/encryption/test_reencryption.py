"""Objects are encrypted again in place: `clary encrypt`, and UpdateObjectEncryption (S3 API reference, with its sentences)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.services.s3.encryption import clear_objects, reencryption
from clary.services.s3.sweep import sweep
from tests.inprocess import Loop
from tests.services.s3.encryption.conftest import SECRET

BODIES = {
    "empty": b"",
    "row": SECRET * 10,
    "segment": SECRET * 2_000,
    "file": SECRET * 100_000,
}
PART = SECRET * 230_000  # more than 5 MiB


@pytest.fixture
def clear(s3: Any, bucket: str, platform: Platform) -> dict[str, bytes]:
    """Objects that an earlier version has left: bodies by key."""
    object.__setattr__(platform.settings, "s3_encryption", False)
    for key, body in BODIES.items():
        s3.put_object(Bucket=bucket, Key=key, Body=body, Metadata={"a": "b"})
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    named = {"Bucket": bucket, "Key": "parts", "UploadId": upload}
    etags = [s3.upload_part(**named, PartNumber=n, Body=PART + bytes([n]))["ETag"] for n in (1, 2)]
    listed = [{"ETag": etag, "PartNumber": n} for n, etag in enumerate(etags, 1)]
    s3.complete_multipart_upload(**named, MultipartUpload={"Parts": listed})
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/file")
    object.__setattr__(platform.settings, "s3_encryption", True)
    return {**BODIES, "parts": PART + b"\1" + PART + b"\2", "copy": BODIES["file"]}


def heads(s3: Any, bucket: str, keys: Any) -> dict[str, Any]:
    found = {key: s3.head_object(Bucket=bucket, Key=key) for key in keys}
    for head in found.values():
        del head["ResponseMetadata"]
    return found


def encrypted(platform: Platform, loop: Loop) -> dict[str, Any]:
    done: dict[str, Any] = {"seen": 0, "encrypted": 0, "bytes": 0, "damaged": []}
    after: Any = clear_objects.BEGINNING
    while after is not None:
        stretch = asdict(loop.run(clear_objects.encrypt_some(platform, after)))
        done, after = {name: value + stretch[name] for name, value in done.items()}, stretch["after"]
    return done


def test_what_lies_in_the_clear_is_encrypted_and_nothing_else_changes(
    s3: Any,
    bucket: str,
    platform: Platform,
    loop: Loop,
    clock: FakeClock,
    clear: dict[str, bytes],
    lies_in_the_clear: Callable[[], bool],
) -> None:
    before = heads(s3, bucket, clear)
    assert lies_in_the_clear()
    done = encrypted(platform, loop)
    assert (done["seen"], done["encrypted"], done["damaged"]) == (len(clear), len(clear) - 1, [])
    assert done["bytes"] == sum(map(len, clear.values()))
    clock.advance(61)
    loop.run(sweep(platform))
    for key, body in clear.items():
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == body
    second = s3.get_object(Bucket=bucket, Key="parts", PartNumber=2)["Body"].read()
    assert second == PART + b"\2"
    after = heads(s3, bucket, clear)
    for key in clear:
        assert after[key].pop("ServerSideEncryption", "AES256") == "AES256"
    assert after == before
    with platform.store.read() as tx:
        rows = tx.sql("SELECT key FROM s3_object WHERE cipher = ''")
    assert rows == [("empty",)]
    assert encrypted(platform, loop)["encrypted"] == 0


def test_it_goes_on_where_it_was_killed(
    s3: Any, bucket: str, platform: Platform, loop: Loop, clear: dict[str, bytes], monkeypatch: Any
) -> None:
    left = [2]
    whole = reencryption._replace

    def dying(*args: Any) -> bool:
        left[0] -= 1
        if left[0] < 0:
            raise asyncio.CancelledError
        return whole(*args)

    with monkeypatch.context() as patched, suppress(BaseException):
        patched.setattr(reencryption, "_replace", dying)
        encrypted(platform, loop)
    assert encrypted(platform, loop)["encrypted"] == len(clear) - 1 - 2
    for key, body in clear.items():
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == body


def test_damaged_bytes_are_named_and_stay(
    s3: Any, bucket: str, platform: Platform, loop: Loop, clear: dict[str, bytes]
) -> None:
    with platform.store.read() as tx:
        ((place,),) = tx.sql("SELECT place FROM s3_object WHERE key = 'file'")
    with open(platform.objects.path(place) or "", "r+b") as file:
        file.write(b"X")
    done = encrypted(platform, loop)
    assert done["damaged"] == [f"s3://{bucket}/copy", f"s3://{bucket}/file"]
    assert done["encrypted"] == len(clear) - 3
    assert "ServerSideEncryption" not in s3.head_object(Bucket=bucket, Key="file")


def test_a_version_that_changes_meanwhile_wins(
    s3: Any, bucket: str, platform: Platform, loop: Loop, clear: dict[str, bytes], monkeypatch: Any
) -> None:
    whole = reencryption._stored

    async def slow(ctx: Any, source: Any, wanted: Any) -> str:
        if source.row.key == "file":
            await ctx.transact(
                lambda tx: tx.sql("UPDATE s3_object SET place = 'f' WHERE key = 'file'"), write=True
            )
        return await whole(ctx, source, wanted)

    monkeypatch.setattr(reencryption, "_stored", slow)
    assert encrypted(platform, loop)["encrypted"] == len(clear) - 2
    with platform.store.read() as tx:
        assert tx.sql("SELECT place, cipher FROM s3_object WHERE key = 'file'") == [("f", "")]


def test_a_stretch_ends_and_the_next_goes_on(
    platform: Platform, loop: Loop, clear: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clear_objects, "_ROWS", 2)
    assert encrypted(platform, loop)["encrypted"] == len(clear) - 1
    monkeypatch.setattr(clear_objects, "_SECONDS", -1.0)
    assert encrypted(platform, loop)["seen"] == len(clear)


# UpdateObjectEncryption ---------------------------------------------------------------------------------------------


def update(s3: Any, key: str, arn: str, **more: Any) -> Any:
    return s3.update_object_encryption(
        Bucket="bucket", Key=key, ObjectEncryption={"SSEKMS": {"KMSKeyArn": arn, **more}}
    )


@pytest.mark.parametrize("size", [0, 100, 50_000, 300_000])
def test_an_object_gets_another_key(s3: Any, kms: Any, bucket: str, key: str, size: int) -> None:
    body = os.urandom(size)
    s3.put_object(Bucket=bucket, Key="k", Body=body)
    before = heads(s3, bucket, ["k"])["k"]
    update(s3, "k", key, BucketKeyEnabled=True)
    after = heads(s3, bucket, ["k"])["k"]
    assert (after.pop("ServerSideEncryption"), after.pop("SSEKMSKeyId")) == ("aws:kms", key)
    assert after.pop("BucketKeyEnabled") is True
    assert before.pop("ServerSideEncryption") == "AES256"
    assert after == before, "ETag, time of change and the rest stay"
    another = kms.create_key()["KeyMetadata"]["Arn"]
    update(s3, "k", another)
    kms.disable_key(KeyId=key)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == body
    assert s3.head_object(Bucket=bucket, Key="k")["SSEKMSKeyId"] == another


def test_a_version_is_updated_alone(s3: Any, versioned: str, key: str) -> None:
    first = s3.put_object(Bucket=versioned, Key="k", Body=b"one")["VersionId"]
    s3.put_object(Bucket=versioned, Key="k", Body=b"two")
    s3.update_object_encryption(
        Bucket=versioned, Key="k", VersionId=first, ObjectEncryption={"SSEKMS": {"KMSKeyArn": key}}
    )
    assert s3.head_object(Bucket=versioned, Key="k", VersionId=first)["SSEKMSKeyId"] == key
    assert s3.head_object(Bucket=versioned, Key="k")["ServerSideEncryption"] == "AES256"


def refused(work: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        work()
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_what_cannot_be_updated(
    s3: Any, open_bucket: str, key: str, platform: Platform, customer: dict[str, Any]
) -> None:
    s3.put_object(Bucket=open_bucket, Key="c", Body=b"x", **customer)
    s3.put_object(Bucket=open_bucket, Key="d", Body=b"x", ServerSideEncryption="aws:kms:dsse")
    s3.put_object(Bucket=open_bucket, Key="k", Body=b"x")
    s3.put_object(Bucket=open_bucket, Key="row", Body=b"x")
    with platform.store.write() as tx:
        tx.sql("UPDATE s3_object SET cipher = '', body = ? WHERE key = 'row'", b"x")
    code, said = refused(lambda: update(s3, "row", key))
    assert (code, "unencrypted source objects" in said) == ("InvalidRequest", True)
    for name in ("c", "d"):
        code, said = refused(lambda name=name: update(s3, name, key))
        assert (code, "DSSE-KMS or SSE-C" in said) == ("InvalidRequest", True)
    code, said = refused(lambda: update(s3, "k", "arn:aws:kms:us-east-1:111122223333:alias/x"))
    assert (code, "a valid AWS KMS key Amazon Resource Name" in said) == ("InvalidRequest", True)
    foreign = key.replace("111122223333", "444455556666")
    code, said = refused(lambda: update(s3, "k", foreign))
    assert (code, "must be owned by the same account as the bucket" in said) == ("AccessDenied", True)
    assert refused(lambda: update(s3, "none", key))[0] == "NoSuchKey"
    absent = f"{key.rpartition('/')[0]}/11111111-2222-3333-4444-555555555555"
    assert refused(lambda: update(s3, "k", absent))[0] == "KMS.NotFoundException"
    assert s3.head_object(Bucket=open_bucket, Key="k")["ServerSideEncryption"] == "AES256"


def test_a_locked_object_stays_as_it_is(s3: Any, key: str) -> None:
    s3.create_bucket(Bucket="bucket", ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket="bucket", Key="k", Body=b"x", ObjectLockLegalHoldStatus="ON")
    code, said = refused(lambda: update(s3, "k", key))
    assert (code, "protected by S3 Object Lock" in said) == ("AccessDenied", True)
