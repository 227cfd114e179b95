"""A process that dies at any moment loses nothing that it acknowledged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from clary.kernel import Caller
from clary.server.assemble import Options, assemble
from clary.server.home import Home
from clary.services.s3.sweep import sweep
from tests.services.s3.crash_child import ACCOUNT, SIZES, body_of

ROOT = Path(__file__).parents[3]


def killed_after(home: Path, acknowledged: int) -> list[list[str]]:
    """What a writer had acknowledged when it was killed, after at least so many writes."""
    command = [sys.executable, "-m", "tests.services.s3.crash_child", str(home)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    lines = [child.stdout.readline().split() for _ in range(acknowledged + 1)]
    child.kill()
    rest = child.stdout.read()
    child.wait()
    return lines + [line.split() for line in rest.splitlines(keepends=True) if line.endswith("\n")]


@pytest.mark.parametrize("acknowledged", [1, 37, 150])
def test_what_was_acknowledged_is_there(tmp_path, loop, runs, acknowledged):
    home = tmp_path / "home"
    lines = killed_after(home, acknowledged)
    platform = assemble(Home.at(home), Options(account=ACCOUNT), runs=runs)
    root = Caller(
        ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", is_root=True
    )

    def call(operation, **params):
        return loop.run(platform.aperform("s3", operation, {"Bucket": "bucket", **params}, root, "us-east-1"))

    async def collect(body):
        if isinstance(body, bytes):
            return body
        if hasattr(body, "path"):
            return Path(body.path).read_bytes()
        return b"".join([part async for part in body])

    try:
        loop.run(sweep(platform, leftovers=True))
        last = {key: int(turn) for key, turn in lines[1:]}
        for key, turn in last.items():
            body = loop.run(collect(call("GetObject", Key=key)["Body"]))
            # The next write may be there as well, whole: it was under way, and nobody was told.
            assert body in (body_of(key, turn), body_of(key, turn + 1))
        _, upload_id, etag = lines[0]
        parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
        call("CompleteMultipartUpload", Key="parts", UploadId=upload_id, MultipartUpload=parts)
        assert loop.run(collect(call("GetObject", Key="parts")["Body"])) == b"part" * 10_000
    finally:
        platform.store.close()


def test_the_writer_writes_inline_in_segments_and_in_files():
    from clary.services.s3.request_body import INLINE

    assert min(SIZES) < INLINE < 40_000 < 64 << 10 < max(SIZES)
