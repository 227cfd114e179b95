"""Files of a run folder: whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clary_supervisor import folder


def test_a_write_that_takes_only_a_part_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """write(2) may take less than it was given, as on a disk that is nearly full."""
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, data[:7]))
    path = str(tmp_path / "state.json")
    folder.put_json(path, {"text": "é" * 100})
    assert folder.get_json(path) == {"text": "é" * 100}


def test_a_write_that_fails_leaves_what_was_there_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "state.json")
    folder.put_json(path, "before")

    def full(fd: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        folder.put_json(path, "after")
    assert folder.get_json(path) == "before"
    assert os.listdir(tmp_path) == ["state.json"]


def test_files_are_for_us_alone(tmp_path: Path) -> None:
    folder.put(str(tmp_path / "spec.json"), "secret")
    assert (tmp_path / "spec.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("path", ["../x", "/opt/ml/../x", "a/../../x", "/etc/passwd", "x\0y"])
def test_paths_out_of_opt_ml_are_refused(path: str) -> None:
    with pytest.raises(ValueError, match="is not below /opt/ml"):
        folder.below(path)
