"""Signals: something has happened to a topic. They shorten waiting; they are never the only way to learn
something.

A topic is a string: a kind of records (`sagemaker:Endpoint`), one record, a queue. `notify` wakes every
waiter of this process and, by datagrams, those of the platform's other processes (server/wakeup.py binds
their sockets). Nothing is stored for topics that nothing watches. A waiter must also check now and then by
itself, since a datagram to a process that is just starting is lost.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from queue import Full, Queue
from threading import Lock, Thread
from typing import TypeVar

T = TypeVar("T")

# For controllers: a record is due now.
DUE = "due"
# For the change feed: changes were just committed.
CHANGES = "changes"
_MARK = b"@"
_LONGEST_TOPIC = 1024  # characters
_TOGETHER = 32  # topics in one datagram
_MOST_UNSENT = 1024  # datagrams waiting for a process that does not read them
_PATIENCE = 5.0  # seconds


class Closing(Exception):
    """This process is ending, so waiting has ended."""


class Watch:
    """A waiter. It misses no notification after its creation, even while it is not waiting."""

    __slots__ = ("_called", "_news", "_signals", "_wake", "topics")

    def __init__(self, signals: Signals, topics: tuple[str, ...], called: Callable[[], None] | None) -> None:
        self.topics = topics
        self._signals = signals
        self._called = called
        self._news = False
        self._wake: Callable[[], None] | None = None

    async def wait(self, timeout: float) -> bool:
        """Wait until one of the topics is notified; return True, or False after `timeout` seconds.

        A notification since the last call counts. Raise Closing when this process ends. One task at a time
        may wait.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        if self._signals._begin(self, lambda: _wake(loop, future)):
            return True
        timer = loop.call_later(timeout, _settle, future)
        try:
            await future
        finally:
            timer.cancel()
            self._wake = None
        return self._signals._begin(self, None)

    def take(self) -> bool:
        """Return whether there was a notification since the last call, without waiting."""
        news, self._news = self._news, False
        return news

    def close(self) -> None:
        """Stop watching."""
        self._signals._leave(self)

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _tell(self) -> None:
        self._news = True
        if self._wake is not None:
            self._wake()
        if self._called is not None:
            self._called()


class Signals:
    """The signals of one process. `paths` are the sockets of all of the platform's processes."""

    def __init__(self, paths: Iterable[str] = ()) -> None:
        self._paths = tuple(paths)
        self._own = secrets.token_hex(4).encode()
        self._watches: dict[str, list[Watch]] = {}
        self._lock = Lock()
        self._closing = False
        self._socket: socket.socket | None = None
        self._unsent: Queue[tuple[str, bytes]] | None = None

    # waiting -----------------------------------------------------------------------------------------------------

    def watch(self, *topics: str, called: Callable[[], None] | None = None) -> Watch:
        """Return a waiter for any of these topics; close it after use.

        `called` is called at each notification, in any thread.
        """
        watch = Watch(self, topics, called)
        with self._lock:
            for topic in topics:
                self._watches.setdefault(topic, []).append(watch)
        return watch

    async def wait(self, topic: str, timeout: float) -> bool:
        """Wait until the topic is notified; return True, or False after `timeout` seconds. Raise Closing.

        To check something first, create a `watch` before the check.
        """
        with self.watch(topic) as watch:
            return await watch.wait(timeout)

    async def poll(
        self,
        topics: Iterable[str],
        look: Callable[[], Awaitable[T]],
        timeout: float,
        every: float = float("inf"),
    ) -> T:
        """Poll until `look` finds something and return that, or what it finds after `timeout` seconds.

        It looks when a topic is notified and `every` so many seconds, and ends early when this process ends.
        """
        clock = asyncio.get_running_loop().time
        end = clock() + timeout
        with self.watch(*topics) as watch:
            while True:
                found = await look()
                left = end - clock()
                if found or left <= 0:
                    return found
                try:
                    await watch.wait(min(left, every))
                except Closing:
                    return found

    def close(self) -> None:
        """End all waiting, now and in future."""
        with self._lock:
            self._closing = True
            watches = [watch for those in self._watches.values() for watch in those]
        for watch in watches:
            watch._tell()

    def _begin(self, watch: Watch, wake: Callable[[], None] | None) -> bool:
        with self._lock:
            if self._closing:
                raise Closing
            watch._wake = wake
            return watch.take()

    def _leave(self, watch: Watch) -> None:
        with self._lock:
            for topic in watch.topics:
                those = self._watches.get(topic, [])
                if watch in those:
                    those.remove(watch)
                if not those:
                    self._watches.pop(topic, None)

    # telling -----------------------------------------------------------------------------------------------------

    def notify(self, *topics: str) -> None:
        """Wake those who wait for these topics, in every process of the platform. May be called from any
        thread."""
        for topic in topics:
            if len(topic) > _LONGEST_TOPIC or "\n" in topic:
                raise ValueError(f"not a topic: {topic[:80]!r}")
        self._deliver(topics)
        for start in range(0, len(topics), _TOGETHER):
            text = "\n".join(topics[start : start + _TOGETHER])
            self._send(_MARK + self._own + b" " + text.encode())

    def heard(self, datagram: bytes) -> None:
        """Handle a datagram to this process's socket: the notification of another process; anything else is
        ignored."""
        head, _, text = datagram.partition(b" ")
        if head.startswith(_MARK) and head != _MARK + self._own:
            self._deliver(text.decode("utf-8", "replace").split("\n"))

    def _deliver(self, topics: Iterable[str]) -> None:
        if not self._watches:
            return
        with self._lock:
            found = {watch for topic in topics for watch in self._watches.get(topic, ())}
            for watch in found:
                watch._tell()

    def _send(self, data: bytes) -> None:
        if self._socket is None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
        for path in self._paths:
            try:
                self._socket.sendto(data, path)
            except BlockingIOError:
                self._send_later(path, data)
            except OSError:  # no process listens
                continue

    def _send_later(self, path: str, data: bytes) -> None:
        """Send when the queue is full (net.unix.max_dgram_qlen): a thread waits until it has room."""
        with self._lock:
            if self._unsent is None:
                self._unsent = Queue(_MOST_UNSENT)
                Thread(target=_send_waiting, args=(self._unsent,), name="clary-signals", daemon=True).start()
        with suppress(Full):
            self._unsent.put_nowait((path, data))


def _send_waiting(unsent: Queue[tuple[str, bytes]]) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as patient:
        patient.settimeout(_PATIENCE)
        while True:
            path, data = unsent.get()
            with suppress(OSError):
                patient.sendto(data, path)


def _wake(loop: asyncio.AbstractEventLoop, future: asyncio.Future[None]) -> None:
    with suppress(RuntimeError):  # the loop is closed, so nothing waits
        loop.call_soon_threadsafe(_settle, future)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
