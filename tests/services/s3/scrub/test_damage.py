"""The scrub finds what the disk lost or changed, under every kind of key, and forgets what is gone."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.plane.upkeep.reading import CHANGED, MISSING
from clary.server.local_api.status import status_of
from tests.inprocess import Loop
from tests.services.s3.scrub.conftest import Multipart, Scrubbed, place_of

SIZES = {"row": 100, "segment": 20_000, "file": 300_000}
WEEK = 7 * 86400.0
Flip = Callable[[str, int], None]


@pytest.fixture(params=["encrypted", "clear"])
def filled(
    request: pytest.FixtureRequest, s3: Any, bucket: str, platform: Platform, multipart: Multipart
) -> None:
    object.__setattr__(platform.settings, "s3_encryption", request.param == "encrypted")
    for key, size in SIZES.items():
        s3.put_object(Bucket=bucket, Key=key, Body=os.urandom(size))
    multipart("parts")
    multipart("open", open=True)


@pytest.mark.usefixtures("filled")
def test_what_is_well_is_not_found(platform: Platform, loop: Loop, scrubbed: Scrubbed) -> None:
    assert scrubbed() == {}
    told = loop.run(status_of(platform))
    assert (told["damaged"], told["damaged_count"]) == ([], 0)
    bytes_ = sum(SIZES.values()) + 2 * ((5 << 20) + 70_000)
    assert told["scrubs"]["s3"]["last"] == {
        "ended": told["scrubs"]["s3"]["last"]["ended"],
        "things": 6,
        "bytes": bytes_,
    }
    assert told["scrubs"]["s3"]["current"] is None


@pytest.mark.usefixtures("filled")
def test_a_changed_byte_is_found_once_logged_and_shown(
    platform: Platform,
    loop: Loop,
    clock: FakeClock,
    bucket: str,
    scrubbed: Scrubbed,
    flip: Flip,
    caplog: pytest.LogCaptureFixture,
) -> None:
    flip("file", 150_000)
    with caplog.at_level(logging.ERROR, "clary.s3"):
        assert scrubbed() == {"file": CHANGED}
        clock.advance(WEEK)
        assert scrubbed() == {"file": CHANGED}
    assert [record.getMessage() for record in caplog.records] == [
        f"damaged: s3://{bucket}/file, version null: {CHANGED}"
    ]
    told = loop.run(status_of(platform))
    (shown,) = told["damaged"]
    assert shown.startswith(f"s3://{bucket}/file, version null: {CHANGED} (found ")
    assert told["damaged_count"] == 1


@pytest.mark.usefixtures("filled")
def test_bytes_that_are_gone_or_cut_are_found(platform: Platform, loop: Loop, scrubbed: Scrubbed) -> None:
    cut = platform.objects.path(place_of(platform, "file"))
    assert cut
    os.truncate(cut, 100_000)
    loop.run(platform.objects.delete(place_of(platform, "parts")))
    assert scrubbed() == {"file": CHANGED, "parts": MISSING}


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("at", [1000, (5 << 20) + 10_000])
def test_a_changed_byte_of_either_part_of_an_upload_is_found(
    at: int, scrubbed: Scrubbed, flip: Flip, platform: Platform
) -> None:
    """In the clear the rows have a checksum of each part, and the ETag is that of no bytes."""
    flip("parts", at)
    assert scrubbed() == {"parts": CHANGED}


@pytest.mark.usefixtures("filled")
def test_parts_of_an_upload_in_progress_are_read(
    platform: Platform, loop: Loop, bucket: str, scrubbed: Scrubbed
) -> None:
    with platform.store.read() as tx:
        ((upload, first), (_, second)) = tx.sql("SELECT upload, place FROM s3_part ORDER BY number")
    loop.run(platform.objects.delete(first))
    path = platform.objects.path(second)
    assert path
    os.truncate(path, 1000)
    assert scrubbed() == {"open": CHANGED}  # the later one of two with this key
    assert {one.split(" (found")[0] for one in loop.run(status_of(platform))["damaged"]} == {
        f"s3://{bucket}/open, part 1 of the upload {upload}: {MISSING}",
        f"s3://{bucket}/open, part 2 of the upload {upload}: {CHANGED}",
    }


def test_damage_of_an_upload_that_is_aborted_is_forgotten(
    s3: Any, platform: Platform, loop: Loop, bucket: str, scrubbed: Scrubbed, multipart: Multipart
) -> None:
    upload, _ = multipart("open", open=True)
    with platform.store.read() as tx:
        places = [place for (place,) in tx.sql("SELECT place FROM s3_part")]
    for place in places:
        loop.run(platform.objects.delete(place))
    assert scrubbed() == {"open": MISSING}
    s3.abort_multipart_upload(Bucket=bucket, Key="open", UploadId=upload)
    assert loop.run(status_of(platform))["damaged_count"] == 0


def test_a_body_in_a_row_is_read_too(s3: Any, bucket: str, platform: Platform, scrubbed: Scrubbed) -> None:
    s3.put_object(Bucket=bucket, Key="row", Body=b"x" * 100)
    with platform.store.write() as tx:
        ((body,),) = tx.sql("SELECT body FROM s3_object")
        tx.sql("UPDATE s3_object SET body = ?", body[:-1] + bytes([body[-1] ^ 1]))
    assert scrubbed() == {"row": CHANGED}


def test_bytes_under_a_users_key_are_counted_without_it(
    s3: Any, bucket: str, platform: Platform, clock: FakeClock, scrubbed: Scrubbed, client: Any
) -> None:
    key = client("kms").create_key()["KeyMetadata"]["KeyId"]
    s3.put_object(
        Bucket=bucket, Key="k", Body=os.urandom(300_000), ServerSideEncryption="aws:kms", SSEKMSKeyId=key
    )
    client("kms").disable_key(KeyId=key)
    assert scrubbed() == {}
    path = platform.objects.path(place_of(platform, "k"))
    assert path
    os.truncate(path, 200_000)
    clock.advance(WEEK)
    assert scrubbed() == {"k": CHANGED}


def test_nothing_is_found_under_any_key_where_nothing_is_damaged(
    s3: Any, bucket: str, scrubbed: Scrubbed, client: Any, multipart: Multipart
) -> None:
    key = client("kms").create_key()["KeyMetadata"]["KeyId"]
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]},
    }
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    every = {
        "aes": {},
        "kms": {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key},
        "dsse": {"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": key},
        "customer": {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32},
    }
    for name, asked in every.items():
        for size in (0, 1, 100, 20_000, 65_536, 65_537):
            s3.put_object(Bucket=bucket, Key=f"{name}{size}", Body=os.urandom(size), **asked)
        multipart(f"{name}-parts", **asked)
    for algorithm in ("CRC32", "SHA1", "SHA256"):
        s3.put_object(Bucket=bucket, Key=algorithm, Body=os.urandom(70_000), ChecksumAlgorithm=algorithm)
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/aes-parts")
    assert scrubbed() == {}


@pytest.mark.usefixtures("filled")
def test_what_is_written_again_or_deleted_is_forgotten(
    s3: Any,
    bucket: str,
    platform: Platform,
    loop: Loop,
    clock: FakeClock,
    scrubbed: Scrubbed,
    flip: Flip,
) -> None:
    flip("file", 0)
    assert scrubbed() == {"file": CHANGED}
    s3.put_object(Bucket=bucket, Key="file", Body=b"new")
    assert loop.run(status_of(platform))["damaged"] == []
    clock.advance(WEEK)
    assert scrubbed() == {}
    with platform.store.read() as tx:
        assert tx.sql("SELECT COUNT(*) FROM damage") == [(0,)]


def test_control_characters_of_a_key_reach_neither_log_nor_terminal(
    s3: Any,
    bucket: str,
    platform: Platform,
    loop: Loop,
    scrubbed: Scrubbed,
    flip: Flip,
    caplog: pytest.LogCaptureFixture,
) -> None:
    key = "a\x1b[2Jb\nERROR \u202ec"
    s3.put_object(Bucket=bucket, Key=key, Body=os.urandom(300_000))
    flip(key, 5)
    scrubbed()
    for text in (caplog.records[-1].getMessage(), *loop.run(status_of(platform))["damaged"]):
        assert r"a\x1b[2Jb\nERROR \u202ec, version null" in text
        assert text.isprintable()
