"""Run one command for the user: its output passes through, its errors are remembered, signals reach it.

Does not know what the command is. Source of the error text: aws/sagemaker-training-toolkit `process.py`.
"""

from __future__ import annotations

import builtins
import os
import re
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from clary_programs.toolkit.errors import CalledProcessError

KEPT_LINES = 400
KEPT_CHARACTERS = 4096
KEPT_BYTES_OF_A_LINE = 1 << 14
OUT_OF_MEMORY = "OutOfMemory: Process killed by SIGKILL (signal 9)"
FORWARDED = (signal.SIGTERM, signal.SIGINT)

_PYTHON_ERRORS = sorted(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException) and not issubclass(value, Warning)
)
_ERROR = re.compile(r"\b(?:[A-Za-z_][\w.]*(?:Error|Exception)|" + "|".join(_PYTHON_ERRORS) + r")\b")
_TAIL_LINES = 20


class Errors:
    """The last lines of a stream, from which the error message of a failed run is made."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._rest = b""

    def feed(self, block: bytes) -> None:
        """Take the next bytes of the stream."""
        *lines, rest = (self._rest + block).split(b"\n")
        self._lines += map(_text, lines[-KEPT_LINES:])
        # A progress bar may go on for days without ending its line.
        self._rest = rest[-KEPT_BYTES_OF_A_LINE:]

    def message(self) -> str:
        """From the first line that names an error to the end, each line once; else simply the last lines."""
        lines = [line for line in (*self._lines, _text(self._rest)) if line]
        start = next(
            (i for i, line in enumerate(lines) if _ERROR.search(line)), max(0, len(lines) - _TAIL_LINES)
        )
        return "\n".join(dict.fromkeys(lines[start:]))[:KEPT_CHARACTERS]


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").strip(" :\r\n")


def run(
    command: Sequence[str],
    cwd: Path,
    environ: Mapping[str, str],
    error_name: str = "ExecuteUserScriptError",
) -> None:
    """Run a command to its end. Raise CalledProcessError named `error_name`, with the command's last output."""
    errors = Errors()
    try:
        child = subprocess.Popen(command, cwd=cwd, env=dict(environ), stderr=subprocess.PIPE)
    except OSError as error:
        raise CalledProcessError(error_name, " ".join(command), 1, str(error)) from error
    with forwarded_signals(child):
        pump = threading.Thread(target=_copy, args=(child.stderr, errors), daemon=True)
        pump.start()
        code = child.wait()
        # A grandchild may hold the pipe open for ever; what it says later is not this command's last word.
        pump.join(timeout=2)
    _end_line()
    if code:
        exit_code = 128 - code if code < 0 else code
        info = OUT_OF_MEMORY if exit_code == 137 else None
        raise CalledProcessError(error_name, " ".join(command), exit_code, errors.message(), info)


def _copy(stream: BinaryIO, errors: Errors) -> None:
    """Pass every byte on as soon as it comes, remembering the last lines."""
    descriptor, target = stream.fileno(), sys.stderr.buffer
    while block := os.read(descriptor, 1 << 16):
        target.write(block)
        target.flush()
        errors.feed(block)


def _end_line() -> None:
    """End a line that the command has left open: what a toolkit logs next would become part of its last value. Logs leave
    empty lines out."""
    sys.stderr.buffer.write(b"\n")
    sys.stderr.buffer.flush()


@contextmanager
def forwarded_signals(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """While inside, SIGTERM and SIGINT of this process are the child's."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def forward(number: int, _frame: object) -> None:
        if child.poll() is None:
            child.send_signal(number)

    previous = {number: signal.signal(number, forward) for number in FORWARDED}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
