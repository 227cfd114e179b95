"""Keys of a service's own, under which it encrypts bytes of users: made at first use, sealed in the store, kept open in memory.

Bytes are encrypted before the row that names them is written. So the key may be gone by then, if the platform was emptied
meanwhile, and the transaction that writes the row makes sure that it is there (`keep`).
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode

from clary.objects.encryption import KEY
from clary.plane.context import Context
from clary.plane.port import Plane
from clary.plane.sealing import SealingKey
from clary.plane.service import Service
from clary.store.api import Tx


class ServiceKeys:
    """The keys of one service, in its table `<service>_service_key` (number, sealed, created)."""

    def __init__(self, service: Service) -> None:
        self._table = f"{service.name}_service_key"
        self._bound = f"{service.name}/service-key/"
        self._opened = f"{service.name}:service-keys"  # in the platform's extras: the opened keys by number
        service.resealed(self.reseal)

    async def current(self, ctx: Context) -> tuple[int, bytes]:
        """Return the number of the key for new bytes, and the key. Raise NoSealingKey."""
        opened = self._known(ctx.platform)
        if not opened:
            await ctx.transact(lambda tx: self._open_or_make(ctx, tx), write=True)
        return max(opened.items())

    def current_in(self, ctx: Context) -> tuple[int, bytes]:
        """Return the same in the transaction of a call that writes."""
        opened = self._known(ctx.platform)
        if not opened:
            self._open_or_make(ctx, ctx.tx)
        return max(opened.items())

    async def numbered(self, ctx: Context, number: int) -> bytes:
        """Return the key of bytes that are there. Raise NoSealingKey or Damaged."""
        opened = self._known(ctx.platform)
        if number not in opened:
            await ctx.transact(lambda tx: self._open(ctx.platform, tx))
        return opened[number]

    async def opened(self, platform: Plane, number: int) -> bytes:
        """Return the same outside of a call. Raise KeyError for a number that there is not."""
        if number not in self._known(platform):
            await platform.store.run(lambda tx: self._open(platform, tx), write=False)
        return self._known(platform)[number]

    def keep(self, ctx: Context, tx: Tx, number: int) -> None:
        """Write the key down unless it is there."""
        if not tx.sql(f"SELECT 1 FROM {self._table} WHERE number = ?", number):
            self._write(ctx, tx, number, self._known(ctx.platform)[number])

    def opened_all(self, sealer: SealingKey, tx: Tx) -> dict[int, bytes]:
        """Return all keys by number. Raise NoSealingKey or Damaged."""
        rows = tx.sql(f"SELECT number, sealed FROM {self._table}")
        return {number: sealer.unseal(b64decode(sealed), self._place(number)) for number, sealed in rows}

    def reseal(self, tx: Tx, old: SealingKey, new: SealingKey) -> None:
        """Seal all keys under another sealing key."""
        for number, key in self.opened_all(old, tx).items():
            tx.sql(
                f"UPDATE {self._table} SET sealed = ? WHERE number = ?",
                self._sealed(new, number, key),
                number,
            )

    def _known(self, platform: Plane) -> dict[int, bytes]:
        return platform.extras.setdefault(self._opened, {})

    def _open(self, platform: Plane, tx: Tx) -> None:
        self._known(platform).update(self.opened_all(platform.settings.sealing_key, tx))

    def _open_or_make(self, ctx: Context, tx: Tx) -> None:
        self._open(ctx.platform, tx)
        if not self._known(ctx.platform):
            # Later keys have greater numbers, and no platform has the number of another one's key.
            number = (int(ctx.now * 1000) << 20) | int.from_bytes(os.urandom(2))
            key = os.urandom(KEY)
            self._write(ctx, tx, number, key)
            self._known(ctx.platform)[number] = key

    def _write(self, ctx: Context, tx: Tx, number: int, key: bytes) -> None:
        sealed = self._sealed(ctx.platform.settings.sealing_key, number, key)
        tx.sql(
            f"INSERT INTO {self._table} (number, sealed, created) VALUES (?, ?, ?)", number, sealed, ctx.now
        )

    def _sealed(self, sealer: SealingKey, number: int, key: bytes) -> str:
        return b64encode(sealer.seal(key, self._place(number))).decode()

    def _place(self, number: int) -> bytes:
        return f"{self._bound}{number}".encode()
