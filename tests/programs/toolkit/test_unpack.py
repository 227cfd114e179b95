"""Archives of strangers: nothing may leave the folder, nothing may fill the disk."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from clary_programs.toolkit.errors import ClientError
from clary_programs.toolkit.source import fetch
from clary_programs.toolkit.unpack import unpack
from tests.programs.toolkit.job import tarball


def archive(tmp_path: Path, *members: tarfile.TarInfo) -> Path:
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(b"x" * member.size))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, size
    return info


@pytest.mark.parametrize(
    "bad",
    [
        member("../outside", size=1),
        member("a/../../outside", size=1),
        member("link", tarfile.SYMTYPE, "../../outside"),
        member("link", tarfile.SYMTYPE, "/etc/passwd"),
        member("link", tarfile.LNKTYPE, "../outside"),
        member("device", tarfile.CHRTYPE),
    ],
)
def test_members_that_lead_out_are_refused(tmp_path: Path, bad: tarfile.TarInfo) -> None:
    with pytest.raises(ClientError):
        unpack(archive(tmp_path, bad), tmp_path / "code")
    assert not (tmp_path / "outside").exists()


def test_an_absolute_name_stays_inside(tmp_path: Path) -> None:
    unpack(archive(tmp_path, member("/abs/file", size=1)), tmp_path / "code")
    assert (tmp_path / "code" / "abs" / "file").exists()


def test_a_link_inside_is_kept(tmp_path: Path) -> None:
    path = archive(tmp_path, member("real", size=3), member("d/link", tarfile.SYMTYPE, "../real"))
    unpack(path, tmp_path / "code")
    assert (tmp_path / "code" / "d" / "link").read_bytes() == b"xxx"


def test_a_bomb_is_refused_before_it_is_written(tmp_path: Path) -> None:
    path = archive(tmp_path, member("zeros", size=1 << 20))
    with pytest.raises(ClientError, match="refused to unpack"):
        unpack(path, tmp_path / "code", max_bytes=1 << 16)
    assert not (tmp_path / "code" / "zeros").exists()


def test_what_is_no_archive_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "sourcedir.tar.gz"
    path.write_bytes(b"not a tar")
    with pytest.raises(ClientError, match="cannot unpack"):
        unpack(path, tmp_path / "code")


def test_code_comes_from_an_archive_a_folder_or_where_it_is(tmp_path: Path) -> None:
    packed = tmp_path / "s.tar.gz"
    packed.write_bytes(tarball({"train.py": "1"}))
    fetch(str(packed), tmp_path / "one")
    fetch(str(tmp_path / "one"), tmp_path / "two")
    fetch(f"file://{tmp_path}/two", tmp_path / "two")
    assert (tmp_path / "two" / "train.py").read_text() == "1"
    with pytest.raises(ClientError, match="does not exist"):
        fetch(str(tmp_path / "nowhere"), tmp_path / "three")
