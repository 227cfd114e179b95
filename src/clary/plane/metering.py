"""Counts of calls: how many, by account, operation and kind of caller, how many failed, how long they took.
Knows no service.

Counts are kept in memory, at the cost of a dictionary entry per call, and stored every few seconds by the
process (`store`). A process that is killed loses what it has counted since. Counts per minute are kept for a
day, per hour for ninety days.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock
from typing import Any

from clary.kernel import AwsError, Caller
from clary.plane.around import Invocation
from clary.plane.throttling import is_throttling
from clary.store.api import Tx
from clary.wire import Operation

EVERY = 5.0  # seconds between two times that counts are stored
_MINUTE, _HOUR = 60, 3600
_MINUTES_KEPT = 24 * _HOUR  # seconds
_HOURS_KEPT = 90 * 24 * _HOUR
# How many different (account, service, operation, …) of a minute are kept. Further ones are counted together
# as OTHER.
_MOST_KEYS = 2000
OTHER = "*"
_MOST_ROWS = 10_000

Key = tuple[str, Operation | None, str, bool]  # account, operation (None: OTHER), kind of caller, from inside
Row = tuple[Any, ...]

COLUMNS = (
    "at",
    "span",
    "account",
    "service",
    "operation",
    "caller",
    "inside",
    "calls",
    "client_errors",
    "server_errors",
    "throttled",
    "seconds",
)
_SUMS = COLUMNS[7:]
_ADD = (
    f"INSERT INTO usage ({', '.join(COLUMNS)}) VALUES ({', '.join('?' for _ in COLUMNS)}) "
    "ON CONFLICT (at, span, account, service, operation, caller, inside) DO UPDATE SET "
    + ", ".join(f"{name} = usage.{name} + excluded.{name}" for name in _SUMS)
)
_ROLL_UP = (
    "SELECT at - at % ?, ?, account, service, operation, caller, inside, "
    + ", ".join(f"SUM({name})" for name in _SUMS)
    + " FROM usage WHERE span = ? AND at < ? GROUP BY 1, 2, 3, 4, 5, 6, 7"
)


class Counts:
    """The calls of one key."""

    __slots__ = ("calls", "client_errors", "seconds", "server_errors", "throttled")

    def __init__(self) -> None:
        self.calls = self.client_errors = self.server_errors = self.throttled = 0
        self.seconds = 0.0

    def fail(self, error: BaseException) -> None:
        """Count a failure as the client sees it. If the client has gone, it counts as the client's."""
        status = error.status if isinstance(error, AwsError) else 500 if isinstance(error, Exception) else 400
        self.server_errors += status >= 500
        self.client_errors += status < 500
        self.throttled += isinstance(error, AwsError) and is_throttling(error)

    def add(self, other: Counts) -> None:
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Metering:
    """The hook that counts the calls of one process (around.py)."""

    def __init__(self) -> None:
        self._counts: dict[Key, Counts] = {}
        self._lock = Lock()
        self._storing = Lock()
        self._minute = 0  # of the last time
        self._known: set[Key] = set()  # of this minute
        self._tidied = 0

    def before(self, call: Invocation) -> None:
        """Do nothing: calls are counted when they have ended."""

    def after(self, call: Invocation) -> None:
        ctx = call.ctx
        caller = ctx.caller
        key = (caller.account, ctx.op, "root" if caller.is_root else kind_of(caller), ctx.inside)
        with self._lock:
            counts = self._counts.get(key) or self._new(key)
            counts.calls += 1
            counts.seconds += call.seconds
            if call.error is not None:
                counts.fail(call.error)

    def _new(self, key: Key) -> Counts:
        if len(self._known) >= _MOST_KEYS and key not in self._known:
            key = (OTHER, None, OTHER, False)
        self._known.add(key)
        return self._counts.setdefault(key, Counts())

    # storing -----------------------------------------------------------------------------------------------------

    def store(self, platform: Any) -> None:
        """Add the counts to the store, in a thread. If that fails, keep them for the next time and raise the
        error."""
        with self._storing:
            now = int(platform.clock.now())
            counted = self._take(now)
            if not counted and now // _HOUR == self._tidied:
                return
            try:
                with platform.store.write() as tx:
                    _add(tx, now, counted)
                    self._tidy(tx, now)
                self._tidied = now // _HOUR
            except BaseException:
                self._give_back(counted)
                raise

    def _take(self, now: int) -> dict[Key, Counts]:
        with self._lock:
            counted, self._counts = self._counts, {}
            if self._minute and now // _MINUTE != self._minute:
                self._known = set()
            self._minute = now // _MINUTE
        return counted

    def _give_back(self, counted: dict[Key, Counts]) -> None:
        with self._lock:
            for key, counts in counted.items():
                (self._counts.get(key) or self._new(key)).add(counts)

    def _tidy(self, tx: Tx, now: int) -> None:
        """Once an hour, add up minutes that are a day old to hours, and delete old hours."""
        if now // _HOUR == self._tidied:
            return
        past = (now - _MINUTES_KEPT) // _HOUR * _HOUR
        for row in tx.sql(_ROLL_UP, _HOUR, _HOUR, _MINUTE, past):
            tx.sql(_ADD, *row)
        tx.sql("DELETE FROM usage WHERE span = ? AND at < ?", _MINUTE, past)
        tx.sql("DELETE FROM usage WHERE span = ? AND at < ?", _HOUR, now - _HOURS_KEPT)


def metering_of(platform: Any) -> Metering:
    """Return the metering hook of a platform. Raise LookupError if there is none."""
    found = next((hook for hook in platform.around if isinstance(hook, Metering)), None)
    if found is None:
        raise LookupError("calls are not counted here")
    return found


def _add(tx: Tx, now: int, counted: dict[Key, Counts]) -> None:
    minute = now // _MINUTE * _MINUTE
    for (account, op, caller, inside), counts in counted.items():
        names = (op.service.name, op.name) if op is not None else (OTHER, OTHER)
        sums = [getattr(counts, name) for name in _SUMS]
        tx.sql(_ADD, minute, _MINUTE, account, *names, caller, int(inside), *sums)


def usage(tx: Tx, since: float) -> list[dict[str, Any]]:
    """Return the counts of minutes and hours that began at `since` or later, the latest first."""
    statement = f"SELECT {', '.join(COLUMNS)} FROM usage WHERE at >= ? ORDER BY at DESC, calls DESC LIMIT ?"
    return [_shown(row) for row in tx.sql(statement, int(since), _MOST_ROWS)]


def _shown(row: Iterable[Any]) -> dict[str, Any]:
    found = dict(zip(COLUMNS, row, strict=True))
    return {**found, "inside": bool(found["inside"]), "seconds": float(found["seconds"])}


def kind_of(caller: Caller) -> str:
    """Return the kind of principal of a caller."""
    if caller.service:
        return "service"
    if caller.is_anonymous:
        return "anonymous"
    if caller.is_root:
        return "root"
    arn = caller.arn
    if ":assumed-role/" in arn:
        return "role"
    return "federated-user" if ":federated-user/" in arn else "user"
