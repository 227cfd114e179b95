"""The secrets of access keys as they are stored: sealed, each bound to the id of its key. Knows no table.

A signature is checked with the secret itself, so a hash of it would not do.
"""

from __future__ import annotations

from base64 import b64decode, b64encode

from clary.kernel.sealing import SealingKey

_SEALED = "sealed:"
_MOST = 1024


class KeySecrets:
    """Seals and opens secrets; remembers those that it opened last. Without a sealing key they stay in the clear."""

    def __init__(self, sealer: SealingKey | None) -> None:
        self._sealer = sealer
        self._opened: dict[tuple[str, str], str] = {}

    def opened(self, id: str, stored: str) -> str:
        """Return the secret of the key `id`. Raise NoSealingKey or Damaged."""
        known = self._opened.get((id, stored))
        if known is None:
            known = opened(self._sealer, id, stored)
            if len(self._opened) >= _MOST:
                self._opened.clear()
            self._opened[id, stored] = known
        return known

    def closed(self, id: str, secret: str) -> str:
        """Return what to store. Raise NoSealingKey."""
        return closed(self._sealer, id, secret)


def closed(sealer: SealingKey | None, id: str, secret: str) -> str:
    """Return what to store of the secret of the key `id`. Raise NoSealingKey."""
    if sealer is None:
        return secret
    return _SEALED + b64encode(sealer.seal(secret.encode(), _bound(id))).decode()


def opened(sealer: SealingKey | None, id: str, stored: str) -> str:
    """Return the secret. Those that earlier versions stored are in the clear. Raise NoSealingKey or Damaged."""
    if sealer is None or not is_sealed(stored):
        return stored
    return sealer.unseal(b64decode(stored[len(_SEALED) :]), _bound(id)).decode()


def is_sealed(stored: str) -> bool:
    """Return whether a stored secret is sealed."""
    return stored.startswith(_SEALED)


def _bound(id: str) -> bytes:
    return f"access-key/{id}".encode()
