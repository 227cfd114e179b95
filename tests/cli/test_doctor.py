"""`clary doctor`: each finding where it is good and where it is bad."""

from __future__ import annotations

import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from clary.cli import doctor, upkeep
from clary.cli.home import Home
from clary.cli.main import main
from clary.plane.upkeep import damage, passes
from clary.plane.upkeep.damage import Place
from clary.plane.upkeep.passes import Pass
from clary.runs.isolation import Plan
from clary.runs.volumes import Volumes
from clary.server import offline_queries
from clary.store.schemas import Schema, schema_of
from clary.store.sqlite import SqliteStore
from clary_supervisor import libc, limits

SCHEMAS = {"s3": schema_of("clary.services.s3")}


def test_an_open_secret_is_bad(home: Home) -> None:
    assert [finding.verdict for finding in doctor.permissions(home)] == ["good"]
    (home.path / "proxy.key").chmod(0o644)
    (finding,) = doctor.permissions(home)
    assert finding.verdict == "bad"
    assert "chmod go=" in finding.text


def test_a_taken_port_is_noted(home: Home) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert doctor.port(home, other.getsockname()[1]).verdict == "note"


def test_our_own_port_is_good(running: Home) -> None:
    endpoint = running.endpoint()
    assert endpoint
    assert doctor.port(running, int(endpoint.rsplit(":", 1)[1])).text.startswith("the platform is up")


def test_damaged_objects_are_bad(running: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    facts: dict[str, Any] = {"damaged": [], "damaged_count": 0, "scrubs": {"s3": SCRUB}}
    monkeypatch.setattr(upkeep, "ask", lambda *_: facts)
    assert [(finding.verdict, finding.text) for finding in doctor.damage(running)] == [
        ("good", f"scrub of s3: {SAID}"),
        ("good", "no damaged objects are known"),
    ]
    facts["damaged"] = ["s3://b/k, version null: the bytes are not there"]
    facts["damaged_count"] = 3
    assert [(finding.verdict, finding.text) for finding in doctor.damage(running)[1:]] == [
        ("bad", "damaged: s3://b/k, version null: the bytes are not there"),
        ("bad", "damaged: and 2 more; log/gateway.log names each of them"),
    ]


SCRUB = {
    "last": {"ended": "2026-11-30T10:00:00Z", "bytes": 5_200_000_000, "things": 2300},
    "current": {"begun": "2026-12-01T10:00:00Z", "bytes": 700_000, "things": 12},
}
SAID = (
    "the last pass ended 2026-11-30T10:00:00Z, 5 GB in 2,300 items; "
    "this one began 2026-12-01T10:00:00Z, 700 KB in 12 items so far"
)


def test_what_an_earlier_platform_that_runs_does_not_tell_is_left_out(
    running: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "ask", lambda *_: {"damaged": ["s3://b/k"]})
    assert [finding.text for finding in doctor.damage(running)] == ["damaged: s3://b/k"]


def test_the_store_of_a_platform_that_is_down_tells_of_damage(home: Home) -> None:
    """It is not brought up to this version, and nothing is left beside it."""
    store = SqliteStore(home.path / "clary.db", schemas={"usage": schema_of("clary.plane"), **SCHEMAS})
    with store.write() as tx:
        passes.keep(tx, "s3", Pass(begun=1.0, ended=1_000_000_000.0, last_bytes=10, last_things=1))
        damage.note(tx, "s3", "version", Place("b", "k", 1), "", "s3://b/k", "the bytes are not there", 1e9)
        tx.sql(
            "insert into s3_object (bucket, key, seq, version, marker, latest, size, etag, modified, storage, sum,"
            " place, head, tags, parts) values ('b', 'k', 1, 'null', 0, 1, 1, '', 0, '', '', '', '', '', '')"
        )
    store.close()
    before = sorted(path.name for path in home.path.iterdir())
    assert [(finding.verdict, finding.text) for finding in doctor.damage(home)] == [
        ("good", "scrub of s3: the last pass ended 2001-09-09T01:46:40Z, 10 bytes in 1 items"),
        ("bad", "damaged: s3://b/k: the bytes are not there (found 2001-09-09T01:46:40Z)"),
    ]
    assert sorted(path.name for path in home.path.iterdir()) == before


def test_the_store_of_an_earlier_version_is_left_alone(home: Home) -> None:
    steps = schema_of("clary.plane").steps
    store = SqliteStore(home.path / "clary.db", schemas={"usage": Schema.of(*steps[:2])})
    store.close()
    assert [(finding.verdict, finding.text) for finding in doctor.damage(home)] == [
        ("note", "what is damaged is not known: the records are those of an earlier version")
    ]
    with store_tables(home.path / "clary.db") as tables:
        assert "damage" not in tables


def test_a_platform_without_records_here_is_noted(home: Home, tmp_path: Path) -> None:
    assert doctor.damage(Home(tmp_path / "nowhere")) == []
    (finding,) = doctor.damage(home)
    assert finding.text == "what is damaged is not known: there are no records yet"
    (home.path / "location.json").write_text('{"records": "postgresql"}')
    (finding,) = doctor.damage(home)
    assert (finding.verdict, "PostgreSQL" in finding.text) == ("note", True)


@contextmanager
def store_tables(path: Path) -> Iterator[set[str]]:
    with closing(sqlite3.connect(path)) as file:
        yield {name for (name,) in file.execute("select name from sqlite_master where type = 'table'")}


def test_a_full_disk_is_bad(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usage = type("Usage", (), {"free": 10**9})
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: usage)
    assert doctor.disk(tmp_path / "not" / "yet").verdict == "bad"


def test_a_library_that_breaks_on_import_is_told_with_its_reason() -> None:
    words = [sys.executable, "-c", "raise ImportError('no libgomp')"]
    child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    finding = doctor._import_finding("xgboost", child)
    assert finding.verdict == "bad"
    assert "no libgomp" in finding.text


def test_the_command_looks_at_everything(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor", "--home", str(home.path), "--port", "0"])
    out = capsys.readouterr().out
    assert "Python 3." in out
    assert "isolation: " in out
    assert "numpy " in out
    assert f"{home.path} is private" in out


@pytest.mark.parametrize("method", ["bubblewrap", "unshare", "none"])
@pytest.mark.parametrize("kept", [True, False])
def test_what_does_not_hold_is_noted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, method: Any, kept: bool
) -> None:
    """Each promise by its name, in the words of those who keep it."""
    plan = Plan(method, root=False, python="", prefixes=(), programs="", seccomp=kept, no_userns=kept)
    volumes = Volumes("loop" if kept else "counted", why="" if kept else "mount it with prjquota")
    monkeypatch.setattr(limits, "_ROOT", str(tmp_path))
    (tmp_path / "memory").mkdir()
    if kept:
        (tmp_path / "pids").mkdir()
        monkeypatch.setattr(limits, "_remove", shutil.rmtree)
    else:
        (tmp_path / "memory").rmdir()
        monkeypatch.setattr(limits.os, "geteuid", lambda: 0)
    promises = [
        *plan.describe(),
        volumes.describe(),
        *limits.describe(),
        "gpus: none; GPU types run on the CPU",
    ]
    monkeypatch.setattr(doctor, "query_server", lambda *_: {"method": method, "promises": promises})
    verdicts = {finding.text.split(":")[0]: finding.verdict for finding in doctor.isolation(tmp_path)}
    assert verdicts["isolation"] == ("good" if method == "bubblewrap" else "note")
    assert verdicts["network isolation"] == ("note" if method == "none" else "good")
    for name in ("seccomp", "user namespaces", "volume quota", "memory limit", "process limit"):
        assert verdicts[name] == ("good" if kept else "note"), name
    assert verdicts["gpus"] == "good"


def test_this_machine_is_told_by_name(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor", "--home", str(home.path), "--port", "0"])
    said = capsys.readouterr().out
    for name in (
        "volume quota",
        "process limit",
        "memory limit",
        "seccomp",
        "network isolation",
        "user namespaces",
    ):
        assert f"{name}: " in said


@pytest.mark.parametrize(
    ("version", "verdict"), [(0, "note"), (1, "note"), (3, "note"), (4, "good"), (7, "good")]
)
def test_what_a_query_can_reach_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: int, verdict: str
) -> None:
    """Landlock has rules for TCP since its version 4 (https://docs.kernel.org/userspace-api/landlock.html)."""
    monkeypatch.setattr(libc, "landlock_version", lambda: version)
    monkeypatch.setattr(doctor, "query_server", lambda *_: offline_queries.doctor(str(tmp_path)))
    found = {finding.text.split(":")[0]: finding.verdict for finding in doctor.isolation(tmp_path)}
    assert found["queries of S3 Select"] == verdict
