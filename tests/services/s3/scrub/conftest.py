"""Passes of S3's scrub, and objects to be damaged."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from clary.plane import Platform
from clary.services.s3.scrub.work import scrub
from tests.inprocess import Loop
from tests.support import scrubbing

Scrubbed = Callable[[], dict[str, str]]
Multipart = Callable[..., tuple[str, list[dict[str, Any]]]]


@pytest.fixture
def scrubbed(platform: Platform, loop: Loop, bucket: str) -> Scrubbed:
    """A whole pass; reasons by key of what is damaged then."""

    def run() -> dict[str, str]:
        found = scrubbing.scrubbed(platform, loop, scrub)
        return {name.removeprefix(f"s3://{bucket}/").split(", ")[0]: reason for name, reason in found.items()}

    return run


@pytest.fixture
def flip(platform: Platform) -> Callable[[str, int], None]:
    """Change one byte of an object."""
    return lambda key, at: scrubbing.flip(platform, place_of(platform, key), at)


def place_of(platform: Platform, key: str) -> str:
    with platform.store.read() as tx:
        return tx.sql("SELECT place FROM s3_object WHERE key = ?", key)[0][0]


@pytest.fixture
def clear(platform: Platform) -> None:
    """Objects lie in the clear."""
    object.__setattr__(platform.settings, "s3_encryption", False)


@pytest.fixture
def multipart(s3: Any, bucket: str) -> Multipart:
    """An upload of two parts, which is completed unless it is to stay `open`."""

    def upload(key: str, *, open: bool = False, **more: Any) -> tuple[str, list[dict[str, Any]]]:
        named = {"Bucket": bucket, "Key": key}
        customer = {name: value for name, value in more.items() if name.startswith("SSECustomer")}
        named["UploadId"] = s3.create_multipart_upload(**named, **more)["UploadId"]
        parts = []
        for number, size in enumerate((5 << 20, 70_000), 1):
            body = os.urandom(size)
            etag = s3.upload_part(**named, PartNumber=number, Body=body, **customer)["ETag"]
            parts.append({"PartNumber": number, "ETag": etag})
        if not open:
            s3.complete_multipart_upload(**named, MultipartUpload={"Parts": parts}, **customer)
        return named["UploadId"], parts

    return upload
