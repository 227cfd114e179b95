"""The short folder of the platform's sockets lies in /tmp, where other users of the machine may take its name first."""

from __future__ import annotations

from pathlib import Path

import pytest

from clary.server.home import Home


@pytest.fixture
def deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home whose path is too long for sockets, and a /tmp of its own."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    return Home.at(tmp_path / ("deep" * 25) / "home")


def short(home: Home) -> Path:
    return Path(home.bell("gateway")).parent


def test_it_is_private(deep: Home) -> None:
    assert short(deep).stat().st_mode & 0o077 == 0
    assert short(deep) == short(deep)


def test_a_link_in_its_place_is_not_followed(deep: Home, tmp_path: Path) -> None:
    folder = short(deep)
    folder.rmdir()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PermissionError):
        short(deep)


def test_a_folder_that_others_may_enter_is_refused(deep: Home) -> None:
    short(deep).chmod(0o755)
    with pytest.raises(PermissionError):
        short(deep)
