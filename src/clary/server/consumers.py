"""Consumers of the change feed: a thread for each, which acts on what changed and moves its position in one transaction.

    read the next changes -> leave out what does not concern it -> take the position -> act on each -> advance -> commit

Killed before the commit: nothing happened, and the same changes come again. Of several processes one acts at a time,
since the position is locked from its taking to the commit; another finds it moved, and reads again. Which changes there
are is read beforehand, so that the store is held for the acting alone. Changes that do not concern a consumer cost no
transaction: the position follows a thousand at a time, and how far they were read is kept in memory.

A consumer that raises acts on nothing else until that change is done: those before it are committed, then it is tried
alone, after growing pauses. A change that has failed `ATTEMPTS` times (about two minutes) is written to the log with
all it says, and left out: a feed that stands still would grow, and everything after it would be lost in the end. The
attempts are counted in this process; a new one begins again. That the store is busy or full is no failure of a
consumer's, and is waited out.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from threading import Event, Thread

from clary.plane import Platform
from clary.plane.changes import Consumer, Reaction
from clary.plane.signals import CHANGES
from clary.plane.unit import Unit
from clary.server.heartbeat import Deadlines
from clary.server.on_demand import ON_DEMAND
from clary.store.api import Busy, Change, NoSpace, Stale
from clary.store.driver_errors import translate_error

log = logging.getLogger("clary.consumers")

ATTEMPTS = 10
_AT_ONCE = 100  # changes in one transaction
_SECONDS_AT_ONCE = 0.05  # that a transaction may go on to the next change: others wait for the store
_LONGEST_BATCH = 60.0
_LONGEST_BACK_OFF = 30.0
_UNHEARD = 5.0  # seconds after which a thread looks by itself: signals are hints
_STORE_PAUSE = 1.0
# Changes that a position may lie behind though none of them is the consumer's: a write for each would be many.
_SKIPPED = 1000


class Failed(Exception):
    """A consumer raised when it acted on this change; why is the cause."""

    def __init__(self, change: Change) -> None:
        super().__init__(change.number)
        self.change = change


@dataclass(frozen=True, slots=True)
class Batch:
    """The next changes after the position `at` that concern the consumer: all of them up to the change `end`, which is the
    newest one where `whole`."""

    at: int
    changes: Sequence[Change]
    end: int
    whole: bool


class Reader:
    """One consumer in this process. `turn` acts once, in the thread that calls it."""

    def __init__(self, platform: Platform, consumer: Consumer, deadlines: Deadlines) -> None:
        self._platform = platform
        self._consumer = consumer
        self._deadlines = deadlines
        self._failed: Change | None = None
        self._attempts = 0
        # A position, and up to which change nothing after it concerns the consumer.
        self._passed = (-1, 0)

    def enroll(self) -> None:
        """Say in the store that this consumer is there, and which changes it wants, so that they are kept for it and those
        that are written on demand are written."""
        consumer = self._consumer
        kinds = (consumer.kinds or sorted(ON_DEMAND)) if consumer.wants_all else ()
        with self._platform.store.write() as tx:
            tx.enroll(consumer.name, kinds)

    def turn(self) -> float | None:
        """Act on the next changes. Return after how many seconds to go on, None when there was nothing to do."""
        try:
            with self._deadlines.within(_LONGEST_BATCH):
                return self._step(self._read())
        except Failed as failed:
            return self._back_off(failed)
        except Stale:
            return 0.0  # another process acted at the same moment
        except (Busy, NoSpace) as error:
            log.warning("%s waits for the store: %s", self._consumer.name, error)
            return _STORE_PAUSE

    def _read(self) -> Batch:
        """Read the next changes; first of all enroll, where the store does not know this consumer or has dropped it."""
        while True:
            with self._platform.store.read() as tx:
                at = tx.position(self._consumer.name)
                if at is not None:
                    newest = tx.newest_change()
                    found = tx.changes(self._after(at, newest), _AT_ONCE, self._consumer.kinds or None)
                    break
            self.enroll()
        whole = len(found) < _AT_ONCE
        end = newest if whole else found[-1].number
        return Batch(at, [change for change in found if self._concerns(change)], end, whole)

    def _after(self, at: int, newest: int) -> int:
        """Return after which change to go on. A position that is not the one that was remembered is another process's, or the
        feed has begun again; then nothing is known of what follows it."""
        known, passed = self._passed
        return passed if known == at and passed <= newest else at

    def _concerns(self, change: Change) -> bool:
        try:
            return self._consumer.concerns(change)
        except Exception:  # it will raise when it acts on this change, and that is tried again and logged
            return True

    def _step(self, batch: Batch) -> float | None:
        due = self._due(batch.changes)
        if due:
            with self._platform.transaction(write=True) as unit:
                at = self._act_on(unit, batch.at, due)
            self._forgive(due)
            if batch.changes[-1].number == at:
                self._passed = (at, batch.end)
            return 0.0
        if batch.end - batch.at > _SKIPPED:
            self._advance(batch.at, batch.end)
        else:
            self._passed = (batch.at, batch.end)
        return None if batch.whole else 0.0

    def _due(self, changes: Sequence[Change]) -> Sequence[Change]:
        """Return what is to be acted on in one transaction: all; or those before the one that failed; or that one alone."""
        if self._failed is None:
            return changes
        return [change for change in changes if change.number < self._failed.number] or changes[:1]

    def _act_on(self, unit: Unit, at: int, due: Sequence[Change]) -> int:
        """Return how far it got. Raise Stale where the position has moved meanwhile, Failed where the consumer raises."""
        name, end = self._consumer.name, time.monotonic() + _SECONDS_AT_ONCE
        self._take(unit, at)
        for change in due:
            self._act(unit, change)
            at = change.number
            if time.monotonic() > end:
                break
        unit.tx.advance(name, at)
        return at

    def _take(self, unit: Unit, at: int) -> None:
        if unit.tx.take_position(self._consumer.name) != at:
            raise Stale(f"another process moved the position of {self._consumer.name}")

    def _act(self, unit: Unit, change: Change) -> None:
        platform, consumer = self._platform, self._consumer
        try:
            consumer.react(Reaction(platform, change, consumer.principal, unit, platform.clock.now()), change)
        except Exception as error:
            if _is_the_stores(error):
                raise
            raise Failed(change) from error

    def _advance(self, at: int, to: int) -> None:
        with self._platform.transaction(write=True) as unit:
            self._take(unit, at)
            unit.tx.advance(self._consumer.name, to)

    # failures ----------------------------------------------------------------------------------------------------

    def _forgive(self, done: Sequence[Change]) -> None:
        """Forget the failures of a change that is done now, here or by another process."""
        if self._failed is not None and done[0].number >= self._failed.number:
            self._failed, self._attempts = None, 0

    def _back_off(self, failed: Failed) -> float:
        change, cause = failed.change, failed.__cause__
        known = self._failed is not None and self._failed.number == change.number
        self._failed, self._attempts = change, self._attempts + 1 if known else 1
        if self._attempts >= ATTEMPTS:
            return self._leave_out(change, cause)
        log.warning(
            "%s failed on change %d of %s %s (attempt %d of %d)",
            *(self._consumer.name, change.number, change.kind, change.id, self._attempts, ATTEMPTS),
            exc_info=cause,
        )
        return min(_LONGEST_BACK_OFF, 0.25 * 2**self._attempts)

    def _leave_out(self, change: Change, cause: BaseException | None) -> float:
        said = json.dumps(asdict(change), ensure_ascii=False)
        log.error(
            "%s leaves out a change after %d attempts: %s",
            self._consumer.name,
            ATTEMPTS,
            said,
            exc_info=cause,
        )
        try:
            with self._platform.store.write() as tx:
                tx.advance(self._consumer.name, change.number)
        except (Stale, Busy, NoSpace):
            return _STORE_PAUSE  # it is tried once more
        self._failed, self._attempts = None, 0
        return 0.0


def _is_the_stores(error: Exception) -> bool:
    """Whether the store failed and not the consumer: it was busy or full, or another transaction came in between. A
    record that the consumer had read before somebody changed it is the consumer's matter."""
    meaning = translate_error(error)
    return isinstance(meaning, Busy | NoSpace) or (isinstance(meaning, Stale) and meaning is not error)


class Consumers:
    """All consumers of a platform."""

    def __init__(
        self,
        platform: Platform,
        deadlines: Deadlines | None = None,
        consumers: Sequence[Consumer] | None = None,
    ) -> None:
        known = platform.registry.consumers()
        self._platform = platform
        self.readers = [
            Reader(platform, one, deadlines or Deadlines())
            for one in (known if consumers is None else consumers)
        ]
        self._stopping = Event()
        self._news: list[Event] = []
        self._threads: list[Thread] = []

    def start(self) -> None:
        """Let each go on in a thread of its own, until `stop`. From here on what they want is written."""
        for reader in self.readers:
            reader.enroll()
            news = Event()
            self._news.append(news)
            thread = Thread(target=self._run, args=(reader.turn, news), name="consumer", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """End the threads; what they are at is finished."""
        self._stopping.set()
        for news in self._news:
            news.set()
        for thread in self._threads:
            thread.join()

    def once(self) -> None:
        """Act on all there is, in this thread, for tests; a consumer that fails is left as it is."""
        for reader in self.readers:
            while reader.turn() == 0.0:
                continue

    def _run(self, turn: Callable[[], float | None], news: Event) -> None:
        with self._platform.signals.watch(CHANGES, called=news.set):
            while not self._stopping.is_set():
                news.clear()
                pause = self._turn(turn)
                if pause is None:
                    news.wait(_UNHEARD)
                else:
                    self._stopping.wait(pause)

    def _turn(self, turn: Callable[[], float | None]) -> float | None:
        try:
            return turn()
        except Exception:
            log.exception("a turn of a consumer failed")
            return _STORE_PAUSE
