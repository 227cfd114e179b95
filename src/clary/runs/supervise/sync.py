"""Continuous outputs: files go to S3 as they appear and change, once nobody seems to write them any more.

In checkpoint folders each file is marked on its way: `F.sagemaker-uploading` while it is sent, `F.sagemaker-uploaded`
after (container contract 4.5; AWS's XGBoost deletes only checkpoints that are marked uploaded).
"""

from __future__ import annotations

import contextlib
import os
import threading
import traceback

from . import beneath, upload
from .folder import below, ml_folder
from .s3 import S3, Cancelled, Refusal, Shrunk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

UPLOADING = ".sagemaker-uploading"
UPLOADED = ".sagemaker-uploaded"
_MARKS = (UPLOADING, UPLOADED)
_State = tuple[int, int]  # size, time of change


class Folder:
    """One continuous output of one host."""

    def __init__(self, root: str, output: dict[str, Any], marks: bool, s3: S3) -> None:
        self._root = root
        self._output = output
        self._path = below(output["path"])
        self._marks = marks
        self._s3 = s3
        self._sent: dict[str, _State] = {}
        self._seen: dict[str, _State] = {}

    def adopt(self) -> None:
        """What is there now came from S3 itself and need not go back."""
        self._sent = self._look()

    def _look(self) -> dict[str, _State]:
        found = beneath.walk(self._root, self._path)
        return {
            one.path: (one.size, one.changed)
            for one in found
            if not (self._marks and one.path.endswith(_MARKS))
        }

    def round(self, last: bool = False) -> None:
        """Send what is new and rests: unchanged since the round before, or at the last round anything."""
        now = self._look()
        for name, state in now.items():
            if self._sent.get(name) != state and (last or self._seen.get(name) == state):
                self._send(name)
                self._sent[name] = state
        self._seen = now
        if self._marks:
            self._tidy(now)

    def _send(self, name: str) -> None:
        if self._marks:
            self._unmark(name, UPLOADED)
            self._mark(name, UPLOADING)
        try:
            upload.send_below(self._s3, self._root, self._output, name)
        except Shrunk:
            return  # it is being written after all; the next round sees it changed
        finally:
            if self._marks:
                self._unmark(name, UPLOADING)
        if self._marks:
            self._mark(name, UPLOADED)

    def _mark(self, name: str, mark: str) -> None:
        with contextlib.suppress(OSError):
            os.close(beneath.open_file(self._root, f"{self._path}/{name}{mark}", os.O_WRONLY | os.O_CREAT))

    def _unmark(self, name: str, mark: str) -> None:
        beneath.remove(self._root, f"{self._path}/{name}{mark}")

    def _tidy(self, now: dict[str, _State]) -> None:
        """Marks of files that are gone."""
        for one in beneath.walk(self._root, self._path):
            if one.path.endswith(_MARKS) and one.path.rpartition(".sagemaker-")[0] not in now:
                beneath.remove(self._root, f"{self._path}/{one.path}")


def folders(run: str, spec: dict[str, Any], s3: S3) -> list[Folder]:
    """The continuous outputs of all hosts."""
    inputs = {below(item["path"]) for item in spec["inputs"]}
    made = []
    for output in spec["outputs"]:
        if output["when"] == "continuous":
            path = below(output["path"])
            marks = path in inputs or path == "checkpoints"
            made += [Folder(ml_folder(run, host["name"]), output, marks, s3) for host in spec["hosts"]]
    return made


class Sync:
    """Rounds in a thread of its own, every `every` seconds, until `finish`, which makes the last one."""

    def __init__(self, folders: list[Folder], every: float, fresh: bool) -> None:
        self._folders = folders
        self._every = every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._rounds, daemon=True)
        if fresh:
            for folder in folders:
                folder.adopt()

    def begin(self) -> None:
        self._thread.start()

    def _rounds(self) -> None:
        while not self._over.wait(self._every):
            try:
                for folder in self._folders:
                    folder.round()
            except Cancelled:
                continue
            except Refusal as refusal:
                print(f"a continuous output was refused: {refusal}", flush=True)
            except Exception:  # the last round says it aloud
                traceback.print_exc()

    def finish(self) -> None:
        self._over.set()
        self._thread.join()

    def last(self) -> None:
        """All that was not sent yet. Raises what S3 raises."""
        for folder in self._folders:
            folder.round(last=True)
