"""Damaged bytes are never given away as whole: an answer is refused, or broken off."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.objects.api import Damaged
from clary.plane import Platform
from tests.inprocess import Loop


def places(platform: Platform) -> dict[str, str]:
    with platform.store.read() as tx:
        return dict(tx.sql("SELECT key, place FROM s3_object"))


def test_a_damaged_row_is_an_internal_error_that_names_nothing(
    s3: Any, bucket: str, platform: Platform
) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x" * 100)
    with platform.store.write() as tx:
        ((body,),) = tx.sql("SELECT body FROM s3_object")
        tx.sql("UPDATE s3_object SET body = ?", body[:-1] + bytes([body[-1] ^ 1]))
    with pytest.raises(ClientError) as caught:
        s3.get_object(Bucket=bucket, Key="k")
    answer = caught.value.response
    assert answer["Error"] == {
        "Code": "InternalError",
        "Message": "We encountered an internal error. Please try again.",
    }
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 500


def test_what_was_read_before_the_damage_is_right_and_nothing_follows(
    s3: Any, bucket: str, platform: Platform, loop: Loop
) -> None:
    content = os.urandom(300_000)
    s3.put_object(Bucket=bucket, Key="k", Body=content)
    path = platform.objects.path(places(platform)["k"])
    assert path
    with open(path, "r+b") as file:
        file.seek(200_000)
        (byte,) = file.read(1)
        file.seek(200_000)
        file.write(bytes([byte ^ 1]))
    with pytest.raises((Damaged, ClientError)):
        s3.get_object(Bucket=bucket, Key="k")["Body"].read()
    assert s3.get_object(Bucket=bucket, Key="k", Range="bytes=0-65535")["Body"].read() == content[:65536]


def test_a_row_that_is_moved_to_other_bytes_reads_nothing(
    s3: Any, bucket: str, platform: Platform, refused: Callable[..., Any]
) -> None:
    """Streams of the same key have salts of their own, and their sizes are authenticated by their last segment."""
    for key in ("one", "two"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode() * 100_000)
    found = places(platform)
    with platform.store.write() as tx:
        tx.sql("UPDATE s3_object SET place = ?, size = size - 70000 WHERE key = 'one'", found["two"])
    with pytest.raises((Damaged, ClientError)):
        s3.get_object(Bucket=bucket, Key="one")["Body"].read()
