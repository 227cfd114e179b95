"""One process of a runtime: started, stopped between events, ended with all that it started. Knows no platform.

What it prints comes through a pipe, what it says to the host through a socket: a frame is sent after what was printed before
it, so the reader of a frame finds that in the pipe.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from typing import Any

from clary_programs.functions import python_runtime as rt

_SHELL_NOT_FOUND = 127
_LARGEST_EVENT = 256 * 1024  # bytes of one event of the log, as in CloudWatch Logs
_MOST_LOG = 4 << 20  # bytes that are kept between two answers
_READ = 1 << 16
_SHORT = 0.02  # seconds of an event that is unlikely to need more memory than the last


class Child:
    """A runtime that runs. `frames` are those that it sent and nobody took yet: kind, head, body."""

    def __init__(self, begin: Any) -> None:
        self._ours, theirs = socket.socketpair()
        out, printed = os.pipe()
        self.began = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            _become(begin, theirs, printed)
        theirs.close()
        os.close(printed)
        os.set_blocking(out, False)
        self._out = out
        self._pidfd = os.pidfd_open(self.pid)
        self._ours.setblocking(False)
        self._poll = select.poll()
        for descriptor in (self._ours.fileno(), out, self._pidfd):
            self._poll.register(descriptor, select.POLLIN)
        self._heard = 0
        self._asked = 0.0
        self._buffer = bytearray()
        self._partial = b""
        self._kept = 0
        self.frames: list[tuple[int, bytes, bytes]] = []
        self.log: list[tuple[int, str]] = []
        self.status: int | None = None
        self.memory = 0  # bytes, the most that it had

    # what it says ---------------------------------------------------------------------------------------------------
    def send(self, head: bytes, body: bytes, seconds: float) -> None:
        """Send an event; `head` is JSON. Raise OSError where the runtime does not take it in time."""
        self._asked = time.monotonic()
        event = memoryview(rt.PREFIX.pack(rt.EVENT, len(head), len(body)) + head + body)
        with contextlib.suppress(BlockingIOError):
            event = event[self._ours.send(event) :]
        if event:
            self._ours.settimeout(max(seconds, 0.001))
            self._ours.sendall(event)
            self._ours.setblocking(False)

    def wait(self, until: float) -> tuple[int, bytes, bytes] | None:
        """Return the next frame; None when the process has ended, or time (monotonic) is up."""
        while not self.frames:
            ready = {descriptor for descriptor, _ in self._poll.poll(max(until - time.monotonic(), 0) * 1000)}
            if self._ours.fileno() in ready and not self._receive():
                self._poll.unregister(self._ours.fileno())
            if self.frames:
                break
            if self._out in ready and not self.drain():
                self._poll.unregister(self._out)
            if self._pidfd in ready or not ready:
                return None
        return self.frames.pop(0)

    def _receive(self) -> bool:
        """Take what has come; return False at the end."""
        try:
            part = self._ours.recv(1 << 20)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._buffer += part
        while len(self._buffer) >= rt.PREFIX.size:
            kind, head, body = rt.PREFIX.unpack_from(self._buffer)
            start, end = rt.PREFIX.size + head, rt.PREFIX.size + head + body
            if len(self._buffer) < end:
                break
            self._take(kind, bytes(self._buffer[rt.PREFIX.size : start]), bytes(self._buffer[start:end]))
            del self._buffer[:end]
        return bool(part)

    def _take(self, kind: int, head: bytes, body: bytes) -> None:
        if kind == rt.LOG:
            self.drain()
            self._note(body)
        else:
            self.frames.append((kind, head, body))

    # what it prints -------------------------------------------------------------------------------------------------
    def drain(self) -> bool:
        """Take all that it has printed; return False when nobody can print any more."""
        while True:
            try:
                part = os.read(self._out, _READ)
            except BlockingIOError:
                return True
            if not part:
                return False
            *lines, self._partial = (self._partial + part).split(b"\n")
            for line in lines:
                self._note(line)
            if len(self._partial) > _LARGEST_EVENT:
                self.end_line()

    def end_line(self) -> None:
        """Take what was printed after the last end of a line."""
        if self._partial:
            line, self._partial = self._partial, b""
            self._note(line)

    def _note(self, line: bytes) -> None:
        self._kept += len(line) + 26
        if line and self._kept <= _MOST_LOG:
            text = line[:_LARGEST_EVENT].decode("utf-8", "replace").rstrip("\r")
            self.log.append((int(time.time() * 1000), text))

    def taken(self) -> list[tuple[int, str]]:
        """Return the events of the log since the last time."""
        self.drain()
        self.end_line()
        log, self.log, self._kept = self.log, [], 0
        return log

    # its life -------------------------------------------------------------------------------------------------------
    def freeze(self, frozen: bool) -> None:
        """Stop all its processes, or let them go on."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGSTOP if frozen else signal.SIGCONT)

    def peak(self) -> int:
        """Return the most memory (bytes) that it had so far, as it was seen every now and then: a look is not free."""
        self._heard += 1
        if self._heard > 4 and self._heard % 16 and time.monotonic() - self._asked < _SHORT:
            return self.memory
        with (
            contextlib.suppress(OSError, ValueError, IndexError),
            open(f"/proc/{self.pid}/status", "rb") as file,
        ):
            self.memory = int(file.read().split(b"VmHWM:")[1].split()[0]) << 10
        return self.memory

    def ended(self) -> int | None:
        """Return its wait status if it has ended; take what it said before."""
        if self.status is None:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                self.status, self.memory = status, usage.ru_maxrss << 10
        return self.status

    def end(self) -> None:
        """Kill it with all that it started, and forget it."""
        family = _family(self.pid) if self.status is None else []
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        if self.status is None:
            _, self.status, usage = os.wait4(self.pid, 0)
            self.memory = usage.ru_maxrss << 10

    def close(self) -> None:
        """Give back its descriptors."""
        self._ours.close()
        os.close(self._out)
        os.close(self._pidfd)


def _family(pid: int) -> list[int]:
    """Return the processes that descend from one."""
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError), open(f"/proc/{one}/task/{one}/children") as file:
            found += map(int, file.read().split())
    return found


def _become(begin: Any, line: socket.socket, printed: int) -> None:
    """In the forked process: have the ends, and be the runtime. Never returns."""
    code = 1
    try:
        os.setsid()
        null = os.open("/dev/null", os.O_RDONLY)
        for source, target in ((null, 0), (printed, 1), (printed, 2)):
            os.dup2(source, target)
        os.set_inheritable(line.fileno(), True)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        begin(line.detach())
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
        if isinstance(leaving.code, str):
            print(leaving.code, flush=True)
    except FileNotFoundError as error:
        os.write(2, f"{error.filename}: {error.strerror}\n".encode())
        code = _SHELL_NOT_FOUND
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        import sys

        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code & 0xFF)
