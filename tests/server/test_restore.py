"""A restore trusts nothing that a backup says, and makes a whole home or none."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clary.server import offline_tasks, restore
from clary.server.home import Home
from clary.server.options import Options
from tests.support.homes import fresh_home

Entry = tuple[tarfile.TarInfo, bytes]
Refuse = Callable[[list[Entry] | Path], str]


def run(task: str, home: Path, file: Path) -> int:
    return offline_tasks.carry_out(task, str(home), str(file), Options())


@pytest.fixture
def saved(tmp_path: Path, options: Options) -> Path:
    home = fresh_home(tmp_path / "home", options)
    assert run("backup", home.path, tmp_path / "saved.tar") == 0
    return tmp_path / "saved.tar"


@pytest.fixture
def entries(saved: Path) -> list[Entry]:
    with tarfile.open(saved) as tar:
        return [(entry, tar.extractfile(entry).read()) for entry in tar]  # type: ignore[union-attr]


@pytest.fixture
def refuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Refuse:
    """Restore what must be refused; the sentence. Nothing may be left, inside the target or beside it."""

    def ask(given: list[Entry] | Path) -> str:
        file = written(tmp_path / "given.tar", given) if isinstance(given, list) else given
        before = sorted(map(str, tmp_path.rglob("*")))
        assert run("restore", tmp_path / "again", file) == 1
        assert sorted(map(str, tmp_path.rglob("*"))) == before
        said = capsys.readouterr().err
        assert "Traceback" not in said
        return said.strip().removeprefix(f"{file} ")

    return ask


def written(file: Path, entries: list[Entry]) -> Path:
    """A tar of these, with the right sums."""
    kept = [entry for entry in entries if entry[0].name != "SHA256SUMS"]
    sums = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {entry.name}\n" for entry, content in kept if entry.isreg()
    )
    with tarfile.open(file, "w") as tar:
        for entry, content in [*kept, named("SHA256SUMS", sums.encode())]:
            tar.addfile(entry, io.BytesIO(content))
    return file


def named(name: str, content: bytes = b"", **more: Any) -> Entry:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    for member, value in more.items():
        setattr(entry, member, value)
    return entry, content


@pytest.mark.parametrize(
    "name",
    [
        "../outside",
        "/etc/passwd",
        "objects/../../outside",
        "objects/blobs/../../../outside",
        "accounts/../../outside.json",
        "accounts/a/b.json",
        "ca/../identity.pem",
        "./identity.json",
        "identity.json/",
        "objects/tmp/f00",
        "objects/segments/0123456789abcdef.seg\n",
        "runs/x/spec.json",
        "run/warden.json",
        "log/warden.log",
        "clary.db-wal",
        "x.key/../y.key",
    ],
)
def test_a_name_that_belongs_nowhere(entries: list[Entry], refuse: Refuse, name: str) -> None:
    assert "must not be in a backup" in refuse([*entries, named(name, b"x")])


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE]
)
def test_anything_but_a_file(entries: list[Entry], refuse: Refuse, kind: bytes) -> None:
    """A link first, then a file through it, is how an archive writes outside (CVE-2007-4559)."""
    evil = named("accounts/a.json", type=kind, linkname="/etc/passwd")
    assert "must not be in a backup" in refuse([*entries, evil])


def test_a_file_that_is_in_it_twice(entries: list[Entry], refuse: Refuse) -> None:
    assert "appears twice" in refuse([*entries, named("identity.json", b"{}")])


def test_something_else(tmp_path: Path, refuse: Refuse) -> None:
    for content in (
        b"",
        b"no tar at all",
        b"\x1f\x8b no gzip",
        b"\x28\xb5\x2f\xfd no zstd",
        os.urandom(5000),
    ):
        (tmp_path / "given.tar").write_bytes(content)
        refuse(tmp_path / "given.tar")


def test_another_tar(refuse: Refuse, entries: list[Entry]) -> None:
    assert "it is not a backup of this platform" in refuse(entries[1:])


def test_a_manifest_that_says_nothing(refuse: Refuse, entries: list[Entry]) -> None:
    for text in (
        b"",
        b"[]",
        b"{}",
        b'{"format": "x", "version": 1, "steps": {}}',
        b'{"format": 1, "version": "1", "steps": 5}',
    ):
        assert "its manifest is malformed" in refuse([named("manifest.json", text), *entries[1:]])


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("packed", [True, False])
def test_an_end_that_is_missing(
    saved: Path, tmp_path: Path, refuse: Refuse, cut: float, packed: bool
) -> None:
    whole = saved.read_bytes().rstrip(b"\0")
    whole = gzip.compress(whole) if packed else whole
    (tmp_path / "given.tar").write_bytes(whole[: int(len(whole) * cut)])
    refuse(tmp_path / "given.tar")


def test_a_bit_that_has_changed(saved: Path, tmp_path: Path, refuse: Refuse) -> None:
    content = bytearray(saved.read_bytes())
    content[content.index(b"SQLite format 3") + 5000] ^= 1
    (tmp_path / "given.tar").write_bytes(content)
    assert refuse(tmp_path / "given.tar") == "cannot be restored: clary.db does not match its checksum"


def test_a_file_that_was_taken_out(entries: list[Entry], tmp_path: Path, refuse: Refuse) -> None:
    file = tmp_path / "given.tar"
    with tarfile.open(file, "w") as tar:
        for entry, content in entries:
            if entry.name != "location.json":
                tar.addfile(entry, io.BytesIO(content))
    assert "does not match its checksum" in refuse(file)


def test_a_file_that_comes_after_the_end(entries: list[Entry], tmp_path: Path, refuse: Refuse) -> None:
    file = tmp_path / "given.tar"
    with tarfile.open(file, "w") as tar:
        for entry, content in [*entries, named("accounts/a.json", b"{}")]:
            tar.addfile(entry, io.BytesIO(content))
    assert "it has data after its end" in refuse(file)


@pytest.mark.parametrize("name", ["clary.db", "identity.json", "token.key"])
def test_a_home_would_lack_something(entries: list[Entry], refuse: Refuse, name: str) -> None:
    assert f"it has no {name}" in refuse([entry for entry in entries if entry[0].name != name])


@pytest.mark.parametrize("change", [{"format": 2}, {"steps": {"store": 99}}, {"steps": {"kinesis": 1}}])
def test_a_backup_of_a_later_version(entries: list[Entry], refuse: Refuse, change: dict[str, Any]) -> None:
    manifest = json.loads(entries[0][1]) | {"version": "9.9"} | change
    said = refuse([named("manifest.json", json.dumps(manifest).encode()), *entries[1:]])
    assert said.startswith("cannot be restored: it was made by a later version of Clary, 9.9")


class TestTarget:
    def test_a_home(self, saved: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        before = {path: path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file()}
        assert run("restore", tmp_path / "home", saved) == 1
        assert "is a home already" in capsys.readouterr().err
        assert {
            path: path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file()
        } == before

    def test_a_folder_with_something_in_it(
        self, saved: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        (tmp_path / "again").mkdir()
        (tmp_path / "again" / "a").touch()
        assert run("restore", tmp_path / "again", saved) == 1
        assert "is not empty" in capsys.readouterr().err
        assert run("restore", tmp_path / "again" / "a", saved) == 1
        assert "is not a folder" in capsys.readouterr().err

    def test_a_folder_that_got_something_meanwhile(
        self, saved: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        target = tmp_path / "again"
        monkeypatch.setattr(os, "sync", lambda: Home.at(target))
        assert run("restore", target, saved) == 1
        assert "cannot be created" in capsys.readouterr().err
        assert sorted(path.name for path in target.iterdir()) == ["log", "run"]
        assert not [path for path in tmp_path.iterdir() if "restore" in path.name]

    def test_an_empty_folder_becomes_the_home(self, saved: Path, tmp_path: Path) -> None:
        (tmp_path / "again").mkdir()
        assert run("restore", tmp_path / "again", saved) == 0
        assert (tmp_path / "again" / "clary.db").exists()

    def test_what_a_killed_restore_left_goes_and_what_another_does_stays(
        self, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        left, other = tmp_path / ".again.restore-dead", tmp_path / ".again2.restore-other"
        for folder in (left, other):
            folder.mkdir()
            (folder / "clary.db").touch()
        with restore._folder_of_our_own(tmp_path / "again") as alive:
            assert run("restore", tmp_path / "again", saved) == 0
            assert alive.exists()
        assert (left.exists(), other.exists()) == (False, True)
