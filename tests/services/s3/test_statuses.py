"""The HTTP status and headers of every operation that succeeds. Oracle: the model's response codes, the recorded answers
where one bears the operation's name, and AWS's sample responses where the model is silent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clary.wire import load
from tests.inprocess import Loop
from tests.security.matrix.inputs import s3 as inputs
from tests.security.matrix.world import World

MODEL = load("s3")
SUCCEEDING = sorted(name for name, case in inputs.CASES.items() if not case.absent)
# botocore's model says nothing of these two; recorded: test_bucket_policy_crud; PutBucketTagging (API reference: "HTTP/1.1
# 204 No Content", and versity/versitygw#932).
WITHOUT_CONTENT = {"PutBucketPolicy", "PutBucketTagging"}
# Recorded: test_put_and_get_object_with_content_language_disposition.
ALWAYS = {"x-amz-id-2", "x-amz-request-id", "server"}
OF_OBJECT = {
    "accept-ranges",
    "content-length",
    "content-type",
    "etag",
    "last-modified",
    "x-amz-server-side-encryption",
}
HEADERS = {
    "CreateBucket": {"location"},
    "HeadBucket": {"x-amz-bucket-region"},
    "PutObject": {"etag", "x-amz-checksum-crc32", "x-amz-checksum-type", "x-amz-server-side-encryption"},
    "UploadPart": {"etag", "x-amz-checksum-crc32", "x-amz-server-side-encryption"},
    "CopyObject": {"x-amz-server-side-encryption"},
    "UploadPartCopy": {"x-amz-server-side-encryption"},
    "CreateMultipartUpload": {"x-amz-server-side-encryption"},
    "CompleteMultipartUpload": {"x-amz-server-side-encryption"},
    "GetObject": OF_OBJECT | {"x-amz-tagging-count", "x-amz-meta-note"},
    "HeadObject": OF_OBJECT | {"x-amz-meta-note"},
    "GetObjectAttributes": {"last-modified"},
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, loop: Loop) -> Iterator[World]:
    made = World("s3", tmp_path_factory.mktemp("statuses"), loop)
    yield made
    made.close()


@pytest.mark.parametrize("name", SUCCEEDING)
def test_status_and_headers(world: World, name: str) -> None:
    answer = world.call(world.root, name, inputs.CASES[name].make(world))
    said = answer.parsed["ResponseMetadata"]["HTTPHeaders"]
    operation = MODEL.operations[name]
    assert answer.status == (204 if name in WITHOUT_CONTENT else operation.status), answer
    assert ALWAYS | HEADERS.get(name, set()) <= said.keys()
    assert said["server"] == "AmazonS3"
    # S3 names a type only where there is something of it; a HEAD names that of the errors it might have.
    has_body = said.get("content-length", "0") != "0"
    assert ("content-type" in said) == (has_body or operation.method == "HEAD"), said
    if name not in ("GetObject", "HeadObject", "GetBucketPolicy") and "content-type" in said:
        expected = "application/vnd.amazon.eventstream" if operation.event_stream_out else "application/xml"
        assert said["content-type"] == expected


@pytest.mark.parametrize("name", SUCCEEDING)
def test_the_recordings_have_this_status(name: str, shared: Path) -> None:
    """Of the answers that bear the operation's name (`put-bucket-policy`), one at least has it."""
    recorded = _recorded(shared).get(name)
    if recorded:
        assert (204 if name in WITHOUT_CONTENT else MODEL.operations[name].status) in recorded


def test_some_are_recorded(shared: Path) -> None:
    assert len(_recorded(shared).keys() & set(SUCCEEDING)) >= 10


def _recorded(shared: Path) -> dict[str, set[int]]:
    """Operation -> statuses of the successful answers that bear its name."""
    found: dict[str, set[int]] = {}
    for file in sorted((shared / "recorded" / "s3").glob("*.json")):
        for test in json.loads(file.read_text()).values():
            for label, answer in test["answers"].items():
                name = re.sub(r"(?:^|[-_])(\w)", lambda match: match[1].upper(), label)
                status = _status(answer)
                if name in MODEL.operations and status < 300:
                    found.setdefault(name, set()).add(status)
    return found


def _status(answer: Any) -> int:
    metadata = answer.get("ResponseMetadata") if isinstance(answer, dict) else None
    return (metadata or {}).get("HTTPStatusCode", 999)
