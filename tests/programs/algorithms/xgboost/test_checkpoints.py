"""Checkpoints: names, what is kept, the upload markers, and resuming past a broken file."""

from __future__ import annotations

from pathlib import Path

import xgboost

from clary_programs.algorithms.xgboost.checkpoints import Checkpoints, newest, write_whole
from tests.programs.algorithms.xgboost.conftest import Data


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("xgboost-checkpoint"))


def test_the_last_five_are_kept(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "checkpoints")
    for iteration in range(8):
        checkpoints.save(iteration, b"model")
    assert names(tmp_path / "checkpoints") == [f"xgboost-checkpoint.{at}" for at in range(3, 8)]


def test_a_file_being_uploaded_waits_until_it_is_uploaded(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(0, b"model")
    (tmp_path / "xgboost-checkpoint.0.sagemaker-uploading").touch()
    for iteration in range(1, 7):
        checkpoints.save(iteration, b"model")
    assert (tmp_path / "xgboost-checkpoint.0").exists()
    assert not (tmp_path / "xgboost-checkpoint.1").exists()
    (tmp_path / "xgboost-checkpoint.0.sagemaker-uploaded").touch()
    checkpoints.save(7, b"model")
    assert not (tmp_path / "xgboost-checkpoint.0").exists()


def test_the_end_of_training_waits_for_no_upload(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(0, b"model")
    (tmp_path / "xgboost-checkpoint.0.sagemaker-uploading").touch()
    for iteration in range(1, 6):
        checkpoints.save(iteration, b"model")
    checkpoints.close()
    assert not (tmp_path / "xgboost-checkpoint.0").exists()


def test_earlier_checkpoints_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "xgboost-checkpoint.0").write_bytes(b"before")
    checkpoints = Checkpoints(tmp_path)
    for iteration in range(1, 9):
        checkpoints.save(iteration, b"model")
    assert (tmp_path / "xgboost-checkpoint.0").read_bytes() == b"before"


def test_resuming_takes_the_newest_that_can_be_read(tmp_path: Path, diabetes: Data) -> None:
    assert newest(tmp_path / "nowhere") is None
    model = bytes(xgboost.train({}, xgboost.DMatrix(*diabetes), 10).save_raw("ubj"))
    (tmp_path / "xgboost-checkpoint.9").write_bytes(model)
    (tmp_path / "xgboost-checkpoint.10").write_bytes(b"{cut")
    (tmp_path / "xgboost-checkpoint.11.sagemaker-ignore").write_bytes(model)
    assert newest(tmp_path) == (model, 10)


def test_files_are_written_whole(tmp_path: Path) -> None:
    write_whole(tmp_path / "new" / "file", b"one")
    write_whole(tmp_path / "new" / "file", b"two")
    assert (tmp_path / "new" / "file").read_bytes() == b"two"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["file"]


def test_what_a_killed_run_left_half_written_goes(tmp_path: Path) -> None:
    (tmp_path / "xgboost-checkpoint.3.sagemaker-ignore").write_bytes(b"half")
    Checkpoints(tmp_path)
    assert list(tmp_path.iterdir()) == []
    Checkpoints(tmp_path / "not" / "yet")
