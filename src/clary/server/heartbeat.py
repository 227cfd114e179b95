"""Signs of life: each worker sends its name to the warden once a second, and the warden measures how long it
is silent.

    gateway       its event loop sends
    controllers   a thread of its own sends, unless the loop or a step is beyond its time (Deadlines)

Silence is counted in the worker's own time (vitals.py), so that neither a busy nor a suspended machine makes
a worker seem hung. A beat is a datagram: nothing is written to a disk that may be full.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from clary.server.home import Home
from clary.server.vitals import Vitals
from clary.server.wakeup import bind, drain

BEAT = 1.0
SILENT = 15.0
"""Seconds of a worker's own time without a sign of life, after which it is replaced."""
STARTING = 120.0
"""The same before its first sign of life, while it makes tables, certificates and accounts."""
_CALM = 2.0  # seconds of silence that are not examined
_LONGEST_TURN = 1.0  # the warden itself may have been stopped meanwhile, so longer turns do not count


class Heart:
    """The worker's end."""

    def __init__(self, home: Home, name: str) -> None:
        self._path = home.bell("warden")
        self._name = name.encode()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def beat(self) -> None:
        """Send a sign of life. There may be no warden at the moment."""
        with suppress(OSError):
            self._socket.sendto(self._name, self._path)

    async def on_loop(self) -> None:
        """Send signs of life while the event loop runs."""
        while True:
            self.beat()
            await asyncio.sleep(BEAT)

    def beside(self, deadlines: Deadlines) -> None:
        """Send signs of life from a thread, unless something is beyond its deadline."""
        threading.Thread(target=self._beside, args=(deadlines,), daemon=True, name="heart").start()

    def _beside(self, deadlines: Deadlines) -> None:
        while True:
            if not deadlines.missed():
                self.beat()
            time.sleep(BEAT)


class Deadlines:
    """The deadlines of what is in progress in this process."""

    def __init__(self) -> None:
        self._due: dict[object, float] = {}

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Set a deadline for a block. If it is missed, this process counts as hung."""
        key = object()
        self._due[key] = time.monotonic() + seconds
        try:
            yield
        finally:
            del self._due[key]

    def missed(self) -> bool:
        now = time.monotonic()
        return any(due < now for due in list(self._due.values()))


@dataclass(slots=True)
class _Watched:
    """A worker as the warden sees it. `silent` is in the worker's own time, `looked` and `heard` on the
    warden's clock."""

    heard: float
    looked: float
    beaten: bool = False
    silent: float = 0.0
    vitals: Vitals | None = None


@dataclass(slots=True)
class Pulse:
    """The warden's end."""

    path: str
    _bell: socket.socket = field(init=False)
    _file: os.stat_result = field(init=False)
    _watched: dict[str, _Watched] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._listen()

    def _listen(self) -> None:
        self._bell = bind(self.path)
        self._file = os.stat(self.path)

    def close(self) -> None:
        """Stop listening."""
        self._bell.close()

    def take(self) -> None:
        """Receive the signs of life that have arrived. Bind the socket again if somebody has deleted it."""
        for name in drain(self._bell):
            watched = self._watched.get(name.decode("ascii", "replace"))
            if watched is not None:
                watched.heard, watched.beaten, watched.silent = time.monotonic(), True, 0.0
                watched.vitals = None
        if not self._is_there():
            old = self._bell
            with suppress(OSError):  # the folder is gone: the warden will notice that its home is
                self._listen()
                old.close()

    def _is_there(self) -> bool:
        try:
            return os.path.samestat(os.stat(self.path), self._file)
        except FileNotFoundError:
            return False

    def hung(self, name: str, pid: int) -> bool:
        """Return whether a worker has been silent for too long; call this about twice a second."""
        now = time.monotonic()
        watched = self._watched.setdefault(name, _Watched(now, now))
        if now - watched.heard >= _CALM:
            vitals = Vitals.of(pid)
            if watched.vitals is not None:
                watched.silent += vitals.own_time(min(now - watched.looked, _LONGEST_TURN), watched.vitals)
            watched.vitals = vitals
        watched.looked = now
        return _CALM + watched.silent > (SILENT if watched.beaten else STARTING)

    def forget(self, name: str) -> None:
        """Forget a worker that has ended; the next one of its name starts from zero."""
        self._watched.pop(name, None)
