"""S3's own keys (SSE-S3): made at first use, sealed in the store, kept open in memory.

Bytes are encrypted before the row of their object is written. So the key may be gone by then, if the platform was emptied
meanwhile, and the transaction that writes the row makes sure that it is there (`keep`).
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode

from clary.objects.encryption import KEY
from clary.plane import Context
from clary.plane.port import Plane
from clary.plane.sealing import SealingKey
from clary.services.s3.service import s3
from clary.store.api import Tx

_OPEN = "s3:service-keys"  # in the platform's extras: the opened keys by number


async def current(ctx: Context) -> tuple[int, bytes]:
    """Return the number of the key for new objects, and the key. Raise NoSealingKey."""
    opened = _opened(ctx.platform)
    if not opened:
        await ctx.transact(lambda tx: _open_or_make(ctx, tx), write=True)
    return max(opened.items())


def current_in(ctx: Context) -> tuple[int, bytes]:
    """Return the same in the transaction of a call that writes."""
    opened = _opened(ctx.platform)
    if not opened:
        _open_or_make(ctx, ctx.tx)
    return max(opened.items())


async def numbered(ctx: Context, number: int) -> bytes:
    """Return the key of an object. Raise NoSealingKey or Damaged."""
    opened = _opened(ctx.platform)
    if number not in opened:
        await ctx.transact(lambda tx: _open(ctx.platform, tx))
    return opened[number]


def keep(ctx: Context, tx: Tx, number: int) -> None:
    """Write the key down unless it is there."""
    if not tx.sql("SELECT 1 FROM s3_service_key WHERE number = ?", number):
        _write(ctx, tx, number, _opened(ctx.platform)[number])


def _opened(platform: Plane) -> dict[int, bytes]:
    return platform.extras.setdefault(_OPEN, {})


def _open_or_make(ctx: Context, tx: Tx) -> None:
    _open(ctx.platform, tx)
    if not _opened(ctx.platform):
        # Later keys have greater numbers, and no platform has the number of another one's key.
        number = (int(ctx.now * 1000) << 20) | int.from_bytes(os.urandom(2))
        key = os.urandom(KEY)
        _write(ctx, tx, number, key)
        _opened(ctx.platform)[number] = key


def _write(ctx: Context, tx: Tx, number: int, key: bytes) -> None:
    sealed = ctx.platform.settings.sealing_key.seal(key, _bound(number))
    tx.sql(
        "INSERT INTO s3_service_key (number, sealed, created) VALUES (?, ?, ?)",
        number,
        b64encode(sealed).decode(),
        ctx.now,
    )


def _open(platform: Plane, tx: Tx) -> None:
    _opened(platform).update(opened_all(platform.settings.sealing_key, tx))


def opened_all(sealer: SealingKey, tx: Tx) -> dict[int, bytes]:
    """Return all keys by number. Raise NoSealingKey or Damaged."""
    rows = tx.sql("SELECT number, sealed FROM s3_service_key")
    return {number: sealer.unseal(b64decode(sealed), _bound(number)) for number, sealed in rows}


@s3.resealed
def reseal(tx: Tx, old: SealingKey, new: SealingKey) -> None:
    """Seal all keys under another sealing key."""
    for number, key in opened_all(old, tx).items():
        sealed = b64encode(new.seal(key, _bound(number))).decode()
        tx.sql("UPDATE s3_service_key SET sealed = ? WHERE number = ?", sealed, number)


def _bound(number: int) -> bytes:
    return f"s3/service-key/{number}".encode()
