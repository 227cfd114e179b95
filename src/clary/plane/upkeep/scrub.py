"""The scrub of a service: everything that it keeps on the disk is read once a week, or as slowly as it takes.

A pass goes through the kinds of things that the service has, each in the order of its primary keys. How far it is, is written
down while it reads, so that a platform that is restarted every day gets to the end as well. What cannot be read is damaged,
and the pass goes on; only what is wrong with the whole machine ends it, until the next hour.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from clary.kernel.sealing import Damaged as DamagedKey
from clary.kernel.text import printable
from clary.objects.api import Damaged, Missing
from clary.plane.outline import Scrubbed
from clary.plane.platform import Platform
from clary.plane.service import Service
from clary.plane.upkeep import damage, passes
from clary.plane.upkeep.damage import Place
from clary.plane.upkeep.passes import Pass
from clary.plane.upkeep.reading import CHANGED, MISSING, Pace, Pacer, Unreadable
from clary.store.api import Tx

_FIRST = 600.0  # seconds after the start
_LOOK = 3600.0  # seconds until it is looked whether a pass is due
_PAUSE = 1.0  # seconds between batches
_WEEK = 7 * 86400.0  # from the beginning of a pass to that of the next
_BATCH = 100  # things
_KEEP = 64 << 20  # bytes after which it is written down how far the pass is: 8 seconds' worth
_OF_THE_MACHINE = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)


class Item(NamedTuple):
    """One thing whose bytes lie in `blob`, or in its row with ''. `parts` can be read one by one; `about` is for who reads it."""

    place: Place
    blob: str
    name: str
    parts: int = 1
    about: Any = None


class Source(NamedTuple):
    """Things of one kind. `following` returns the next so many behind a primary key; `check` reads one part of a thing, and
    returns what is wrong with it, or ''."""

    kind: str
    following: Callable[[Tx, Place, int], list[Item]]
    check: Callable[[Platform, Item, int, Pace], Awaitable[str]]


class Scrub:
    """Reads what a service keeps on the disk. There is a `Scrubbed` of the service for each source."""

    def __init__(self, service: Service, *sources: Source) -> None:
        self._service = service
        self._log = logging.getLogger(f"clary.{service.name}")
        self._sources = {one.kind: one for one in sources}
        service.background(self.keep_going, alone=True)

    async def keep_going(self, platform: Platform) -> None:
        """Begin a pass when one is due, and go on with one that a stop has interrupted."""
        await asyncio.sleep(_FIRST)
        while True:
            try:
                more = await self.some(platform, Pacer())
            except Exception:
                self._log.exception("The scrub has failed; trying again in an hour")
                more = False
            await asyncio.sleep(_PAUSE if more else _LOOK)

    async def some(self, platform: Platform, pace: Pace) -> bool:
        """Check some things, where a pass goes on or is due. Return whether there is more to be checked now."""
        at = await platform.store.run(lambda tx: passes.current(tx, self._service.name), write=False)
        now = platform.clock.now()
        if at.kind not in self._sources:
            if now < at.begun + _WEEK:
                return False
            at = at.begin(next(iter(self._sources)), now)
        walk = _Walk(platform, self._service, self._sources[at.kind], at, pace, self._log)
        try:
            if await walk.batch():
                walk.at = self._further(walk.at, now)
        finally:  # also where the platform is stopped in the middle of it
            await walk.keep()
        return walk.at.kind != ""

    def _further(self, at: Pass, now: float) -> Pass:
        """Return a pass behind the last thing of a kind."""
        kinds = list(self._sources)
        rest = kinds[kinds.index(at.kind) + 1 :]
        return at.turn_to(rest[0]) if rest else at.end(now)


class _Walk:
    """A stretch of a pass."""

    def __init__(
        self,
        platform: Platform,
        service: Service,
        source: Source,
        at: Pass,
        pace: Pace,
        log: logging.Logger,
    ) -> None:
        self.at = at
        self._platform = platform
        self._service = service.name
        self._scrubbed = service.scrubbed
        self._source = source
        self._given = pace
        self._log = log
        self._unkept = 0

    async def batch(self) -> bool:
        """Check the next things. Return whether these were the last ones of their kind."""
        after = self.at.after
        found = await self._platform.store.run(
            lambda tx: self._source.following(tx, after, _BATCH), write=False
        )
        for item in found:
            await self._check(item)
        return len(found) < _BATCH

    async def keep(self) -> None:
        """Write down how far the pass is."""
        at, self._unkept = self.at, 0

        def write(tx: Tx) -> None:
            passes.keep(tx, self._service, at)
            if not at.kind:
                damage.forget_gone(tx, self._service, self._scrubbed)

        await self._platform.store.run(write, write=True)

    async def _check(self, item: Item) -> None:
        reason = await self._reason(item)
        await self._note(item, reason)
        self.at = self.at.behind(item.place)
        await self._keep_now_and_then()

    async def _reason(self, item: Item) -> str:
        """Return what is wrong with a thing. The parts that were found well before a stop are not read again."""
        known = self.at.part if item.blob and item.blob == self.at.blob else 0
        for part in range(known, item.parts):
            if part > known:
                self.at = self.at._replace(blob=item.blob, part=part)
                await self._keep_now_and_then()
            if reason := await self._reason_of_part(item, part):
                return reason
        return ""

    async def _reason_of_part(self, item: Item, part: int) -> str:
        try:
            return await self._source.check(self._platform, item, part, self._pace)
        except Missing:
            return MISSING
        except Damaged:
            return CHANGED
        except OSError as error:
            if error.errno in _OF_THE_MACHINE:
                raise
            return _unreadable(error.strerror or str(error))
        except Unreadable as error:
            return _unreadable(str(error))
        except (DamagedKey, LookupError, TypeError, ValueError) as error:
            return _unreadable(f"{type(error).__name__}: {error}")

    async def _note(self, item: Item, reason: str) -> None:
        name, reason = printable(item.name), printable(reason)
        if await self._platform.store.run(lambda tx: self._changes_nothing(tx, item, reason), write=False):
            return

        def note(tx: Tx) -> bool:
            # It may have been deleted or written again while its bytes were read.
            return damage.is_there(tx, self._of, item.place, item.blob) and damage.note(
                tx, self._service, self._source.kind, item.place, item.blob, name, reason, self._now
            )

        if await self._platform.store.run(note, write=True):
            self._log.error("damaged: %s: %s", name, reason)

    def _changes_nothing(self, tx: Tx, item: Item, reason: str) -> bool:
        return not reason and not damage.is_known(tx, self._service, self._source.kind, item.place)

    @property
    def _of(self) -> Scrubbed:
        return next(one for one in self._scrubbed if one.kind == self._source.kind)

    @property
    def _now(self) -> float:
        return self._platform.clock.now()

    async def _keep_now_and_then(self) -> None:
        if self._unkept >= _KEEP:
            await self.keep()

    async def _pace(self, size: int) -> None:
        self.at = self.at._replace(bytes=self.at.bytes + size)
        self._unkept += size
        await self._given(size)


def _unreadable(why: str) -> str:
    return f"the bytes cannot be read ({why})"
