"""Continuous outputs: files go to S3 as they appear and change, once they seem to be written no more.

In checkpoint folders each file is marked on its way: `F.sagemaker-uploading` while it is sent, `F.sagemaker-uploaded`
after (container contract 4.5; AWS's XGBoost deletes only checkpoints that are marked uploaded).
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import traceback

from . import safe_open, tree, upload
from .account import Account
from .faults import Ended
from .folder import below, ml_folder
from .s3 import S3, Cancelled, Refusal, Shrunk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

UPLOADING = ".sagemaker-uploading"
UPLOADED = ".sagemaker-uploaded"
_MARKS = (UPLOADING, UPLOADED)
_State = tuple[int, int]  # size, time of change
_REST = 10.0  # times the time that a look takes: looking at a million files is not to be all that a processor does


class Folder:
    """One continuous output of one host. `account` makes the account of one round."""

    def __init__(
        self, root: str, output: dict[str, Any], marks: bool, s3: S3, account: Callable[[], Account]
    ) -> None:
        self._root = root
        self._output = output
        self._path = below(output["path"])
        self._marks = marks
        self._s3 = s3
        self._account = account
        self._sent: dict[str, _State] = {}
        self._seen: dict[str, _State] = {}

    def adopt(self) -> None:
        """Note the files that are there now: they came from S3 and need not go back."""
        with contextlib.suppress(Ended):  # too much of it; the rounds say so
            self._sent, _ = self._look(self._account())

    def _look(self, account: Account) -> tuple[dict[str, _State], list[str]]:
        """Return the files, and the marks among them."""
        found: dict[str, _State] = {}
        marks: list[str] = []
        for member in tree.files(self._root, self._path, account):
            if self._marks and member.path.endswith(_MARKS):
                marks.append(member.path)
            else:
                account.take(self._root, member.info.st_size)
                found[member.path] = (member.info.st_size, member.info.st_mtime_ns)
        return found, marks

    def round(self, last: bool = False) -> float:
        """Send what is new and rests: unchanged since the round before, or at the last round anything. How many seconds it
        took to look.

        Names that S3 does not take are ignored until the last round, which raises Ended for them after all others.
        """
        began = time.monotonic()
        account = self._account()
        now, marks = self._look(account)
        spent = time.monotonic() - began
        self._sent = {name: state for name, state in self._sent.items() if name in now}
        refused: Ended | None = None
        sending = account.again()
        for name, state in now.items():
            if self._sent.get(name) != state and (last or self._seen.get(name) == state):
                end = self._try(name, sending)
                refused = refused or end
                if not end:
                    self._sent[name] = state
        self._seen = now
        self._tidy(marks, now)
        if last and refused:
            raise refused
        return spent

    def _try(self, name: str, account: Account) -> Ended | None:
        try:
            upload.target(self._output, name)
        except Ended as end:
            return end
        self._send(name, account)
        return None

    def _send(self, name: str, account: Account) -> None:
        if self._marks:
            self._unmark(name, UPLOADED)
            self._mark(name, UPLOADING)
        try:
            upload.send_below(self._s3, self._root, self._output, name, account)
        except Shrunk:
            return  # it is being written after all; the next round sees it changed
        finally:
            if self._marks:
                self._unmark(name, UPLOADING)
        if self._marks:
            self._mark(name, UPLOADED)

    def _mark(self, name: str, mark: str) -> None:
        with contextlib.suppress(OSError):
            os.close(safe_open.open_file(self._root, f"{self._path}/{name}{mark}", os.O_WRONLY | os.O_CREAT))

    def _unmark(self, name: str, mark: str) -> None:
        safe_open.remove(self._root, f"{self._path}/{name}{mark}")

    def _tidy(self, marks: list[str], now: dict[str, _State]) -> None:
        """Remove the marks of files that are gone."""
        for path in marks:
            if path.rpartition(".sagemaker-")[0] not in now:
                safe_open.remove(self._root, f"{self._path}/{path}")


def folders(run: str, spec: dict[str, Any], s3: S3, account: Callable[[], Account]) -> list[Folder]:
    """Return the continuous outputs of all hosts."""
    inputs = {below(item["path"]) for item in spec["inputs"]}
    made = []
    for output in spec["outputs"]:
        if output["when"] == "continuous":
            path = below(output["path"])
            marks = path in inputs or path == "checkpoints"
            roots = [ml_folder(run, host["name"]) for host in spec["hosts"]]
            made += [Folder(root, output, marks, s3, account) for root in roots]
    return made


class Sync:
    """Rounds in a thread of its own, every `every` seconds, until `finish`, which makes the last one."""

    def __init__(self, folders: list[Folder], every: float, fresh: bool) -> None:
        self._folders = folders
        self._every = every
        self._said = ""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._rounds, daemon=True)
        if fresh:
            for folder in folders:
                folder.adopt()

    def begin(self) -> None:
        self._thread.start()

    def _rounds(self) -> None:
        pause = self._every
        while not self._over.wait(pause):
            pause = max(self._every, _REST * self._round())

    def _round(self) -> float:
        """Return how many seconds it took to look at all folders."""
        began = time.monotonic()
        try:
            spent = sum(folder.round() for folder in self._folders)
            self._said = ""
            return spent
        except Cancelled:
            return 0.0
        except (Refusal, Ended) as refusal:
            self._say(f"a continuous output was refused: {refusal}")
        except Exception:  # the last round says it aloud
            self._say(traceback.format_exc())
        return time.monotonic() - began

    def _say(self, text: str) -> None:
        """Once, and not in each round again."""
        if text != self._said:
            print(text, flush=True)
        self._said = text

    def finish(self) -> None:
        self._over.set()
        self._thread.join()

    def last(self) -> None:
        """All that was not sent yet. Raises what S3 raises."""
        for folder in self._folders:
            folder.round(last=True)
