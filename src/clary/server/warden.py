"""Keep the gateway and the controllers running; the warden itself is replaced by one of them if it dies.

`clary up` is a warden. It starts the two workers (with `--gateways N`, N gateways and the controllers), watches them through pidfds and restarts them when they
die; one without a sign of life for too long (heartbeat.py) is killed and then restarted. Each worker watches
the warden in turn: after its death, the first to take the lock starts a new one, which adopts what still
runs.

A worker is a fork of the warden, which has imported what both need: they share that memory, and the imports
are done once. A warden has no threads and no connections, so a fork is safe.

The warden ends when it is told to, when its home is gone, and when a worker reports that it cannot use this
home. It keeps the gateway's listening socket open (http/sockets.py), so that clients wait while a gateway is
replaced.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from clary.server import forks
from clary.server.duties import holder, is_there, last_words, record, take_lock
from clary.server.forks import Forked
from clary.server.heartbeat import Pulse
from clary.server.home import Home, read_json
from clary.server.processes import Process, child_process, end, wait_for_end

log = logging.getLogger("clary.warden")

WORKERS = ("gateway", "controllers")
CANNOT_GO_ON = os.EX_CONFIG
"""Exit status of a process that cannot use this home, so that restarting it is useless (sysexits.h, 78). The
last CRITICAL line of its log says why."""
_SHORTEST_LIFE = 2.0
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
_LOOK = 0.5


class Warden:
    """The warden of a home: the process with the lock.

    `listen` binds a gateway's socket, or raises OSError. `prepare` runs while the workers start; if it
    fails, they do its work. `workers` are the names of the workers: gateways and the controllers.
    """

    def __init__(
        self,
        home: Home,
        options: Sequence[str],
        listen: Callable[[], socket.socket],
        prepare: Callable[[], None] | None = None,
        workers: Sequence[str] = WORKERS,
    ) -> None:
        self.home = home
        self.options = list(options)
        self._listen = listen
        self._prepare = prepare
        self._names = tuple(workers)
        self._listeners: dict[str, socket.socket] = {}
        self._lock = take_lock(home, "warden")
        self._status: int | None = None
        self._pulse = Pulse(home.bell("warden"))
        self._preparing: int | None = None
        self._children: dict[str, int] = {}
        self._born: dict[str, float] = {}
        self._pause: dict[str, float] = {}
        self._not_before: dict[str, float] = {}

    def run(self) -> int:
        """Watch until TERM or INT (0), or until the home cannot be used; then stop the workers and return the
        exit status.

        Jobs and model servers go on.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        record(self.home, "warden", Process.of(os.getpid()), self.options)
        self._begin_preparing()
        workers: dict[str, Process] = {}
        while self._status is None:
            self._look_after_home()
            self._start_missing(workers)
            for name in wait_for_end(workers, _LOOK if len(workers) == len(self._names) else _SHORTEST_PAUSE):
                del workers[name]
                self._pulse.forget(name)
                self._reap(name)
            self._kill_the_hung(workers)
        # Before the workers end: if the warden is killed now, none of them may replace it.
        self._forget("warden")
        self._close_listeners()
        end(list(workers.values()))
        for child in self._children.values():
            forks.reaped(child, os.WNOHANG)
        self._tidy()
        self._forget(*self._names)
        return self._status

    def _tidy(self) -> None:
        """Delete what a worker left that was ended while it copied the store: the other one had found that it cannot be used."""
        if self._status == CANNOT_GO_ON:
            from clary.store.sqlite import drop_unfinished_copies  # of which a warden has no use otherwise

            drop_unfinished_copies(self.home.database)

    def _begin_preparing(self) -> None:
        """Where there was a start before, all is there."""
        if self._prepare is not None and not self.home.identity.exists():
            self._preparing = forks.beside(self._prepare, self.home.alone, self._lock)

    def _kill_the_hung(self, workers: dict[str, Process]) -> None:
        """Their death is seen at the next turn, and they are started again."""
        if self._preparing is not None and forks.reaped(self._preparing, os.WNOHANG) is not None:
            self._preparing = None
        self._pulse.take()
        for name, process in workers.items():
            if self._pulse.hung(name, process.pid):
                log.error("the %s gives no sign of life: it is killed and started again", name)
                process.kill()

    def _stop(self, *_: object) -> None:
        self._status = self._status or 0

    def _forget(self, *names: str) -> None:
        for name in names:
            with suppress(OSError):
                (self.home.path / "run" / f"{name}.json").unlink()

    def _look_after_home(self) -> None:
        if self._status is None and not is_there(self.home, "warden", self._lock):
            log.critical("the home %s was deleted or moved", self.home.path)
            self._status = CANNOT_GO_ON

    def _start_missing(self, workers: dict[str, Process]) -> None:
        """Start missing workers, except those that died too soon to be tried again at once."""
        for name in self._names:
            if self._status is None and name not in workers and self._may_start(name):
                try:
                    workers[name] = self._adopt(name) or self._start(name)
                except FileNotFoundError:
                    self._look_after_home()
                    if self._status is None:
                        raise

    def _adopt(self, name: str) -> Process | None:
        """Return a worker that a killed warden started, perhaps before writing that down."""
        known = holder(self.home, name)
        if known is None or not known.alive():
            return None
        record(self.home, name, known, self.options)
        return known

    def _start(self, name: str) -> Process:
        """Fork a worker. Raise Forked in the worker itself."""
        log.info("starting the %s", name)
        self._born[name] = time.monotonic()
        listener = None if name == "controllers" else self._listening(name)
        forks.import_workers()
        with open(self.home.path / "log" / f"{name}.log", "ab") as output, forks.signals_blocked():
            child = os.fork()
            if child == 0:
                raise self._forked(name, listener, output.fileno())
        self._children[name] = child
        process = child_process(child)
        record(self.home, name, process, self.options)
        return process

    def _forked(self, name: str, listener: socket.socket | None, output: int) -> Forked:
        """Set up a worker after the fork. No failure here may be handled as if this were the warden."""
        try:
            self._leave(listener)
            forks.settle_in(output)
            return Forked(name, self.options, None if listener is None else listener.detach())
        except BaseException:
            log.exception("the %s could not be started", name)
            os._exit(1)

    def _leave(self, listener: socket.socket | None) -> None:
        """In a worker: close what belongs to the warden. Its lock would be held for as long as the worker
        lives."""
        os.close(self._lock)
        self._pulse.close()
        for other in self._listeners.values():
            if other is not listener:
                other.close()

    def _listening(self, name: str) -> socket.socket | None:
        """Return a gateway's listening socket; None if the address is in use, which the gateway then reports itself."""
        if name not in self._listeners:
            with suppress(OSError):
                self._listeners[name] = self._listen()
        return self._listeners.get(name)

    def _close_listeners(self) -> None:
        """Close the listening sockets, so that no client waits for a gateway that will not come."""
        while self._listeners:
            self._listeners.popitem()[1].close()

    def _reap(self, name: str) -> None:
        """Find out how a worker ended, which is unknown for an adopted one."""
        child = self._children.pop(name, None)
        status = None if child is None else forks.reaped(child)
        log.warning("the %s ended%s", name, "" if status is None else f" ({status})")
        if status == CANNOT_GO_ON:
            log.critical("%s", last_words(self.home, name))
            self._status = CANNOT_GO_ON
        self._pause_after_quick_death(name)

    def _may_start(self, name: str) -> bool:
        return time.monotonic() >= self._not_before.get(name, 0.0)

    def _pause_after_quick_death(self, name: str) -> None:
        """Wait after a worker died at once (a port in use, a broken disk); keep watching the other one."""
        now = time.monotonic()
        quick = now - self._born.get(name, -60.0) < _SHORTEST_LIFE
        pause = min(_LONGEST_PAUSE, 2 * self._pause.get(name, _SHORTEST_PAUSE)) if quick else 0.0
        self._pause[name] = pause or _SHORTEST_PAUSE
        self._not_before[name] = now + pause
        if pause == _LONGEST_PAUSE and name in self._listeners:
            self._listeners.pop(name).close()


def guard(home: Home) -> None:
    """In a worker: watch the warden, and start a new one if it dies unexpectedly.

    If it ended on purpose, or the home is gone, this worker ends as well: the warden may have been killed
    before it could stop it.
    """
    threading.Thread(target=_guard, args=(home,), daemon=True).start()


def _guard(home: Home) -> None:
    entry = read_json(home.path / "run" / "warden.json")
    if entry is None:
        return  # started by hand
    while entry is not None:
        warden = Process(entry["pid"], entry["started"])
        while warden.alive():
            wait_for_end({"warden": warden}, 5.0)
        if (home.path / "run" / "warden.json").exists():
            _replace_warden(home, entry["options"])
            time.sleep(1.0)  # give it time to write its process id
        entry = read_json(home.path / "run" / "warden.json")
    os.kill(os.getpid(), signal.SIGTERM)


def _replace_warden(home: Home, options: Sequence[str]) -> None:
    command = [sys.executable, "-m", "clary.server", "warden", "--home", str(home.path), *options]
    with suppress(FileNotFoundError), open(home.path / "log" / "warden.log", "ab") as output:
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
