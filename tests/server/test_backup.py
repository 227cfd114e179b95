"""`clary backup` and `clary restore`: what goes in comes out, and nothing half."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import tarfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clary.objects.frames import HEADER
from clary.objects.holds import held
from clary.objects.keys import Slice, parse
from clary.plane import Platform
from clary.records.api import Message, Records
from clary.records.open import open_records
from clary.runs.fake import FakeExecutor
from clary.server import archive, offline_tasks
from clary.server.assemble import assemble
from clary.server.backup import backup
from clary.server.home import Home
from clary.server.options import Options
from clary.services.s3.sweep import sweep
from tests.inprocess import Loop

Client = Callable[..., Any]
BODIES = {f"k{size}": os.urandom(size) for size in (0, 5, 9_000, 60_000, 70_000, 3_000_000)}


@pytest.fixture
def home(platform: Platform) -> Home:
    return Home(Path(platform.settings.home))


@pytest.fixture
def filled(client: Client, home: Home) -> Home:
    """A home with objects of every kind, some of which were deleted, an upload under way and an account."""
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket")
    for key, body in BODIES.items():
        s3.put_object(Bucket="bucket", Key=f"gone/{key}", Body=b"secret" + body)
        s3.put_object(Bucket="bucket", Key=key, Body=body)
        s3.delete_object(Bucket="bucket", Key=f"gone/{key}")
    s3.copy_object(Bucket="bucket", Key="copy", CopySource="bucket/k3000000")
    upload = s3.create_multipart_upload(Bucket="bucket", Key="parts")["UploadId"]
    s3.upload_part(Bucket="bucket", Key="parts", UploadId=upload, PartNumber=1, Body=b"p" * 20_000)
    home.accounts.mkdir(mode=0o700)
    (home.accounts / "other.json").write_text("{}")
    return home


def run(task: str, home: Path, file: Path, store: str = "") -> int:
    return offline_tasks.carry_out(task, str(home), str(file), Options(store=store))


def test_stores_that_outlive_their_runs_go_along(filled: Home, tmp_path: Path) -> None:
    folder = filled.path / "lasting" / "mlflow-tracking-server-a"
    folder.mkdir(parents=True)
    (folder / "mlflow.db-wal.txt").write_text("not a store")
    (folder / "broken.db").write_text("not SQLite, and longer than the header of a file that is " * 10)
    (folder / "linked.db").symlink_to(filled.database)
    with closing(sqlite3.connect(folder / "mlflow.db")) as at_work:
        at_work.execute("pragma journal_mode=wal")
        at_work.execute("create table experiment (name text)")
        at_work.execute("insert into experiment values ('churn')")
        at_work.commit()
        done = backup(filled.path, tmp_path / "b.tar", "")
    assert sorted(Path(name).name for name in done["lost"]) == ["broken.db", "linked.db"]
    assert run("restore", tmp_path / "again", tmp_path / "b.tar") == 0
    (found,) = (tmp_path / "again" / "lasting").glob("*/*")
    with closing(sqlite3.connect(found)) as restored:
        assert restored.execute("select name from experiment").fetchall() == [("churn",)]


def test_queues_and_logs_go_along(platform: Platform, filled: Home, tmp_path: Path) -> None:
    def work(tx: Records) -> None:
        tx.send("q", [Message("a", b"body")], 1.0)
        tx.append("log", [b"entry"], 1.0)

    platform.records.perform(work)
    backup(filled.path, tmp_path / "b.tar", "")
    assert run("restore", tmp_path / "again", tmp_path / "b.tar") == 0
    with closing(open_records(tmp_path / "again" / "records.db")) as restored, restored.read() as tx:
        assert tx.counts("q", 1.0).waiting == 1
        assert [entry.data for entry in tx.read("log", 0)] == [b"entry"]


@pytest.fixture
def saved(filled: Home, tmp_path: Path) -> Path:
    file = tmp_path / "saved.tar"
    assert run("backup", filled.path, file) == 0
    return file


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class TestWhole:
    @pytest.mark.parametrize("suffix", [".tar", ".tar.gz", ".tgz", ".tar.zst", ".tzst"])
    def test_all_is_there_again(
        self, filled: Home, platform: Platform, loop: Loop, tmp_path: Path, suffix: str, options: Options
    ) -> None:
        file, target = tmp_path / f"saved{suffix}", tmp_path / "deep" / "again"
        assert run("backup", filled.path, file) == 0
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert run("restore", target, file) == 0
        for name in (
            "identity.json",
            "location.json",
            "token.key",
            "ca/ca.key",
            "ca/bundle.pem",
            "accounts/other.json",
        ):
            assert (target / name).read_bytes() == (filled.path / name).read_bytes(), name
        modes = {stat.S_IMODE(path.stat().st_mode) for path in target.rglob("*") if path.is_file()}
        assert modes == {0o600}
        assert {stat.S_IMODE(p.stat().st_mode) for p in [target, *target.rglob("*")] if p.is_dir()} == {0o700}
        assert left_in(target) == [
            "accounts",
            "ca",
            "clary.db",
            "identity.json",
            "location.json",
            "objects",
            "token.key",
        ]
        shutil.copy(filled.sealing_key, target / "sealing-key")
        again = assemble(
            Home.found(target), replace(options, access_key_id="", secret_access_key=""), runs=FakeExecutor()
        )
        with closing(again.store):
            assert rows(again) == rows(platform)
            assert bodies(again, loop) == bodies(platform, loop)

    def test_what_was_deleted_is_not_in_it(self, saved: Path) -> None:
        with tarfile.open(saved) as tar:
            contents = [tar.extractfile(entry).read() for entry in tar if entry.name.startswith("objects/")]  # type: ignore[union-attr]
        assert contents
        assert not any(b"secret" in content for content in contents)

    def test_its_sums_are_those_that_sha256sum_checks(self, saved: Path, tmp_path: Path) -> None:
        """coreutils: `sha256sum -c` reads `SUM  NAME` lines."""
        subprocess.run(["tar", "-xf", str(saved)], cwd=tmp_path, check=True)
        subprocess.run(["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"], cwd=tmp_path, check=True)

    def test_a_home_in_use_is_not_held_up(self, filled: Home, client: Client, tmp_path: Path) -> None:
        """The sweep waits, requests do not."""
        with held(filled.objects):
            client("s3").put_object(Bucket="bucket", Key="meanwhile", Body=b"m" * 100_000)
            client("s3").delete_object(Bucket="bucket", Key="meanwhile")


class TestHold:
    def test_what_a_backup_copies_is_not_swept(
        self, filled: Home, platform: Platform, client: Client, clock: Any, loop: Loop
    ) -> None:
        client("s3").delete_object(Bucket="bucket", Key="k70000")
        clock.advance(3600)
        with held(filled.objects):
            assert loop.run(sweep(platform, leftovers=True)) == (0, 0, 0)
        assert loop.run(sweep(platform)).discarded > 0

    def test_a_reset_leaves_them_too(
        self, filled: Home, client: Client, app: Any, platform: Platform
    ) -> None:
        with platform.objects.deleting() as first, platform.objects.deleting() as second:
            assert (first, second) == (True, True)
        with held(filled.objects), platform.objects.deleting() as may:
            assert may is False


class TestRefused:
    """A sentence, and no file."""

    @pytest.fixture
    def complains(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., str]:
        def ask(home: Path, file: Path, store: str = "") -> str:
            before = left_in(tmp_path)
            assert run("backup", home, file, store) == 1
            assert left_in(tmp_path) == before
            return capsys.readouterr().err.strip()

        return ask

    def test_a_name_that_says_no_packing(
        self, filled: Home, tmp_path: Path, complains: Callable[..., str]
    ) -> None:
        assert "must end with one of .tar, .tar.gz" in complains(filled.path, tmp_path / "saved.zip")

    def test_a_file_that_is_there(self, filled: Home, saved: Path, complains: Callable[..., str]) -> None:
        before = saved.read_bytes()
        assert complains(filled.path, saved) == f"{saved} exists; choose another file"
        assert saved.read_bytes() == before

    def test_a_folder_that_is_not_there(
        self, filled: Home, tmp_path: Path, complains: Callable[..., str]
    ) -> None:
        assert "No such file or directory" in complains(filled.path, tmp_path / "none" / "saved.tar")

    def test_a_home_whose_records_are_elsewhere(
        self, filled: Home, tmp_path: Path, complains: Callable[..., str]
    ) -> None:
        assert "pg_dump" in complains(filled.path, tmp_path / "saved.tar", "postgresql://x/y")
        about = json.loads(filled.location.read_text())
        assert about["records"] == "sqlite"
        filled.location.write_text(json.dumps(about | {"records": "postgresql"}))
        assert "pg_dump" in complains(filled.path, tmp_path / "saved.tar")

    def test_no_home(self, tmp_path: Path, complains: Callable[..., str]) -> None:
        (tmp_path / "empty").mkdir()
        for name in ("none", "empty"):
            said = complains(tmp_path / name, tmp_path / "saved.tar")
            assert said == f"there is no platform with records of its own in {tmp_path / name}"
        assert left_in(tmp_path / "empty") == []

    def test_a_machine_without_zstd(
        self, filled: Home, tmp_path: Path, complains: Callable[..., str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        assert "zstd is not installed" in complains(filled.path, tmp_path / "saved.tar.zst")


def frame(objects: Path, place: str) -> bytes:
    """The bytes of a small blob as they lie."""
    where = parse(place)
    assert isinstance(where, Slice)
    content = (objects / "segments" / f"{where.segment}.seg").read_bytes()
    return content[where.offset :][: HEADER.size + where.length]


class TestDamage:
    def test_objects_that_are_lost_are_named_and_the_others_saved(
        self, filled: Home, platform: Platform, tmp_path: Path
    ) -> None:
        with platform.store.read() as tx:
            places = dict(
                tx.sql("select key, place from s3_object where key in ('k60000', 'k9000', 'k70000')")
            )
        gone = platform.objects.path(places["k70000"])
        assert gone
        os.unlink(gone)
        spoil(filled.objects, places["k9000"])
        done = backup(filled.path, tmp_path / "saved.tar", "")
        assert sorted(done["lost"]) == sorted([places["k70000"], places["k9000"]])
        assert run("restore", tmp_path / "again", tmp_path / "saved.tar") == 0
        segment = next((tmp_path / "again" / "objects" / "segments").glob("*.seg"))
        assert frame(filled.objects, places["k60000"]) in segment.read_bytes()

    def test_a_fault_in_the_middle_leaves_no_file(
        self,
        filled: Home,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        def full(*_: Any) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        before = left_in(tmp_path)
        monkeypatch.setattr(archive.Writer, "finish", full)
        for suffix in ("tar", "tar.gz", "tar.zst"):
            assert run("backup", filled.path, tmp_path / f"saved.{suffix}") == 1
            assert capsys.readouterr().err.strip() == "the disk is full; nothing was left on it"
        assert left_in(tmp_path) == before

    def test_where_files_need_a_name_none_is_left_either(
        self, filled: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """File systems without O_TMPFILE, as NFS is one (open(2), EOPNOTSUPP)."""
        real = os.open

        def without(path: Any, flags: int, *rest: Any, **more: Any) -> int:
            if flags & os.O_TMPFILE == os.O_TMPFILE:
                raise OSError(errno.EOPNOTSUPP, "Operation not supported")
            return real(path, flags, *rest, **more)

        monkeypatch.setattr(os, "open", without)
        before = left_in(tmp_path)
        assert run("backup", filled.path, tmp_path / "saved.tar") == 0
        assert stat.S_IMODE((tmp_path / "saved.tar").stat().st_mode) == 0o600
        assert run("restore", tmp_path / "again", tmp_path / "saved.tar") == 0
        assert left_in(tmp_path) == sorted([*before, "again", "saved.tar"])


def spoil(objects: Path, key: str) -> None:
    """Change one byte of a small blob."""
    segment, offset, *_ = key[1:].split(".")
    with open(objects / "segments" / f"{segment}.seg", "r+b") as file:
        file.seek(int(offset, 16) + 16)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))


def rows(platform: Platform) -> dict[str, list[str]]:
    with platform.store.read() as tx:
        tables = [
            name
            for (name,) in tx.sql("select name from sqlite_master where type = 'table' and sql is not null")
        ]
        return {
            name: sorted(map(repr, tx.sql(f"select * from {name}")))
            for name in tables
            if name != "sqlite_sequence"
        }


def bodies(platform: Platform, loop: Loop) -> dict[str, str]:
    """The digest of every blob that a row names."""
    with platform.store.read() as tx:
        keys = [
            key
            for (key,) in tx.sql(
                "select place from s3_object where place <> '' union select place from s3_part"
            )
        ]

    async def read(key: str) -> str:
        return hashlib.sha256(b"".join([piece async for piece in platform.objects.get(key)])).hexdigest()

    return {key: loop.run(read(key)) for key in keys}
