"""docs/how-to/back-up-and-restore.md, "With PostgreSQL": a dump and a copy of the home, made while the platform is down."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from clary.runs.fake import FakeExecutor
from clary.server import offline_tasks
from clary.server.assemble import assemble
from clary.server.home import Home
from clary.server.options import Options
from tests.store import cluster

pytestmark = pytest.mark.postgres


@pytest.fixture
def dsn() -> Iterator[str]:
    with cluster.cluster() as dsn:
        yield dsn


def test_a_dump_and_a_copy_make_the_platform_again(
    dsn: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, options = Home.at(tmp_path / "home"), Options(store=dsn)
    platform = assemble(home, options, runs=FakeExecutor())
    with closing(platform.store):
        blob = asyncio.run(platform.objects.put(b"b" * 100_000))
        with platform.store.write() as tx:
            tx.sql("insert into s3_garbage (place, since) values (?, 5)", blob.key)
    assert offline_tasks.carry_out("backup", str(home.path), str(tmp_path / "saved.tar"), Options()) == 1
    assert "pg_dump" in capsys.readouterr().err
    tools = (cluster.require() / "initdb").resolve().parent
    subprocess.run(
        [tools / "pg_dump", dsn, "--schema=clary", "--format=custom", f"--file={tmp_path}/d"], check=True
    )
    subprocess.run([tools / "psql", dsn, "-qc", "create database again"], check=True)
    other = dsn.replace("/postgres?", "/again?")
    subprocess.run([tools / "pg_restore", f"--dbname={other}", tmp_path / "d"], check=True)
    shutil.copytree(home.path, tmp_path / "again")
    again = assemble(Home.found(tmp_path / "again"), replace(options, store=other), runs=FakeExecutor())
    with closing(again.store):
        with again.store.read() as tx:
            assert tx.sql("select place from s3_garbage") == [(blob.key,)]
            account = json.loads(home.identity.read_text())["account"]
            assert tx.sql("select id from iam_account where id = ?", account) == [(account,)]
        assert again.objects.path(blob.key)
