"""The run folder: which file means what, and how each is written so that a reader never sees half of one.

Knows nothing of programs, S3 or sandboxes; the executor and the supervisor meet here and nowhere else.
"""

from __future__ import annotations

import contextlib
import json
import os
from _thread import get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SPEC = "spec.json"  # what is to run (0600: it holds a token). Its presence is the existence of the run.
STATE = "state.json"  # how far it is; replaced at each change of phase
EXIT = "exit.json"  # the last thing written; its presence means that nothing more will happen
STOP = "stop"  # the wish to end: {"grace": seconds}
LOCK = "lock"  # flock held by the one living supervisor
SUPERVISOR = "supervisor"  # its identity: pid, start time, boot
LOG = "supervisor.log"

# In hosts/<name>/:
OUTPUT = "output.log"  # what the program printed; more of it in `output.log.N` (log.py)
PIPE = "output.pipe"  # stdout and stderr of the program
COLLECTING = "collecting"  # flock held by the one process that takes from the pipe
CLAIM = "program"  # identity of the one process that may become the program; made by link(2), so once only
STATUS = "status"  # what the keeper of the program wrote of its end


def put(path: str, text: str, mode: int = 0o600) -> None:
    """Write a whole file or nothing: aside, then rename. OSError when that cannot be done; then `path` is as it was."""
    aside = f"{path}.{os.getpid()}-{get_ident()}.new"
    try:
        _fill(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode), text.encode())
        os.replace(aside, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(aside)
        raise


def _fill(fd: int, data: bytes) -> None:
    """All of it: a disk that is nearly full takes a part, and refuses only the next."""
    try:
        while data:
            data = data[os.write(fd, data) :]
    finally:
        os.close(fd)


def get(path: str) -> str | None:
    """Return the text of a file, or None if it does not exist."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def put_json(path: str, value: Any) -> None:
    put(path, json.dumps(value))


def get_json(path: str) -> Any:
    """Return the value in a JSON file, or None where there is no file or not yet a whole one."""
    text = get(path)
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def host_folder(run: str, host: str) -> str:
    return f"{run}/hosts/{host}"


def ml_folder(run: str, host: str) -> str:
    """Return what the program sees as /opt/ml."""
    return f"{run}/hosts/{host}/ml"


def below(path: str) -> str:
    """Return a path of the specification, `/opt/ml/x/y` or `x/y`, as `x/y`. Refuses what would leave /opt/ml.

    Raise ValueError.
    """
    rest = path.removeprefix("/opt/ml/") if path != "/opt/ml" else ""
    parts = [part for part in rest.split("/") if part not in ("", ".")]
    if rest.startswith("/") or ".." in parts or "\0" in rest:
        raise ValueError(f"{path!r} is not below /opt/ml")
    return "/".join(parts)
