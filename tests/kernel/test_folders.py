"""A folder below /tmp is ours only if nobody took its name before."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from clary.kernel.folders import private_folder


def test_it_is_made_private_and_taken_again(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    for _ in range(2):
        private_folder(folder)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_link_is_refused_even_to_a_private_folder_of_our_own(tmp_path: Path) -> None:
    private_folder(tmp_path / "mine")
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    with pytest.raises(PermissionError, match="link is not a private folder"):
        private_folder(tmp_path / "link")


@pytest.mark.parametrize("mode", [0o701, 0o750, 0o777])
def test_a_folder_that_is_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(PermissionError):
        private_folder(folder)


def test_another_users_folder_is_refused(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, 65534)
    with pytest.raises(PermissionError):
        private_folder(folder)


def test_a_file_of_that_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f").touch(0o600)
    with pytest.raises((PermissionError, FileExistsError)):
        private_folder(tmp_path / "f")
