"""The scrub finds what the disk lost or changed, under every kind of key, and forgets what is gone."""

from __future__ import annotations

import logging
import os
from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.server.local_api.status import status_of
from clary.services.s3.scrub import background, rows
from clary.services.s3.scrub.background import Pacer, scrub_some
from clary.services.s3.scrub.check import CHANGED, MISSING
from tests.inprocess import Loop

SIZES = {"row": 100, "segment": 20_000, "file": 300_000}
WEEK = 7 * 86400.0


def scrubbed(platform: Platform, loop: Loop) -> dict[str, str]:
    """A whole pass; what it found by key."""
    while loop.run(scrub_some(platform, Pacer(1e12))):
        pass
    with platform.store.read() as tx:
        return {one.key: one.reason for one in rows.damaged(tx, 100)}


def place_of(platform: Platform, key: str) -> str:
    with platform.store.read() as tx:
        return tx.sql("SELECT place FROM s3_object WHERE key = ?", key)[0][0]


def flip(platform: Platform, key: str, at: int) -> None:
    """Change one byte of an object that has a file of its own."""
    path = platform.objects.path(place_of(platform, key))
    assert path
    with open(path, "r+b") as file:
        file.seek(at)
        (byte,) = file.read(1)
        file.seek(at)
        file.write(bytes([byte ^ 1]))


@pytest.fixture(params=["encrypted", "clear"])
def filled(request: pytest.FixtureRequest, s3: Any, bucket: str, platform: Platform) -> None:
    object.__setattr__(platform.settings, "s3_encryption", request.param == "encrypted")
    for key, size in SIZES.items():
        s3.put_object(Bucket=bucket, Key=key, Body=os.urandom(size))
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    named = {"Bucket": bucket, "Key": "parts", "UploadId": upload}
    part = s3.upload_part(**named, PartNumber=1, Body=os.urandom(70_000))
    s3.complete_multipart_upload(
        **named, MultipartUpload={"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]}
    )


@pytest.mark.usefixtures("filled")
def test_what_is_well_is_not_found(platform: Platform, loop: Loop) -> None:
    assert scrubbed(platform, loop) == {}
    assert loop.run(status_of(platform))["damaged"] == []


@pytest.mark.usefixtures("filled")
def test_a_changed_byte_is_found_once_logged_and_shown(
    platform: Platform, loop: Loop, clock: FakeClock, bucket: str, caplog: pytest.LogCaptureFixture
) -> None:
    flip(platform, "file", 150_000)
    with caplog.at_level(logging.ERROR, "clary.s3"):
        assert scrubbed(platform, loop) == {"file": CHANGED}
        clock.advance(WEEK)
        assert scrubbed(platform, loop) == {"file": CHANGED}
    assert [record.getMessage() for record in caplog.records] == [
        f"damaged: s3://{bucket}/file, version null: {CHANGED}"
    ]
    (shown,) = loop.run(status_of(platform))["damaged"]
    assert shown.startswith(f"s3://{bucket}/file, version null: {CHANGED} (found ")


@pytest.mark.usefixtures("filled")
def test_bytes_that_are_gone_or_cut_are_found(platform: Platform, loop: Loop) -> None:
    cut = platform.objects.path(place_of(platform, "file"))
    assert cut
    os.truncate(cut, 100_000)
    loop.run(platform.objects.delete(place_of(platform, "parts")))
    assert scrubbed(platform, loop) == {"file": CHANGED, "parts": MISSING}


def test_a_body_in_a_row_is_read_too(s3: Any, bucket: str, platform: Platform, loop: Loop) -> None:
    s3.put_object(Bucket=bucket, Key="row", Body=b"x" * 100)
    with platform.store.write() as tx:
        ((body,),) = tx.sql("SELECT body FROM s3_object")
        tx.sql("UPDATE s3_object SET body = ?", body[:-1] + bytes([body[-1] ^ 1]))
    assert scrubbed(platform, loop) == {"row": CHANGED}


def test_bytes_under_a_users_key_are_counted_without_it(
    s3: Any, bucket: str, platform: Platform, loop: Loop, client: Any
) -> None:
    key = client("kms").create_key()["KeyMetadata"]["KeyId"]
    s3.put_object(
        Bucket=bucket, Key="k", Body=os.urandom(300_000), ServerSideEncryption="aws:kms", SSEKMSKeyId=key
    )
    client("kms").disable_key(KeyId=key)
    assert scrubbed(platform, loop) == {}
    path = platform.objects.path(place_of(platform, "k"))
    assert path
    os.truncate(path, 200_000)
    with platform.store.write() as tx:
        tx.sql("DELETE FROM s3_scrub")
    assert scrubbed(platform, loop) == {"k": CHANGED}


@pytest.mark.usefixtures("filled")
def test_what_is_written_again_or_deleted_is_forgotten(
    s3: Any, bucket: str, platform: Platform, loop: Loop, clock: FakeClock
) -> None:
    flip(platform, "file", 0)
    assert scrubbed(platform, loop) == {"file": CHANGED}
    s3.put_object(Bucket=bucket, Key="file", Body=b"new")
    assert loop.run(status_of(platform))["damaged"] == []
    clock.advance(WEEK)
    assert scrubbed(platform, loop) == {}
    with platform.store.read() as tx:
        assert tx.sql("SELECT COUNT(*) FROM s3_damaged") == [(0,)]


def test_a_pass_goes_on_where_it_was_and_the_next_begins_after_a_week(
    s3: Any, bucket: str, platform: Platform, loop: Loop, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "_BATCH", 2)
    for number in range(5):
        s3.put_object(Bucket=bucket, Key=f"k{number}", Body=os.urandom(100))
    assert loop.run(scrub_some(platform, Pacer(1e12)))
    with platform.store.read() as tx:
        assert rows.current(tx).after[:2] == (bucket, "k1")
    assert loop.run(scrub_some(platform, Pacer(1e12)))  # as another process would, after a kill
    assert not loop.run(scrub_some(platform, Pacer(1e12)))
    with platform.store.read() as tx:
        first = rows.current(tx)
    clock.advance(WEEK - 1)
    assert not loop.run(scrub_some(platform, Pacer(1e12)))
    with platform.store.read() as tx:
        assert rows.current(tx) == first
    clock.advance(1)
    assert loop.run(scrub_some(platform, Pacer(1e12)))
