"""A home of an earlier version, with jobs that run and an endpoint that answers, goes on under this one.

docs/how-to/upgrades.md: "A later version opens the home of any earlier one and brings it up at its first start. Jobs and
model servers that run meanwhile go on".

CLARY_UPGRADES says how many of the changes are tried (default 1; `./run trial upgrade` makes it 4, which are all).
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from clary.store.schemas import schema_of
from tests.recovery import victims
from tests.recovery.traffic import Invoker
from tests.store import cluster
from tests.support.live import Live, short_folder
from tests.support.waiting import until
from tests.upgrade import contents, versions

pytestmark = [pytest.mark.recovery, pytest.mark.slow, pytest.mark.timeout(300)]

# The first one is from before there were grants of runs, volumes, numbered steps and services in the names of kinds.
EARLIEST, BARE_KINDS = "9a90eab", "209f7e1"
HOUR = 3600.0


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = short_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


class Earlier:
    """A platform of an earlier version, and the sources that it and all that it starts run from."""

    def __init__(self, commit: str, folder: Path, store: str) -> None:
        self.sources = versions.export(commit, folder)
        self.store = store
        env = {"PYTHONPATH": str(self.sources)} | ({"CLARY_STORE": store} if store else {})
        self.live = Live(folder / "home", env=env)

    def command(self, *words: str) -> str:
        """What `clary WORDS` of the version that is in place prints."""
        line = [sys.executable, "-m", "clary.cli.main", *words, "--home", str(self.live.home.path)]
        return subprocess.run(line, env=self.live.env, check=True, capture_output=True, text=True).stdout

    def refused(self, *words: str) -> str:
        """What `clary WORDS` complains of, which must be that the home does not suit the version."""
        line = [sys.executable, "-m", "clary.cli.main", *words, "--home", str(self.live.home.path)]
        done = subprocess.run(line, env=self.live.env, check=False, capture_output=True, text=True)
        assert done.returncode == os.EX_CONFIG, done.stderr
        return done.stderr

    def kill(self) -> None:
        """KILL to every process but those of jobs and model servers."""
        ours = self.live.pids("clary.server") + self.live.pids("--fork-server")
        for number in (signal.SIGSTOP, signal.SIGKILL):  # nobody shall see another die
            for pid in ours:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
        until(lambda: not self.live.pids("clary.server"))

    def let_an_hour_pass(self) -> None:
        """Move the next time of each schedule into the past, while nothing is up."""
        with _connected(self) as execute:
            for kind, id, doc in execute(
                "select kind, id, doc from resource where kind like '%MonitoringSchedule'"
            ):
                moved = json.dumps(json.loads(doc) | {"_next": time.time() - 1})
                execute(f"update resource set doc = '{moved}', due = 1 where kind = '{kind}' and id = '{id}'")


@contextlib.contextmanager
def _connected(earlier: Earlier) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
    if not earlier.store:
        with closing(sqlite3.connect(earlier.live.home.database, isolation_level=None)) as connection:
            yield lambda statement: connection.execute(statement).fetchall()
        return
    import psycopg

    with psycopg.connect(earlier.store, autocommit=True) as connection:
        connection.execute("set search_path to clary")

        def execute(statement: str) -> list[tuple[Any, ...]]:
            cursor = connection.execute(statement)  # pyright: ignore
            return cursor.fetchall() if cursor.description else []

        yield execute


def _rows(earlier: Earlier) -> dict[str, list[str]]:
    """Every row of every table, and what the tables are."""
    lite = "select name from sqlite_master where type = 'table' and sql is not null"
    server = "select tablename from pg_tables where schemaname = 'clary'"
    with _connected(earlier) as execute:
        names = [name for (name,) in execute(server if earlier.store else lite)]
        return {name: sorted(map(repr, execute(f'select * from "{name}"'))) for name in names}


def _has(now: Any, before: Any) -> bool:
    """Whether an answer has all that it had. A later version may show more members, of what was there before too."""
    if isinstance(before, dict):
        return isinstance(now, dict) and all(
            key in now and _has(now[key], value) for key, value in before.items()
        )
    if isinstance(before, list):
        return isinstance(now, list) and len(now) == len(before) and all(map(_has, now, before))
    return now == before


def _files(home: Path) -> set[str]:
    """The names of a home's own files and folders. SQLite makes and removes what lies beside its file."""
    return {path.name for path in home.iterdir()} - {"clary.db-wal", "clary.db-shm"}


def _contents(home: Path) -> dict[str, bytes]:
    """The bytes of every file that an upgrade might touch."""
    parts = (path for path in home.rglob("*") if path.is_file())
    return {
        str(p.relative_to(home)): p.read_bytes()
        for p in parts
        if p.relative_to(home).parts[0] not in ("log", "run")
    }


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a PostgreSQL database where the test asks for one, else nothing."""
    if request.param == "sqlite":
        yield ""
        return
    with cluster.cluster() as dsn:
        yield dsn


CHANGES = [
    pytest.param(EARLIEST, "sqlite", "kill", id="earliest-sqlite-killed"),
    pytest.param(EARLIEST, "postgresql", "down", id="earliest-postgresql", marks=pytest.mark.postgres),
    pytest.param(BARE_KINDS, "sqlite", "down", id="bare-kinds-sqlite"),
    pytest.param(
        BARE_KINDS, "postgresql", "kill", id="bare-kinds-postgresql-killed", marks=pytest.mark.postgres
    ),
][: int(os.environ.get("CLARY_UPGRADES", "1"))]


@pytest.mark.parametrize(("commit", "database", "end"), CHANGES, indirect=["database"])
def test_everything_goes_on(commit: str, database: str, end: str, folder: Path) -> None:
    earlier = Earlier(commit, folder, database)
    live = earlier.live.start()
    try:
        made = contents.fill(live) | {"other": _other_account(earlier)}
        Change(earlier, made).carry_out(end)
    finally:
        print(live.said())
        live.clear()


def _other_account(earlier: Earlier) -> tuple[str, str]:
    keys = json.loads(earlier.command("account", "create", "other"))
    return keys["access_key_id"], keys["secret_access_key"]


class Change:
    """From the earlier version to this one, and what is to be seen of it."""

    def __init__(self, earlier: Earlier, made: contents.Made) -> None:
        self.earlier, self.live, self.made = earlier, earlier.live, made

    def carry_out(self, end: str) -> None:
        live = self.live
        invoker = Invoker(live, "e")
        invoker.start()
        until(lambda: invoker.answered_after(0.0) is not None)
        before, servers = contents.shown(live, self.made), set(victims.of(live, "model worker"))
        stopped = time.monotonic()
        live.down() if end == "down" else self.earlier.kill()
        self.earlier.let_an_hour_pass()
        versions.replace_in_place(self.earlier.sources)
        self.a_step_that_fails_changes_nothing()
        live.start()
        up = time.monotonic()
        assert servers
        assert set(victims.of(live, "model worker")) == servers
        self.shows_what_it_showed(before)
        until(lambda: invoker.answered_after(up) is not None)
        invoker.finish()
        assert [o for o in invoker.outcomes if o.trouble and (o.ended < stopped or o.began > up)] == []
        self.jobs_complete()
        self.endpoint_goes_on(servers)
        self.schedule_fires()
        self.can_be_changed()

    def a_step_that_fails_changes_nothing(self) -> None:
        """The last of all steps: those before it are taken back with it."""
        before, files = _rows(self.earlier), _files(self.live.home.path)
        with versions.step(self.earlier.sources, "sagemaker", "insert into resource (kind) values (null);"):
            said = self.earlier.refused("up", "--detach", "--port", str(self.live.port))
        number = len(schema_of("clary.services.sagemaker").steps) + 1
        assert f"step {number} cannot be carried out at `insert into resource (kind) values (null)" in said
        assert _rows(self.earlier) == before
        assert _files(self.live.home.path) == files

    def shows_what_it_showed(self, before: dict[str, Any]) -> None:
        after = contents.shown(self.live, self.made)
        changed = {
            name: (before[name], after[name]) for name in before if not _has(after[name], before[name])
        }
        assert changed == {}

    def jobs_complete(self) -> None:
        """With the credentials and the proxy password that the earlier version gave them, and with their whole logs."""
        live, sm = self.live, self.live.client("sagemaker")
        live.client("s3").put_object(Bucket="data", Key="go", Body=b"")
        looks = {
            "training": lambda: sm.describe_training_job(TrainingJobName="training"),
            "processing": lambda: sm.describe_processing_job(ProcessingJobName="processing"),
        }
        for name, look in looks.items():
            status = f"{name.title()}JobStatus"
            until(lambda look=look, status=status: look()[status] != "InProgress", 60, 0.1)
            found = look()
            printed = contents.printed(live, name)
            assert (found[status], found.get("FailureReason")) == ("Completed", None), printed
            steps = int(printed[-1].rpartition(" ")[2])
            expected = [
                *(f"step {n}" for n in range(steps)),
                "role Jobs",
                "role by the proxy Jobs",
                f"ended after {steps}",
            ]
            assert printed == expected
        s3 = live.client("s3")
        assert s3.get_object(Bucket="data", Key="processed/result")["Body"].read() == b"made by the job"
        assert s3.head_object(Bucket="data", Key="out/training/output/model.tar.gz")["ContentLength"] > 0

    def endpoint_goes_on(self, servers: set[int]) -> None:
        """In the same processes, as the same role; and it is replaced and ended like any other."""
        answer = self.live.client("sagemaker-runtime").invoke_endpoint(
            EndpointName="e", Body=b"who", ContentType="text/csv"
        )
        assert answer["Body"].read() == b"Jobs"
        assert set(victims.of(self.live, "model worker")) == servers

    def schedule_fires(self) -> None:
        sm = self.live.client("sagemaker")
        until(
            lambda: sm.list_monitoring_executions(MonitoringScheduleName="s")["MonitoringExecutionSummaries"],
            60,
        )

    def can_be_changed(self) -> None:
        """What is there is as good as new: finish the upload, delete, tag, end the endpoint."""
        live, made = self.live, self.made
        s3, sm = live.client("s3"), live.client("sagemaker")
        part = {"ETag": made["part"], "PartNumber": 1}
        s3.complete_multipart_upload(
            Bucket="data", Key="parts", UploadId=made["upload"], MultipartUpload={"Parts": [part]}
        )
        assert s3.head_object(Bucket="data", Key="parts")["ContentLength"] == 70_000
        sm.delete_endpoint(EndpointName="e")
        until(lambda: not sm.list_endpoints()["Endpoints"], 60)
        until(lambda: not victims.of(live, "model worker"), 60)


def test_a_home_of_a_later_version_is_refused_and_untouched(folder: Path) -> None:
    live = Live(folder / "home").start()
    sources = folder / "src"
    sources.mkdir()
    versions.replace_in_place(sources)
    steps = len(list((sources / "clary" / "services" / "s3" / "schema").glob("*.sql")))
    try:
        live.client("s3").create_bucket(Bucket="data")
        live.down()
        with versions.step(sources, "s3", "create table if not exists s3_more (a integer primary key);"):
            live.env |= {"PYTHONPATH": str(sources)}
            live.start()
        live.down()
        later = _contents(live.home.path)
        del live.env["PYTHONPATH"]
        words = [sys.executable, "-m", "clary.cli.main", "up", "--detach", "--home", str(live.home.path)]
        words += ["--port", str(live.port)]
        done = subprocess.run(words, env=live.env, capture_output=True, text=True, check=False)
        assert done.returncode == os.EX_CONFIG
        assert (
            f"the tables of s3 were made by a later version (they have been through {steps + 1} steps, of which"
            in done.stderr
        )
        assert _contents(live.home.path) == later
    finally:
        live.clear()
