"""The registry's own keys, under which layers lie encrypted: made at first use, sealed in the store, kept open in memory.

Bytes are encrypted before the row of their layer is written. So the key may be gone by then, if the platform was emptied
meanwhile, and the transaction that writes the row makes sure that it is there (`keep`).
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode

from clary.objects.encryption import KEY
from clary.plane import Context
from clary.plane.port import Plane
from clary.store.api import Tx

_OPEN = "ecr:service-keys"  # in the platform's extras: the opened keys by number


async def current(ctx: Context) -> tuple[int, bytes]:
    """Return the number of the key for new layers, and the key. Raise NoSealingKey."""
    opened = _opened(ctx.platform)
    if not opened:
        await ctx.transact(lambda tx: _open_or_make(ctx, tx), write=True)
    return max(opened.items())


async def numbered(ctx: Context, number: int) -> bytes:
    """Return the key of a layer. Raise NoSealingKey or Damaged."""
    opened = _opened(ctx.platform)
    if number not in opened:
        await ctx.transact(lambda tx: _open(ctx.platform, tx))
    return opened[number]


def keep(ctx: Context, tx: Tx, number: int) -> None:
    """Write the key down unless it is there."""
    if not tx.sql("select 1 from ecr_service_key where number = ?", number):
        _write(ctx, tx, number, _opened(ctx.platform)[number])


def _opened(platform: Plane) -> dict[int, bytes]:
    return platform.extras.setdefault(_OPEN, {})


def _open_or_make(ctx: Context, tx: Tx) -> None:
    _open(ctx.platform, tx)
    if not _opened(ctx.platform):
        ctx.platform.settings.sealing_key.fingerprint(make=True)
        # Later keys have greater numbers, and no platform has the number of another one's key.
        number = (int(ctx.now * 1000) << 20) | int.from_bytes(os.urandom(2))
        key = os.urandom(KEY)
        _write(ctx, tx, number, key)
        _opened(ctx.platform)[number] = key


def _write(ctx: Context, tx: Tx, number: int, key: bytes) -> None:
    sealed = ctx.platform.settings.sealing_key.seal(key, _bound(number))
    tx.sql(
        "insert into ecr_service_key (number, sealed, created) values (?, ?, ?)",
        number, b64encode(sealed).decode(), ctx.now,
    )  # fmt: skip


def _open(platform: Plane, tx: Tx) -> None:
    opened = _opened(platform)
    for number, sealed in tx.sql("select number, sealed from ecr_service_key"):
        if number not in opened:
            opened[number] = platform.settings.sealing_key.unseal(b64decode(sealed), _bound(number))


def _bound(number: int) -> bytes:
    return f"ecr/service-key/{number}".encode()
