"""The host of one execution environment: takes events from the platform, has a runtime answer them, one after the other.

It is the sandbox's program, and the runtime its child. Frames of the worker socket (serving/mux.py) come in; a request's head
says what is wanted (`op`):

| op | head | answer |
|---|---|---|
| init | `config`: JSON of environment, handler, runtime, timeout | outcome of the initialization |
| invoke | request-id, arn, deadline-ms, timeout-ms, trace-id, client-context, stream | outcome, payload; as a stream for a runtime that streams |
| rest | – | the log and the memory of what was streamed |

An answer's head has `outcome` (ok, error, exit, timeout, none), `log` (bytes of the log at the body's beginning: JSON
`[[milliseconds, text], …]`), `memory` (MB), `init` (milliseconds of an initialization that was part of it).
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from clary_programs.functions import python_runtime as rt
from clary_programs.functions.child import Child
from clary_programs.serving import mux
from clary_programs.serving.mux import Frames, Kind

_INIT_SECONDS = 10.0  # "The Init phase is limited to 10 seconds"
_GONE = ("ok", "error")
_LOW = 0.85  # of the limit: a process that was killed with so much memory was killed for it
_BOOTSTRAPS = ("/var/task/bootstrap", "/opt/bootstrap")
_PART = 128 * 1024


class Host:
    """One environment. `child` is its runtime, None before it was initialized and after it had to be killed."""

    def __init__(self, platform: socket.socket) -> None:
        self._platform = platform
        self._config: dict[str, Any] = {}
        self.child: Child | None = None

    def serve(self) -> None:
        """Answer requests until the platform goes."""
        frames = Frames()
        while part := self._platform.recv(1 << 20):
            for stream, kind, payload in frames.feed(part):
                if kind == Kind.PING:
                    self._platform.sendall(mux.frame(stream, Kind.PING))
                elif kind == Kind.REQUEST:
                    head, body = mux.split_request(payload)
                    self._answer(stream, head, body)

    def _answer(self, stream: int, said: bytes, body: bytes) -> None:
        head = json.loads(said)
        if head["op"] == "init":
            self._config = json.loads(head["config"])
            self._init(stream)
        elif head["op"] == "invoke":
            self._invoke(stream, head, said, body)
        else:
            self._say(stream, "ok", b"")

    # initialization -------------------------------------------------------------------------------------------------
    def _init(self, stream: int) -> None:
        outcome, body, spent = self._start(_INIT_SECONDS)
        if outcome != "ok" and self.child:
            self._drop()
        self._say(stream, outcome, body, init=spent)
        if self.child:
            self.child.freeze(True)

    def _start(self, seconds: float) -> tuple[str, bytes, float]:
        """Start a runtime. Return how that ended, the error, and the milliseconds it took."""
        began = time.monotonic()
        self._close()
        self.child = Child(_runtime_of(self._config))
        frame = self.child.wait(began + seconds)
        while frame is not None and frame[0] not in (rt.NEXT, rt.INIT_ERROR):
            frame = self.child.wait(began + seconds)
        spent = (time.monotonic() - began) * 1000
        if frame is None:
            return self._why_no_frame(), b"", spent
        return ("ok", b"", spent) if frame[0] == rt.NEXT else ("error", frame[2], spent)

    # invocations ----------------------------------------------------------------------------------------------------
    def _invoke(self, stream: int, head: dict[str, Any], said: bytes, body: bytes) -> None:
        until = time.monotonic() + int(head["timeout-ms"]) / 1000
        spent = 0.0
        if self.child is None or self.child.status is not None:
            outcome, error, spent = self._start(until - time.monotonic())
            if outcome != "ok":
                self._drop()
                self._say(stream, outcome, error, init=spent)
                return
        assert self.child is not None
        self.child.freeze(False)
        try:
            self.child.send(said, body, until - time.monotonic())
        except OSError:
            self._fail(stream, spent)
            return
        frame = self.child.wait(until)
        while frame is not None and frame[0] == rt.NEXT:
            frame = self.child.wait(until)
        if frame is None:
            self._fail(stream, spent)
            return
        if frame[0] == rt.STREAM and head.get("stream"):
            self._stream(stream, frame[1], until)
            return
        if frame[0] == rt.STREAM:
            frame = self._joined(frame, until)
            if frame is None:
                self._fail(stream, spent)
            return
        self._say(stream, "ok" if frame[0] == rt.RESULT else "error", frame[2], init=spent)
        self.child.freeze(True)

    def _fail(self, stream: int, spent: float) -> None:
        """Answer for a runtime that ended or had no time left; the next event gets another one."""
        outcome = self._why_no_frame()
        assert self.child is not None
        status = self.child.status
        self._drop()
        self._say(stream, outcome, b"", init=spent, status=status)

    def _why_no_frame(self) -> str:
        assert self.child is not None
        return "timeout" if self.child.ended() is None else "exit"

    def _joined(self, frame: tuple[int, bytes, bytes], until: float) -> tuple[int, bytes, bytes] | None:
        """Return a streamed answer as one frame, None where it did not come to its end."""
        assert self.child is not None
        parts = []
        while (part := self.child.wait(until)) is not None:
            if part[0] == rt.END:
                return (rt.RESULT, b"", b"".join(parts)) if not part[2] else (rt.ERROR, b"", part[2])
            parts.append(part[2])
        return None

    def _stream(self, stream: int, head: bytes, until: float) -> None:
        """Pass a streamed answer on, part by part."""
        assert self.child is not None
        said = {"outcome": "stream", "content-type": json.loads(head or b"{}").get("content-type", "")}
        self._platform.sendall(mux.response(stream, Kind.HEAD, 200, json.dumps(said).encode()))
        while (part := self.child.wait(until)) is not None and part[0] == rt.CHUNK:
            for at in range(0, len(part[2]), _PART):
                self._platform.sendall(mux.frame(stream, Kind.CHUNK, part[2][at : at + _PART]))
        broken = self._why_no_frame().encode() if part is None else part[2]
        if part is None:
            self._drop()
        else:
            self.child.freeze(True)
        self._platform.sendall(mux.frame(stream, Kind.END, broken))

    # what is said ---------------------------------------------------------------------------------------------------
    def _say(
        self, stream: int, outcome: str, body: bytes, init: float = 0.0, status: int | None = None
    ) -> None:
        child = self.child
        log = json.dumps(child.taken() if child else []).encode()
        if child and status is None:
            status = child.status
        said = {
            "outcome": outcome,
            "log": str(len(log)),
            "memory": str(
                (child.peak() if child and child.status is None else child.memory if child else 0) >> 20
            ),
            "init": f"{init:.2f}",
            "ended": _ended(status, child.memory if child else 0, self._config.get("memory", 0))
            if outcome == "exit"
            else "",
        }
        self._platform.sendall(
            mux.response(stream, Kind.RESPONSE, 200, json.dumps(said).encode(), log + body)
        )
        if child and child.status is not None:
            self._close()

    def _drop(self) -> None:
        """Kill the runtime with all that it started. What it said is kept until the answer."""
        if self.child:
            self.child.drain()
            self.child.end()

    def _close(self) -> None:
        if self.child:
            self._drop()
            self.child.close()
            self.child = None


def _ended(status: int | None, memory: int, limit: int) -> str:
    """Return how a runtime ended, as Lambda writes it; `memory` for one that was killed for want of it."""
    if status is None:
        return ""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGKILL and limit and memory > _LOW * limit:
            return "memory"
        return f"signal: {signal.strsignal(number) or number}".lower()
    code = os.WEXITSTATUS(status)
    return f"exit status {code}" if code else ""


def _runtime_of(config: dict[str, Any]) -> Any:
    """Return what a forked process does to become the runtime of a configuration."""

    def begin(line: int) -> None:
        os.environ.clear()
        os.environ.update(config["environment"])
        os.chdir(config["task"])
        wrapper = config["environment"].get("AWS_LAMBDA_EXEC_WRAPPER")
        if config["kind"] == "provided":
            _exec_provided(line, wrapper)
        elif wrapper or config["interpreter"]:
            os.environ[rt.LINE] = str(line)
            program = config["interpreter"] or sys.executable
            words = [*([wrapper] if wrapper else []), program, config["client"]]
            os.execvp(words[0], words)
        else:
            _be_python(line, config)

    return begin


def _be_python(line: int, config: dict[str, Any]) -> None:
    """Be Python's runtime in this process, without what the platform's own programs find."""
    own = [path for path in sys.path if not path.startswith("/opt/clary") and path != ""]
    sys.path[:] = [*own, *config["libraries"]]
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
    time.tzset()
    rt.begin(line, config["handler"])


def _exec_provided(line: int, wrapper: str | None) -> None:
    """Become a runtime that the function brings. The Runtime API is served by a process of its own."""
    from clary_programs.functions import runtime_api

    os.environ["AWS_LAMBDA_RUNTIME_API"] = runtime_api.serve_beside(line)
    path = next((path for path in _BOOTSTRAPS if os.access(path, os.X_OK)), None)
    if path is None:
        rt.Line(socket.socket(fileno=line)).send(rt.INIT_ERROR, None, _no_bootstrap())
        raise SystemExit(1)
    os.close(line)
    words = [*([wrapper] if wrapper else []), path]
    os.execvp(words[0], words)


def _no_bootstrap() -> bytes:
    said = f"Error: Couldn't find valid bootstrap(s): [{' '.join(_BOOTSTRAPS)}]"
    return json.dumps({"errorType": "Runtime.InvalidEntrypoint", "errorMessage": said}).encode()


def main() -> None:
    """Wait for the platform on the worker socket, and serve it until it goes."""
    path = Path(os.environ["CLARY_WORKER_SOCKET"])
    os.chdir(path.parent)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{path.name}.new")
        listener.listen(1)
        os.rename(f"{path.name}.new", path.name)
        platform, _ = listener.accept()
    Host(platform).serve()


if __name__ == "__main__":
    main()
