"""The controllers' loop: claim what is due, call its controller, write the decision. All memory is in the
store."""

from __future__ import annotations

import logging
import select
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

from clary.plane import Platform, Record, Step, World
from clary.plane.controller import Reconcile, apply
from clary.plane.signals import DUE
from clary.server.consumers import Consumers
from clary.server.heartbeat import Deadlines
from clary.server.moves import follow
from clary.server.run_watchers import Key, RunWatchers
from clary.server.wakeup import bind, drain
from clary.store.api import Stale

log = logging.getLogger("clary.controllers")

_THREADS = 8
_LEASE = 10.0
_LONGEST_WAIT = 1.0
_LONGEST_BACK_OFF = 30.0
# A turn may wait for the store at most, to which another process may be writing; a step may read a megabyte
# or ask a run. If it takes longer, the process counts as hung and the warden replaces it (heartbeat.py):
# steps can be repeated.
_LONGEST_TURN, _LONGEST_STEP = 60.0, 600.0
_TRIM_EVERY = 10.0  # seconds
_SET_BACK = 1.0  # seconds; smaller corrections of the clock are ignored
_LOOK = b"!"
_ATTEMPTS = 10  # to write a step


class Controllers:
    """Runs the controllers of all services. Any number of processes may do so at once."""

    def __init__(self, platform: Platform, bell: str, deadlines: Deadlines | None = None) -> None:
        self.platform = platform
        self._deadlines = deadlines or Deadlines()
        self._kinds = platform.registry.kinds  # those that were served last come last
        self._reconcilers: dict[str, Reconcile] = {}  # of the services that are loaded
        self._outlines = {kind: one for one in platform.registry.outlines for kind in one.kinds}
        self._bell_path = bell
        self._bell = bind(bell)
        self._due = platform.signals.watch(DUE, called=self._wake)
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="controller")
        self._busy: dict[Future[None], Key] = {}
        self._watchers = RunWatchers()
        self._consumers = Consumers(platform, self._deadlines)
        self._now = 0.0
        self._trim_at = 0.0

    def run(self, stopping: Callable[[], bool]) -> None:
        """Run until told to stop."""
        self._release()
        self._consumers.start()
        while not stopping():
            try:
                with self._deadlines.within(_LONGEST_TURN):
                    self._turn()
            except Exception:
                log.exception("a turn of the controllers failed")
                time.sleep(_LONGEST_WAIT)
        self._consumers.stop()
        self._pool.shutdown(wait=True)

    def _release(self) -> None:
        """End every lease, since their holders here are dead.

        If another process holds one, both may take the same step at once. That does no harm: steps are
        idempotent, and the version lets only one of them write.
        """
        with self.platform.store.write() as tx:
            tx.end_leases(self._kinds)

    def once(self) -> int:
        """Do one turn in this thread, for tests; return how many records were handled."""
        claimed = self._claim(_THREADS)
        for record in claimed:
            self.step(record)
        return len(claimed)

    def _turn(self) -> None:
        self._busy = {job: key for job, key in self._busy.items() if not job.done()}
        self._make_changed_due()
        self._trim_changes()
        free = _THREADS - len(self._busy)
        claimed = self._claim(free) if free else []
        for record in claimed:
            job = self._pool.submit(self.step, record)
            job.add_done_callback(lambda _: self._wake())
            self._busy[job] = (record.kind, record.scope, record.id)
        if len(claimed) < free or not free:
            self._wait(_LONGEST_WAIT if not free else self._until_due())

    def _make_changed_due(self) -> None:
        """Make records due whose runs have changed. Their version stays: a process that has read one may
        still write it."""
        keys = self._watchers.take(self._busy.values())
        if not keys:
            return
        now = self.platform.clock.now()
        with self.platform.store.write() as tx:
            for key in keys:
                tx.hasten(*key, now)

    def _trim_changes(self) -> None:
        """Now and then, delete changes that no consumer needs."""
        if time.monotonic() < self._trim_at:
            return
        self._trim_at = time.monotonic() + _TRIM_EVERY
        with suppress(Stale), self.platform.store.write() as tx:
            trimmed = tx.trim_changes()
            if trimmed.more:
                self._trim_at = 0.0
            for one in trimmed.lapsed:
                log.error("%s has not read %d changes; they are lost to it", one.name, one.behind)

    def _check_clock(self) -> None:
        """If the clock was set back, make all records due now: times written before may lie far ahead."""
        before, now = self._now, self.platform.clock.now()
        self._now = now
        if before - now > _SET_BACK:
            log.warning("the clock was set back by %.0f seconds", before - now)
            with self.platform.store.write() as tx:
                tx.hasten_all(self._kinds, now)

    def _claim(self, limit: int) -> list[Record]:
        self._check_clock()
        clock = self.platform.clock
        with self.platform.store.read() as tx:
            follow(clock, tx)
            due = tx.next_due(self._kinds, clock.timeline.ahead)
        now = clock.now()
        if due is None or due > now:
            return []
        try:
            with self.platform.store.write() as tx:
                claimed = tx.claim_due(self._kinds, now, _LEASE, limit, clock.timeline.ahead)
        except Stale:
            return []  # another process claimed at the same time
        self._kinds = _in_turn(self._kinds, {record.kind for record in claimed})
        return claimed

    def _until_due(self) -> float:
        clock = self.platform.clock
        with self.platform.store.read() as tx:
            due = tx.next_due(self._kinds, clock.timeline.ahead)
        return _LONGEST_WAIT if due is None else min(_LONGEST_WAIT, max(0.0, due - clock.now()))

    def _wait(self, seconds: float) -> None:
        """Wait until there is something to handle, or for `seconds`. Pass on signals of other topics
        meanwhile."""
        end = time.monotonic() + seconds
        while select.select([self._bell], [], [], max(0.0, end - time.monotonic()))[0]:
            rings = drain(self._bell)
            for ring in rings:
                self._watchers.notify(ring)
                self.platform.signals.heard(ring)
            if _LOOK in rings or self._watchers.has_news:
                return

    def _wake(self) -> None:
        """Wake the loop. May be called from any thread."""
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as own:
            own.setblocking(False)  # enough such hints are waiting already
            own.sendto(_LOOK, self._bell_path)

    def step(self, record: Record) -> None:
        """Call one record's controller once, and write what it decided."""
        with self._deadlines.within(_LONGEST_STEP):
            self._step(record)

    def _step(self, record: Record) -> None:
        principal = self._outlines[record.kind].principal
        seen = World(self.platform, self.platform.clock.now(), record, principal)
        world = self._watchers.world(seen, record)
        try:
            step = _reset_failures(record, self._reconciler(record.kind)(record, world))
        except Exception:
            log.exception("the controller of %s %s failed", record.kind, record.id)
            step = _back_off(record)
        self._write(record, step, world)

    def _reconciler(self, kind: str) -> Reconcile:
        """Return the controller of a kind; load its service with the first record that is due."""
        found = self._reconcilers.get(kind)
        if found is None:
            service = self.platform.services[self._outlines[kind].name]
            found = self._reconcilers[kind] = service.controllers[kind]
        return found

    def _write(self, record: Record, step: Step, world: World) -> None:
        for call in step.calls:
            self.platform.services.get(call.service)  # loaded before the transaction, for which others wait
        try:
            self._apply(record, step, world)
        except Stale:
            log.debug("%s %s was changed meanwhile", record.kind, record.id)
        except Exception:
            log.exception("the step of %s %s could not be written", record.kind, record.id)
            with suppress(Stale), self.platform.transaction(write=True) as unit:
                apply(unit, record, _back_off(record), world)

    def _apply(self, record: Record, step: Step, world: World) -> None:
        """Write a step. Raise Stale if the record was changed; PostgreSQL says so of a transaction that another one came in
        between of, too, and then the same is written again."""
        for left in reversed(range(_ATTEMPTS)):
            try:
                with self.platform.transaction(write=True) as unit:
                    apply(unit, record, step, world)
                return
            except Stale:
                if not left or self._is_changed(record):
                    raise

    def _is_changed(self, record: Record) -> bool:
        with self.platform.store.read() as tx:
            found = tx.get(record.kind, record.scope, record.id)
        return found is None or found.version != record.version


def _in_turn(kinds: list[str], served: set[str]) -> list[str]:
    """Put the kinds that were served last, so that all take turns even if only one thread is free at a time."""
    return [kind for kind in kinds if kind not in served] + [kind for kind in kinds if kind in served]


def _reset_failures(record: Record, step: Step) -> Step:
    """Reset the count of failed steps after a successful one."""
    return replace(step, private={**step.private, "attempts": None}) if "attempts" in record.private else step


def _back_off(record: Record) -> Step:
    attempts = int(record.private.get("attempts", 0)) + 1
    return Step(private={"attempts": attempts}, after=min(_LONGEST_BACK_OFF, 0.25 * 2 ** min(attempts, 8)))
