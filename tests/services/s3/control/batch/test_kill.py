"""A job whose processes are killed goes on where it was: every task is done, and has one line in the report."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from clary.kernel import Caller
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server.assemble import Options, assemble
from clary.server.home import Home
from tests.services.s3.control.batch.conftest import CSV, TRUST
from tests.services.s3.control.batch.killed_child import ACCOUNT
from tests.support.principals import allow, policy

ROOT = Path(__file__).parents[5]
KEYS = [f"key-{number}" for number in range(24)]
ARN = f"arn:aws:iam::{ACCOUNT}:root"


def call(platform: Platform, service: str, operation: str, **params: Any) -> dict[str, Any]:
    root = Caller(ACCOUNT, ARN, ACCOUNT, ARN, is_root=True)
    return platform.perform(service, operation, params, root, "us-east-1")


def prepare(platform: Platform) -> str:
    """Objects, their list, and a job; return its id."""
    named = {"RoleName": "worker", "AssumeRolePolicyDocument": TRUST}
    role = call(platform, "iam", "CreateRole", **named)["Role"]["Arn"]
    may = policy(allow("s3:*"))
    call(platform, "iam", "PutRolePolicy", RoleName="worker", PolicyName="p", PolicyDocument=may)
    call(platform, "s3", "CreateBucket", Bucket="bucket")
    for key in KEYS[:-4]:  # of the last there is no object
        call(platform, "s3", "PutObject", Bucket="bucket", Key=key, Body=b"1")
    text = "".join(f"bucket,{key}\n" for key in KEYS).encode()
    etag = call(platform, "s3", "PutObject", Bucket="bucket", Key="list", Body=text)["ETag"]
    asked = {
        "AccountId": ACCOUNT,
        "ConfirmationRequired": False,
        "Operation": {"S3PutObjectTagging": {"TagSet": [{"Key": "a", "Value": "b"}]}},
        "Manifest": {
            "Spec": {"Format": CSV, "Fields": ["Bucket", "Key"]},
            "Location": {"ObjectArn": "arn:aws:s3:::bucket/list", "ETag": etag},
        },
        "Report": {
            "Enabled": True,
            "Bucket": "arn:aws:s3:::bucket",
            "Format": "Report_CSV_20180820",
            "ReportScope": "AllTasks",
        },
        "Priority": 1,
        "RoleArn": role,
        "ClientRequestToken": "t",
    }
    return call(platform, "s3control", "CreateJob", **asked)["JobId"]


def run(home: Path, lines: int | None) -> list[str]:
    """Let a process carry the job out, and kill it when it has said so many lines (None: let it end)."""
    command = [sys.executable, "-m", "tests.services.s3.control.batch.killed_child", str(home)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    if lines is None:
        found = child.stdout.read().splitlines()
        assert (child.wait(), found[-1]) == (0, "over")
        return found
    found = [child.stdout.readline().strip() for _ in range(lines)]
    child.kill()
    child.wait()
    child.stdout.close()
    return found


def lines_of(platform: Platform, key: str) -> list[list[str]]:
    body = call(platform, "s3", "GetObject", Bucket="bucket", Key=key)["Body"]
    text = body if isinstance(body, bytes) else b"".join(body)
    return list(csv.reader(io.StringIO(text.decode())))


def test_a_job_that_is_killed_goes_on(tmp_path: Path) -> None:
    home = tmp_path / "home"
    platform = assemble(Home.at(home), Options(account=ACCOUNT), runs=FakeExecutor())
    job = prepare(platform)
    platform.store.close()
    said = [run(home, 7), run(home, 15)]
    rest = run(home, None)
    assert any(line.startswith("report") for line in rest)
    assert all(line for lines in said for line in lines)

    platform = assemble(Home.at(home), Options(account=ACCOUNT), runs=FakeExecutor())
    try:
        body = call(platform, "s3", "GetObject", Bucket="bucket", Key=f"job-{job}/manifest.json")["Body"]
        told = json.loads(body if isinstance(body, bytes) else b"".join(body))
        lines = [line for one in told["Results"] for line in lines_of(platform, one["Key"])]
        assert sorted(line[1] for line in lines) == sorted(KEYS)
        assert {line[1] for line in lines if line[3] == "failed"} == set(KEYS[-4:])
        found = call(platform, "s3control", "DescribeJob", AccountId=ACCOUNT, JobId=job)["Job"]
        summary = found["ProgressSummary"]
        assert (summary["NumberOfTasksSucceeded"], summary["NumberOfTasksFailed"]) == (len(KEYS) - 4, 4)
        for key in KEYS[:-4]:
            assert call(platform, "s3", "GetObjectTagging", Bucket="bucket", Key=key)["TagSet"]
    finally:
        platform.store.close()
