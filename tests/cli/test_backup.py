"""`clary backup` and `clary restore` as a user types them. What is in a backup: tests/server/test_backup.py."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from clary.cli import backup
from clary.cli.main import main
from clary.server.options import Options
from clary.server.processes import Process
from tests.support.homes import fresh_home

Said = pytest.CaptureFixture[str]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return fresh_home(tmp_path / "home", Options(account="111122223333")).path


def test_there_and_back(home: Path, tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["backup", "saved.tar.gz", "--home", str(home)]) == 0
    assert capsys.readouterr().out.startswith(f"backed up {home} to saved.tar.gz: ")
    assert main(["restore", "saved.tar.gz", "--home", "again"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith(f"restored {tmp_path / 'again'} as it was at 20")
    assert f"--home {tmp_path / 'again'}" in said.err
    assert (tmp_path / "again" / "identity.json").read_bytes() == (home / "identity.json").read_bytes()


def test_the_sealing_key_goes_beside_it(home: Path, tmp_path: Path, capsys: Said) -> None:
    (home / "sealing-key").write_text("0" * 64 + "\n")
    saved, again = str(tmp_path / "saved.tar"), tmp_path / "again"
    assert main(["backup", saved, "--home", str(home)]) == 0
    assert f"{saved}.key is the sealing key" in capsys.readouterr().err
    assert os.stat(f"{saved}.key").st_mode & 0o777 == 0o600
    assert main(["restore", saved, "--home", str(again)]) == 0
    assert (again / "sealing-key").read_text() == (home / "sealing-key").read_text()
    assert os.stat(again / "sealing-key").st_mode & 0o777 == 0o600
    assert "encrypted" not in capsys.readouterr().err


def test_a_sealing_key_that_was_moved(home: Path, tmp_path: Path, capsys: Said) -> None:
    (home / "sealing-key").write_text("0" * 64 + "\n")
    saved, elsewhere = str(tmp_path / "saved.tar"), tmp_path / "elsewhere"
    assert main(["backup", saved, "--home", str(home)]) == 0
    os.rename(f"{saved}.key", elsewhere)
    assert main(["restore", saved, "--home", str(tmp_path / "without")]) == 0
    assert (
        f"copy the sealing key of the platform to {tmp_path}/without/sealing-key" in capsys.readouterr().err
    )
    words = ["restore", saved, "--home", str(tmp_path / "with"), "--sealing-key", str(elsewhere)]
    assert main(words) == 0
    assert (tmp_path / "with" / "sealing-key").read_bytes() == elsewhere.read_bytes()
    assert main([*words[:3], str(tmp_path / "again"), "--sealing-key", str(tmp_path / "none")]) == 1
    assert "restored without its sealing key" in capsys.readouterr().err


def test_a_refusal_is_one_sentence(home: Path, tmp_path: Path, capsys: Said) -> None:
    assert main(["backup", str(tmp_path / "saved.zip"), "--home", str(home)]) == 1
    assert capsys.readouterr().err.startswith(f"clary: {tmp_path / 'saved.zip'} must end with one of .tar, ")
    assert main(["restore", str(tmp_path / "none.tar"), "--home", str(tmp_path / "again")]) == 1
    assert capsys.readouterr().err == f"clary: file {tmp_path / 'none.tar'} does not exist\n"


def test_a_home_in_use_is_not_restored_over(home: Path, tmp_path: Path, capsys: Said) -> None:
    assert main(["backup", str(tmp_path / "saved.tar"), "--home", str(home)]) == 0
    me, info = Process.of(os.getpid()), home.stat()
    entry = {"pid": me.pid, "started": me.started, "home": f"{info.st_dev}:{info.st_ino}"}
    (home / "run" / "gateway.json").write_text(json.dumps(entry))
    capsys.readouterr()
    assert main(["restore", str(tmp_path / "saved.tar"), "--home", str(home)]) == 1
    assert (
        capsys.readouterr().err
        == f"clary: {home} is in use (gateway); stop the platform or restore into another folder\n"
    )


def test_objects_that_were_lost_before_are_named(
    home: Path, tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = [f"f{number}" for number in range(9)]
    done = {"files": 5, "bytes": 1, "size": 12_345_678, "lost": lost}
    monkeypatch.setattr(backup, "run_server_task", lambda *_: done)
    assert main(["backup", str(tmp_path / "x.tar"), "--home", str(home)]) == 1
    said = capsys.readouterr()
    assert said.out.endswith("x.tar: 12 MB, 5 files of objects\n")
    assert "the bytes of 9 objects are missing or damaged" in said.err
    assert said.err.endswith(": f0, f1, f2, f3, f4 …\n")
