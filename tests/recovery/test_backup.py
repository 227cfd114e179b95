"""Backups of a home that never rests: what was acknowledged before one began is in it, and a restored home goes on.

docs/how-to/back-up-and-restore.md says what becomes of jobs and endpoints.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.objects.holds import deleting
from clary.plane import Platform
from clary.server.home import Home
from tests.recovery.ballast import fill
from tests.recovery.traffic import IMPATIENT, Putter, Traffic
from tests.support.live import Live, make_role, short_folder
from tests.support.live_jobs import DOUBLING, archive, deploy, put_script, script_job
from tests.support.waiting import until

pytestmark = [pytest.mark.recovery, pytest.mark.slow, pytest.mark.timeout(300)]

SCRIPT = """
import time
print("started", flush=True)
time.sleep(600)
"""


class JobMaker(Traffic):
    """Creates training jobs; remembers which were acknowledged."""

    def __init__(self, live: Live, role: str) -> None:
        super().__init__()
        self._client = live.client("sagemaker", config=IMPATIENT)
        self._role = role
        self.acknowledged: list[str] = []

    def call(self) -> None:
        name = f"made-{len(self.acknowledged)}"
        self._client.create_training_job(**script_job(self._role, name))
        self.acknowledged.append(name)
        self._over.wait(0.1)


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = short_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def lives() -> Iterator[Callable[..., Live]]:
    """Platforms with room for one job at a time, so that the others wait; cleared away at the end."""
    made: list[Live] = []

    def start(folder: Path) -> Live:
        made.append(Live(folder, env={"CLARY_CAPACITY_VCPUS": "2"}).start())
        return made[-1]

    yield start
    for live in made:
        print(live.said())
        live.clear()


def clary(*words: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("CLARY_")}
    line = [sys.executable, "-m", "clary.cli.main", *words]
    return subprocess.run(line, env=env, capture_output=True, text=True, check=False)


def test_a_home_under_load(lives: Callable[..., Live], folder: Path) -> None:
    live = lives(folder / "home")
    live.client("s3").create_bucket(Bucket="data")
    role = make_role(live)
    serve_and_train(live, role)
    putter, maker = Putter(live, "data", seed=1), JobMaker(live, role)
    for traffic in (putter, maker):
        traffic.start()
    until(lambda: len(putter.acknowledged) > 100 and len(maker.acknowledged) > 5, 60)
    objects, jobs = dict(putter.acknowledged), list(maker.acknowledged)
    done = clary("backup", str(folder / "saved.tar"), "--home", str(live.home.path))
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert done.stderr.startswith(f"{folder}/saved.tar.key is the sealing key")
    for traffic in (putter, maker):
        traffic.finish()
    assert [o for o in (*putter.outcomes, *maker.outcomes) if o.trouble] == []
    assert len(putter.acknowledged) > len(objects), "nothing was written meanwhile"
    live.clear()
    done = clary("restore", str(folder / "saved.tar"), "--home", str(folder / "again"))
    assert done.returncode == 0, done.stderr
    again = lives(folder / "again")
    objects_are_there(again, objects)
    jobs_are_there(again, jobs)
    goes_on(again)


def serve_and_train(live: Live, role: str) -> None:
    """An endpoint in service, a job that has ended, and one that runs on."""
    s3, sm = live.client("s3"), live.client("sagemaker")
    s3.put_object(Bucket="data", Key="m/model.tar.gz", Body=archive({"code/inference.py": DOUBLING}))
    deploy(live, role, "s3://data/m/model.tar.gz")
    put_script(live, "print('ran')", "short")
    put_script(live, SCRIPT)
    sm.create_training_job(**script_job(role, "ended", "short"))
    until(lambda: status(live, "ended") == "Completed", 60)
    sm.create_training_job(**script_job(role, "running"))
    until(lambda: live.pids("supervisor.py", "/training-job-running"))
    until(lambda: sm.describe_training_job(TrainingJobName="running")["SecondaryStatus"] == "Training", 60)
    until(lambda: sm.describe_endpoint(EndpointName="e")["EndpointStatus"] == "InService", 60)


def status(live: Live, name: str) -> str:
    return live.client("sagemaker").describe_training_job(TrainingJobName=name)["TrainingJobStatus"]


def objects_are_there(live: Live, acknowledged: dict[str, str]) -> None:
    """All of before, as they were; and what was written meanwhile is whole or not there."""
    s3 = live.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="data", Prefix="put/")
    found = {entry["Key"]: entry["ETag"].strip('"') for page in pages for entry in page.get("Contents", [])}
    assert acknowledged.keys() <= found.keys()
    for key, etag in found.items():
        body = s3.get_object(Bucket="data", Key=key)["Body"].read()
        assert hashlib.md5(body, usedforsecurity=False).hexdigest() == etag, key
        assert acknowledged.get(key) in (None, hashlib.sha256(body).hexdigest()), key


def jobs_are_there(live: Live, acknowledged: list[str]) -> None:
    pages = live.client("sagemaker").get_paginator("list_training_jobs").paginate()
    found = {job["TrainingJobName"] for page in pages for job in page["TrainingJobSummaries"]}
    assert {"ended", "running", *acknowledged} <= found


def goes_on(live: Live) -> None:
    """A run that is lost fails its job as AWS's own faults do; what waited starts; an endpoint is brought up again."""
    sm = live.client("sagemaker")
    until(lambda: status(live, "running") == "Failed", 30)
    job = sm.describe_training_job(TrainingJobName="running")
    assert job["FailureReason"] == "InternalServerError: We encountered an internal error. Please try again."
    assert status(live, "ended") == "Completed"
    until(lambda: live.pids("supervisor.py", "/training-job-made-"), 60)
    until(lambda: answers(live), 60, 0.1)
    live.client("s3").put_object(Bucket="data", Key="after", Body=b"a" * 100_000)


def answers(live: Live) -> bool:
    runtime = live.client("sagemaker-runtime")
    try:
        return (
            runtime.invoke_endpoint(EndpointName="e", Body=b"4", ContentType="text/csv")["Body"].read()
            == b"8.0"
        )
    except ClientError as refusal:  # it is not in service yet, or its model server has not answered yet
        if refusal.response["Error"]["Code"] not in ("ServiceUnavailable", "ValidationError", "ModelError"):
            raise
        return False


# deaths and full disks --------------------------------------------------------------------------------------------


@pytest.fixture
def home(platform: Platform, client: Callable[..., Any]) -> Home:
    """A home in use that takes a second or so to pack."""
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket")
    for number in range(20):
        s3.put_object(Bucket="bucket", Key=str(number), Body=os.urandom(2_000_000))
    return Home(Path(platform.settings.home))


def worker(task: str, home: Path, file: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "clary.server", task, "--home", str(home), "--file", str(file)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def is_held(home: Home) -> bool:
    with deleting(home.objects) as free:
        return not free


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_backup_that_is_killed_leaves_nothing(home: Home, folder: Path, number: int) -> None:
    target = folder / "out"
    target.mkdir()
    with worker("backup", home.path, target / "saved.tar.gz") as process:
        until(lambda: is_held(home), 30, 0.001)
        process.send_signal(number)
    assert process.returncode in (-number, 130)
    assert list(target.iterdir()) == []
    until(lambda: not is_held(home))
    assert clary("backup", str(target / "saved.tar.gz"), "--home", str(home.path)).returncode == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_restore_that_is_killed_leaves_no_home(home: Home, folder: Path, number: int) -> None:
    saved, target = folder / "saved.tar.gz", folder / "again"
    assert clary("backup", str(saved), "--home", str(home.path)).returncode == 0
    with worker("restore", target, saved) as process:
        until(lambda: list(folder.glob(".again.restore-*/objects/blobs/*")), 30, 0.001)
        process.send_signal(number)
    assert process.returncode in (-number, 130)
    assert not target.exists()
    assert number == signal.SIGKILL or not list(folder.glob(".again.*"))
    assert clary("restore", str(saved), "--home", str(target)).returncode == 0
    assert sorted(path.name for path in folder.iterdir()) == ["again", "saved.tar.gz", "saved.tar.gz.key"]


@pytest.mark.parametrize("suffix", ["tar", "tar.gz", "tar.zst"])
def test_a_full_disk_keeps_no_part_of_a_backup(home: Home, disk: Path, suffix: str) -> None:
    fill(disk)
    with open(disk / "ballast", "r+b") as ballast:
        ballast.truncate(ballast.seek(0, os.SEEK_END) - (20 << 20))
    done = clary("backup", str(disk / f"saved.{suffix}"), "--home", str(home.path))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "the disk is full" in done.stderr or "No space left" in done.stderr
    assert [path.name for path in disk.iterdir()] == ["ballast"]


def test_a_full_disk_gets_no_half_home(home: Home, folder: Path, disk: Path) -> None:
    assert clary("backup", str(folder / "saved.tar"), "--home", str(home.path)).returncode == 0
    fill(disk)
    with open(disk / "ballast", "r+b") as ballast:
        ballast.truncate(ballast.seek(0, os.SEEK_END) - (20 << 20))
    done = clary("restore", str(folder / "saved.tar"), "--home", str(disk / "again"))
    assert (done.returncode, done.stderr) == (1, "clary: the disk is full; nothing was left on it\n")
    assert [path.name for path in disk.iterdir()] == ["ballast"]
