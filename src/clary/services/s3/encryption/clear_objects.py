"""Encrypt objects that lie in the clear, as earlier versions left them, under S3's own key. `clary encrypt` asks for it.

It goes on beside requests. It may end at any moment and begin again: what is encrypted is skipped. Parts of uploads that are under way stay as they
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
_BEGINNING: Place = ("", "", -(1 << 62))
_ROWS = 1000  # that are looked at in one transaction
_LONGEST_PAUSE = 1.0  # seconds
_PROGRESS, _TASK = "s3:clear-objects", "s3:clear-objects-task"  # in the platform's extras
_MOST_DAMAGED = 1000


@dataclass(slots=True)
class Progress:
    """What was done since this was asked for: rows that were looked at, versions and bytes that were encrypted, and versions that
    could not be read. It `failed` if something ended it.
    """

    going: bool = False
    failed: bool = False
    seen: int = 0
    encrypted: int = 0
    bytes: int = 0
    damaged: list[str] = field(default_factory=list)


def progress_of(platform: Platform) -> Progress:
    """Return what this process has done."""
    return platform.extras.setdefault(_PROGRESS, Progress())


def begin(platform: Platform) -> Progress:
    """Begin to encrypt what lies in the clear, unless that goes on already. Call this on the event loop."""
    progress = progress_of(platform)
    if not progress.going:
        progress = platform.extras[_PROGRESS] = Progress(going=True)
        platform.extras[_TASK] = asyncio.create_task(_run(platform, progress))
    return progress


async def _run(platform: Platform, progress: Progress) -> None:
    try:
        await encrypt_all(platform, progress)
    except Exception:
        progress.failed = True
        log.exception("the encryption of objects has stopped; `clary encrypt` goes on with the rest")
    finally:
        progress.going = False


async def encrypt_all(platform: Platform, progress: Progress) -> None:
    """Encrypt one version after the other, and let others have at least half of the time."""
    after = _BEGINNING
    while rows := await platform.store.run(lambda tx, after=after: _rows(tx, after), write=False):  # type: ignore[misc]
        for place, clear in rows:
            if clear:
                began = time.monotonic()
                await _encrypt(platform, place, progress)
                await asyncio.sleep(min(time.monotonic() - began, _LONGEST_PAUSE))
            progress.seen += 1
        after = rows[-1][0]


def _rows(tx: Tx, after: Place) -> list[tuple[Place, bool]]:
    """Return the next rows, and whether each has bytes in the clear."""
    bucket, key, seq = after
    rows = tx.sql(
        "SELECT bucket, key, seq, cipher = '' AND marker = 0 AND size > 0 FROM s3_object"
        " WHERE bucket > ? OR (bucket = ? AND (key > ? OR (key = ? AND seq > ?)))"
        " ORDER BY bucket, key, seq LIMIT ?",
        bucket, bucket, key, key, seq, _ROWS,
    )  # fmt: skip
    return [((row[0], row[1], row[2]), bool(row[3])) for row in rows]


async def _encrypt(platform: Platform, place: Place, progress: Progress) -> None:
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
        progress.damaged = [*progress.damaged, f"s3://{name}/{key}"][:_MOST_DAMAGED]
        return
    progress.encrypted += done
    progress.bytes += row.size * done


def _context(platform: Platform, bucket: Bucket) -> Context:
    """Return the context of what S3 does by itself."""
    arn = f"arn:{platform.settings.partition}:s3:::{bucket.name}"
    caller = Caller.of_service(s3.principal, bucket.owner, arn)
    return Context(
        platform, caller, bucket.owner, bucket.region, platform.clock.now(),
        s3.model.operations["PutObject"], platform.ids.uuid(), inside=True,
    )  # fmt: skip
