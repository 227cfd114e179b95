"""Encrypt objects that lie in the clear, as earlier versions left them, under S3's own key. `clary encrypt` asks for it,
stretch by stretch, of any gateway.

It may end at any moment and begin again: what is encrypted is skipped. Parts of uploads that are under way stay as they
are, since the upload says how its object is encrypted.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field

from clary.kernel import Caller
from clary.objects.api import Damaged, Missing
from clary.plane import Context, Platform
from clary.services.s3 import object_rows
from clary.services.s3.bucket_rows import Bucket, find_bucket
from clary.services.s3.copied_bytes import Source
from clary.services.s3.encryption import sealing
from clary.services.s3.encryption.cipher import AES
from clary.services.s3.encryption.reencryption import encrypt_again
from clary.services.s3.encryption.wanted import Wanted
from clary.services.s3.object_rows import Row
from clary.services.s3.service import s3
from clary.store.api import Tx

log = logging.getLogger("clary.s3")

Place = tuple[str, str, int]  # bucket, key and seq of a row
BEGINNING: Place = ("", "", -(1 << 62))
_ROWS = 1000  # that are looked at in one transaction
_LONGEST_PAUSE = 1.0  # seconds
_SECONDS = 1.0  # that a stretch takes, but for its last version


@dataclass(slots=True)
class Stretch:
    """What was done: rows that were looked at, versions and bytes that were encrypted, versions that could not be read, and the
    last row, behind which the next stretch begins; None at the end."""

    seen: int = 0
    encrypted: int = 0
    bytes: int = 0
    damaged: list[str] = field(default_factory=list)
    after: Place | None = None


async def encrypt_some(platform: Platform, after: Place = BEGINNING) -> Stretch:
    """Encrypt what lies in the clear behind a row, for about a second, and let others have at least half of the time."""
    end = time.monotonic() + _SECONDS
    rows = await platform.store.run(lambda tx: _rows(tx, after), write=False)
    stretch = Stretch()
    for place, clear in rows:
        if clear:
            began = time.monotonic()
            await _encrypt(platform, place, stretch)
            await asyncio.sleep(min(time.monotonic() - began, _LONGEST_PAUSE))
        stretch.seen, stretch.after = stretch.seen + 1, place
        if time.monotonic() > end:
            return stretch
    if len(rows) < _ROWS:
        stretch.after = None
    return stretch


def _rows(tx: Tx, after: Place) -> list[tuple[Place, bool]]:
    """Return the next rows, and whether each has bytes in the clear."""
    rows = tx.sql(
        "SELECT bucket, key, seq, cipher = '' AND marker = 0 AND size > 0 FROM s3_object"
        " WHERE (bucket, key, seq) > (?, ?, ?)"
        " ORDER BY bucket, key, seq LIMIT ?",
        *after, _ROWS,
    )  # fmt: skip
    return [((row[0], row[1], row[2]), bool(row[3])) for row in rows]


async def _encrypt(platform: Platform, place: Place, stretch: Stretch) -> None:
    """Encrypt one version. Note what cannot be read."""
    name, key, seq = place

    def find(tx: Tx) -> tuple[Bucket | None, Row | None]:
        return find_bucket(tx, name), object_rows.by_seq(tx, name, key, seq)

    bucket, row = await platform.store.run(find, write=False)
    if bucket is None or row is None or row.cipher:
        return
    ctx = _context(platform, bucket)
    wanted = await sealing.for_upload(ctx, bucket, key, Wanted(AES))
    try:
        done = await encrypt_again(ctx, bucket, Source(bucket, row, False, ()), wanted)
    except (Missing, Damaged) as error:
        log.error("a version of s3://%s/%s cannot be encrypted: %r", name, key, error)
        stretch.damaged.append(f"s3://{name}/{key}")
        return
    stretch.encrypted += done
    stretch.bytes += row.size * done


def _context(platform: Platform, bucket: Bucket) -> Context:
    """Return the context of what S3 does by itself."""
    arn = f"arn:{platform.settings.partition}:s3:::{bucket.name}"
    caller = Caller.of_service(s3.principal, bucket.owner, arn)
    return Context(
        platform, caller, bucket.owner, bucket.region, platform.clock.now(),
        s3.model.operations["PutObject"], platform.ids.uuid(), inside=True,
    )  # fmt: skip
