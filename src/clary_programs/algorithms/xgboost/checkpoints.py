"""Checkpoints `xgboost-checkpoint.<n>`: written whole or not at all, resumed from the newest that can be read, and
old ones removed unless they are just being uploaded.

The platform marks a file F being copied out with `F.sagemaker-uploading`, afterwards `F.sagemaker-uploaded`; files
ending in `.sagemaker-ignore` are unfinished. Source: aws/sagemaker-xgboost-container, `checkpointing.py`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from clary_programs.algorithms.xgboost.booster import Booster
from clary_programs.algorithms.xgboost.library import XGBoostError

NAME = "xgboost-checkpoint"
UNFINISHED = ".sagemaker-ignore"
UPLOADING = ".sagemaker-uploading"
UPLOADED = ".sagemaker-uploaded"
KEEP = 5

_PATTERN = re.compile(rf"{NAME}\.(\d+)")


def newest(folder: Path) -> tuple[bytes, int] | None:
    """Return the newest readable checkpoint's model and how many rounds it has seen; None to start afresh."""
    for iteration in rounds(folder):
        model = _model(folder / f"{NAME}.{iteration}")
        if model is not None:
            return model, iteration + 1
    return None


def rounds(folder: Path) -> list[int]:
    """Return the rounds that have a checkpoint, the newest first."""
    return sorted(_iterations(folder), reverse=True)


def is_readable(path: Path) -> bool:
    """Return whether the file is a model that xgboost can load."""
    return _model(path) is not None


def _model(path: Path) -> bytes | None:
    try:
        model = path.read_bytes()
        Booster.create().load(model)
    except (XGBoostError, OSError):
        return None
    return model


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is seen either as it was or complete, even if the process is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + UNFINISHED)
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def remove_unfinished(folder: Path) -> None:
    """Remove what a killed process left half written."""
    for path in folder.glob(f"*{UNFINISHED}"):
        path.unlink(missing_ok=True)


class Checkpoints:
    """The checkpoints one run writes into a folder, the newest `keep` of them. Those that lay there before stay."""

    def __init__(self, folder: Path, keep: int = KEEP) -> None:
        self.folder, self._keep = folder, keep
        remove_unfinished(folder)
        self._before = frozenset(_iterations(folder))
        self._written: list[int] = []

    def save(self, iteration: int, model: bytes) -> None:
        """Save a round's model, then remove what is no longer among the newest."""
        write_whole(self._path(iteration), model)
        if iteration not in self._before:
            self._written.append(iteration)
        self._remove([old for old in self._old() if not self._uploading(old)])

    def close(self) -> None:
        """Training has ended: remove old checkpoints whether or not they are being uploaded."""
        self._remove(self._old())

    def _old(self) -> list[int]:
        return self._written[: max(0, len(self._written) - self._keep)]

    def _remove(self, iterations: list[int]) -> None:
        for iteration in iterations:
            self._path(iteration).unlink(missing_ok=True)
            self._written.remove(iteration)

    def _uploading(self, iteration: int) -> bool:
        path = str(self._path(iteration))
        return os.path.exists(path + UPLOADING) and not os.path.exists(path + UPLOADED)

    def _path(self, iteration: int) -> Path:
        return self.folder / f"{NAME}.{iteration}"


def _iterations(folder: Path) -> list[int]:
    if not folder.is_dir():
        return []
    matches = (_PATTERN.fullmatch(entry.name) for entry in folder.iterdir())
    return [int(match.group(1)) for match in matches if match]
