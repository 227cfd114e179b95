"""Writes objects without end and says each that was acknowledged: to be killed in the middle of it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from clary.kernel import Caller
from clary.runs.fake import FakeExecutor
from clary.server.assemble import Options, assemble
from clary.server.home import Home

ACCOUNT = "111122223333"
SIZES = (10, 5_000, 40_000, 200_000)


def body_of(key: str, turn: int) -> bytes:
    return f"{key}/{turn}/".encode() * (SIZES[turn % len(SIZES)] // 8)


async def write(home: str) -> None:
    platform = assemble(Home.at(Path(home)), Options(account=ACCOUNT), runs=FakeExecutor())
    root = Caller(
        ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", is_root=True
    )

    async def call(operation: str, **params: object) -> dict[str, object]:
        return await platform.aperform("s3", operation, {"Bucket": "bucket", **params}, root, "us-east-1")

    async def worker(key: str) -> None:
        turn = 0
        while True:
            await call("PutObject", Key=key, Body=body_of(key, turn))
            print(key, turn, flush=True)
            turn += 1

    await call("CreateBucket")
    upload = await call("CreateMultipartUpload", Key="parts")
    part = await call(
        "UploadPart", Key="parts", UploadId=upload["UploadId"], PartNumber=1, Body=b"part" * 10_000
    )
    print("upload", upload["UploadId"], part["ETag"], flush=True)
    await asyncio.gather(*(worker(f"k{i}") for i in range(6)))


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1]))
