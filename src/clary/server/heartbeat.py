"""Signs of life. A worker sends its name to the warden once a second; the warden counts for how long one is silent.

    gateway       its event loop sends
    controllers   a thread of its own sends, unless the loop or a step is beyond its time (Deadlines)

Silence is counted in the worker's own time (vitals.py), so that neither a busy machine nor one that slept makes a worker
seem hung. A beat is a datagram: nothing is written to a disk that may be full.
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
"""The same before its first sign of life: it makes tables, certificates and accounts."""
_CALM = 2.0  # seconds of silence that are not looked into
_LONGEST_TURN = 1.0  # the warden itself may have been stopped meanwhile: more does not count


class Heart:
    """The worker's end."""

    def __init__(self, home: Home, name: str) -> None:
        self._path = home.bell("warden")
        self._name = name.encode()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def beat(self) -> None:
        """Say that this worker lives. There may be no warden just now."""
        with suppress(OSError):
            self._socket.sendto(self._name, self._path)

    async def on_loop(self) -> None:
        """Beat as long as the event loop turns."""
        while True:
            self.beat()
            await asyncio.sleep(BEAT)

    def beside(self, deadlines: Deadlines) -> None:
        """Beat from a thread, as long as nothing is beyond its deadline."""
        threading.Thread(target=self._beside, args=(deadlines,), daemon=True, name="heart").start()

    def _beside(self, deadlines: Deadlines) -> None:
        while True:
            if not deadlines.missed():
                self.beat()
            time.sleep(BEAT)


class Deadlines:
    """By when each thing that is under way in this process should be over."""

    def __init__(self) -> None:
        self._due: dict[object, float] = {}

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """The block should end in time. If it does not, this process is as good as hung."""
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
    """A worker as the warden hears it. `silent` is in its own time, `looked` and `heard` on the warden's clock."""

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
        """Hear nothing any more."""
        self._bell.close()

    def take(self) -> None:
        """Hear every beat that has come. A bell that somebody has deleted is hung again."""
        for name in drain(self._bell):
            watched = self._watched.get(name.decode("ascii", "replace"))
            if watched is not None:
                watched.heard, watched.beaten, watched.silent = time.monotonic(), True, 0.0
                watched.vitals = None
        if not self._is_there():
            old = self._bell
            with suppress(OSError):  # there is no folder any more: the warden will see that its home is gone
                self._listen()
                old.close()

    def _is_there(self) -> bool:
        try:
            return os.path.samestat(os.stat(self.path), self._file)
        except FileNotFoundError:
            return False

    def hung(self, name: str, pid: int) -> bool:
        """Whether a worker has been silent for too long; to be asked about twice a second."""
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
        """This worker has ended; the next of its name begins again."""
        self._watched.pop(name, None)
