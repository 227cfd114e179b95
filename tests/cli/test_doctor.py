"""`clary doctor`: each finding where it is good and where it is bad."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from clary.cli import doctor
from clary.cli.home import Home
from clary.cli.main import main
from clary.runs.isolation import Plan
from clary.runs.volumes import Volumes
from clary.server import offline_queries
from clary_supervisor import libc, limits


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
    known: list[str] = []
    monkeypatch.setattr(doctor, "ask", lambda *_: {"damaged": known})
    assert [finding.verdict for finding in doctor.damage(running)] == ["good"]
    known.append("s3://b/k, version null: the bytes are not there")
    (finding,) = doctor.damage(running)
    assert finding.verdict == "bad"
    assert finding.text == "damaged: s3://b/k, version null: the bytes are not there"


def test_a_platform_that_is_down_is_not_asked_for_damage(home: Home) -> None:
    assert doctor.damage(home) == []


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
