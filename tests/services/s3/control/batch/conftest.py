"""A role for jobs, a bucket for lists and reports, and what carries jobs out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.server.loop import Controllers
from clary.services.s3.control.batch import rows
from clary.services.s3.control.batch.noun import JOB
from clary.services.s3.control.batch.work import carry_out
from tests.inprocess import Loop
from tests.support.principals import ACCOUNT, allow, role, trust

TRUST = trust({"Service": "batchoperations.s3.amazonaws.com"})
RESTS = ("Suspended", "Complete", "Cancelled", "Failed")
LEASE = 11.0
CSV = "S3BatchOperations_CSV_20180820"


async def turn(platform: Platform) -> int:
    """Carry out a batch of each job that is active; return how many tasks that was."""
    found = await platform.store.run(lambda tx: rows.active(tx, 10), write=False)
    return sum([await carry_out(platform, one) for one in found])


@pytest.fixture
def control(client: Callable[..., Any]) -> Any:
    return client("s3control")


@pytest.fixture
def lists(s3: Any) -> str:
    """The bucket of manifests and reports."""
    s3.create_bucket(Bucket="lists")
    return "lists"


@pytest.fixture
def worker(client: Callable[..., Any]) -> str:
    """The ARN of a role that may do everything in S3 and KMS."""
    return role(client, TRUST, allow(["s3:*", "kms:*"]), name="worker")


@pytest.fixture
def manifest(s3: Any, lists: str) -> Callable[..., dict[str, Any]]:
    """`manifest("bucket", "a", "b")`: a list of these keys, or of (key, version) pairs, as it is given to CreateJob."""

    def put(bucket: str, *keys: Any, name: str = "manifest.csv") -> dict[str, Any]:
        rows = [[bucket, *([key] if isinstance(key, str) else key)] for key in keys]
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        return manifest_of(s3, lists, text.getvalue(), ["Bucket", "Key", "VersionId"][: len(rows[0])], name)

    return put


def manifest_of(
    s3: Any, bucket: str, text: str, fields: list[str], name: str = "manifest.csv"
) -> dict[str, Any]:
    etag = s3.put_object(Bucket=bucket, Key=name, Body=text.encode())["ETag"]
    location = {"ObjectArn": f"arn:aws:s3:::{bucket}/{name}", "ETag": etag}
    return {"Spec": {"Format": CSV, "Fields": fields}, "Location": location}


def report(**more: Any) -> dict[str, Any]:
    return {
        "Bucket": "arn:aws:s3:::lists",
        "Format": "Report_CSV_20180820",
        "Enabled": True,
        "Prefix": "reports",
        "ReportScope": "AllTasks",
        **more,
    }


@pytest.fixture
def create(control: Any, worker: str) -> Callable[..., str]:
    """`create({"S3PutObjectTagging": …}, Manifest=…)`: the id of a new job."""

    def make(operation: dict[str, Any], **more: Any) -> str:
        asked = {
            "AccountId": ACCOUNT,
            "ConfirmationRequired": False,
            "Operation": operation,
            "Report": report(),
            "Priority": 10,
            "RoleArn": worker,
            **more,
        }
        return control.create_job(**asked)["JobId"]

    return make


@pytest.fixture
def described(control: Any) -> Callable[[str], dict[str, Any]]:
    return lambda job: control.describe_job(AccountId=ACCOUNT, JobId=job)["Job"]


@pytest.fixture
def work(controllers: Controllers, platform: Platform, clock: FakeClock, loop: Loop) -> Callable[[], None]:
    """Let controllers and gateway do what is due, until every job has come to rest."""

    def rests() -> bool:
        with platform.store.read() as tx:
            return all(one.status in RESTS for one in tx.list(JOB.kind, None))

    def go() -> None:
        for _ in range(100):
            while controllers.once() or loop.run(turn(platform)):
                pass
            if rests():
                return
            clock.advance(LEASE)
        raise AssertionError("a job does not come to rest")

    return go


@pytest.fixture
def step(
    controllers: Controllers,
    platform: Platform,
    clock: FakeClock,
    loop: Loop,
    described: Callable[[str], Any],
) -> Callable[..., None]:
    """`step(job, "Active", turns=1)`: let the controllers work until a job has this status, then the gateway for some turns."""

    def go(job: str, status: str, turns: int) -> None:
        for _ in range(50):
            if described(job)["Status"] == status:
                break
            if not controllers.once():
                clock.advance(1)
        assert described(job)["Status"] == status
        for _ in range(turns):
            assert loop.run(turn(platform))

    return go


@pytest.fixture
def reported(s3: Any) -> Callable[..., list[list[str]]]:
    """`reported(job)`: all lines of a completion report."""

    def read(job: str, folder: str = "reports/") -> list[list[str]]:
        said = json.loads(body(s3, f"{folder}job-{job}/manifest.json"))
        lines: list[list[str]] = []
        for one in said["Results"]:
            lines += csv.reader(io.StringIO(body(s3, one["Key"]).decode()))
        return lines

    return read


def body(s3: Any, key: str, bucket: str = "lists") -> bytes:
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
