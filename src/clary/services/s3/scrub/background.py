"""Go over all versions, slowly, as long as the gateway runs: one pass a week, or as long as it takes."""

from __future__ import annotations

import asyncio
import logging

from clary.kernel import Caller
from clary.plane import Context, Platform
from clary.services.s3.bucket_rows import Bucket, find_bucket
from clary.services.s3.object_rows import Row
from clary.services.s3.scrub import rows
from clary.services.s3.scrub.check import reason_of
from clary.services.s3.scrub.rows import Pass, Place
from clary.services.s3.service import s3
from clary.store.api import Tx

log = logging.getLogger("clary.s3")

_FIRST = 600.0  # seconds after the start
_LOOK = 3600.0  # seconds until it is looked whether a pass is due
_PASS = 7 * 86400.0  # seconds from the beginning of a pass to that of the next
_BATCH = 100  # versions
_RATE = 8 << 20  # bytes in a second: 20 TB in a month
_PIECE = 1 << 20  # bytes after which others have their turn


@s3.background(tables=("s3_bucket",), alone=True)
async def keep_scrubbed(platform: Platform) -> None:
    """Begin a pass when one is due, and go on with one that a stop has interrupted."""
    await asyncio.sleep(_FIRST)
    while True:
        try:
            more = await scrub_some(platform, Pacer())
        except Exception:
            log.exception("The scrub has failed; trying again in an hour")
            more = False
        await asyncio.sleep(1.0 if more else _LOOK)


class Pacer:
    """Lets the scrub read no more than so many bytes in a second."""

    def __init__(self, rate: float = _RATE) -> None:
        self._rate = rate
        self._read = 0

    async def __call__(self, size: int) -> None:
        self._read += size
        if self._read >= _PIECE:
            read, self._read = self._read, 0
            await asyncio.sleep(read / self._rate)


async def scrub_some(platform: Platform, pace: Pacer) -> bool:
    """Check some versions, where a pass goes on or is due. Return whether there are more to be checked now."""
    now = platform.clock.now()
    known = await platform.store.run(rows.current, write=False)
    if known.after == Place() and now < known.begun + _PASS:
        return False
    begun = now if known.after == Place() else known.begun
    found = await platform.store.run(lambda tx: rows.following(tx, known.after, _BATCH), write=False)
    for place, row in found:
        await _check(platform, place, row, pace)
    after = found[-1][0] if len(found) == _BATCH else Place()

    def keep(tx: Tx) -> None:
        rows.keep(tx, Pass(after, begun))
        if after == Place():
            rows.forget_gone(tx)

    await platform.store.run(keep, write=True)
    return after != Place()


async def _check(platform: Platform, place: Place, row: Row, pace: Pacer) -> None:
    bucket = await platform.store.run(lambda tx: find_bucket(tx, place.bucket), write=False)
    if bucket is None:
        return
    reason = await reason_of(_context(platform, bucket), row, pace)

    def note(tx: Tx) -> bool:
        # It may have been deleted or written again while its bytes were read.
        return rows.is_there(tx, place, row) and rows.note(tx, place, row, reason, platform.clock.now())

    if await platform.store.run(note, write=True):
        log.error("damaged: s3://%s/%s, version %s: %s", place.bucket, place.key, row.version, reason)


def _context(platform: Platform, bucket: Bucket) -> Context:
    """Return the context of what S3 does by itself."""
    arn = f"arn:{platform.settings.partition}:s3:::{bucket.name}"
    caller = Caller.of_service(s3.principal, bucket.owner, arn)
    return Context(
        platform, caller, bucket.owner, bucket.region, platform.clock.now(),
        s3.model.operations["GetObject"], platform.ids.uuid(), inside=True,
    )  # fmt: skip
