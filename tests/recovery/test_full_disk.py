"""A home whose disk is full: writes are refused with a 5xx, nothing is damaged, and room is all that it takes to go on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.recovery.ballast import fill
from tests.support.live import Live, make_role
from tests.support.live_jobs import put_script, script_job
from tests.support.waiting import until


@pytest.fixture
def live(disk: Path) -> Iterator[Live]:
    live = Live(disk / "home").start()
    live.client("s3").create_bucket(Bucket="data")
    yield live
    live.clear()


def refusals(s3: Any, sizes: tuple[int, ...]) -> list[int]:
    """The status of each write that was refused."""
    found = []
    for number, size in enumerate(sizes):
        try:
            s3.put_object(Bucket="data", Key=f"full/{number}", Body=b"x" * size)
        except ClientError as error:
            found.append(error.response["ResponseMetadata"]["HTTPStatusCode"])
    return found


def test_a_full_disk_refuses_writes_and_damages_nothing(disk: Path, live: Live) -> None:
    s3 = live.client("s3")
    role = make_role(live)
    put_script(live, "print('ran')")
    kept = {f"kept/{size}": os.urandom(size) for size in (10, 5_000, 100_000, 2_000_000)}
    for key, body in kept.items():
        s3.put_object(Bucket="data", Key=key, Body=body)
    ballast = fill(disk)
    refused = refusals(s3, (10, 50_000, 3_000_000) * 4)
    assert refused, "the disk was not full"
    assert {status // 100 for status in refused} == {5}
    for key, body in kept.items():
        assert s3.get_object(Bucket="data", Key=key)["Body"].read() == body
    listed = {
        entry["Key"]: entry["Size"]
        for entry in s3.list_objects_v2(Bucket="data", Prefix="full/").get("Contents", [])
    }
    for key, size in listed.items():  # whole or not there
        assert len(s3.get_object(Bucket="data", Key=key)["Body"].read()) == size
    ballast.unlink()
    s3.put_object(Bucket="data", Key="after", Body=b"a" * 1_000_000)
    assert s3.head_object(Bucket="data", Key="after")["ContentLength"] == 1_000_000
    sm = live.client("sagemaker")
    sm.create_training_job(**script_job(role, "after"))
    until(
        lambda: sm.describe_training_job(TrainingJobName="after")["TrainingJobStatus"] == "Completed", 60, 0.1
    )


def test_workers_that_die_on_a_full_disk_come_back_with_room(disk: Path, live: Live) -> None:
    s3 = live.client("s3")
    s3.put_object(Bucket="data", Key="kept", Body=b"k" * 5000)
    ballast = fill(disk)
    for pid in live.pids("clary.server", "gateway") + live.pids("clary.server", "controllers"):
        os.kill(pid, 9)
    ballast.unlink()
    until(live.healthy, 20)
    assert s3.get_object(Bucket="data", Key="kept")["Body"].read() == b"k" * 5000
    s3.put_object(Bucket="data", Key="after", Body=b"a")
