"""Authenticated encryption for what is stored, and the sealing key under which a platform's secrets are stored.

A sealed message is `version | salt | AES-256-GCM ciphertext and tag`. Each message has a random salt of 32 bytes, from
which HKDF derives its own key and nonce. So no pair of key and nonce is used twice, however many messages one key seals.
What a message is `bound` to is authenticated with it: a message that is moved elsewhere cannot be read there.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable

_VERSION = b"\x01"
_SALT = 32
_TAG = 16
OVERHEAD = len(_VERSION) + _SALT + _TAG  # bytes by which a sealed message is longer


class Damaged(Exception):
    """A sealed message was changed, belongs elsewhere, or was sealed under another key."""


class NoSealingKey(Exception):
    """There is no sealing key, or it is not the one under which the platform's secrets were sealed."""


def seal(key: bytes, message: bytes, bound: bytes) -> bytes:
    """Return the sealed message, which only the same key and `bound` can open."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt = os.urandom(_SALT)
    derived, nonce = _derive(key, salt)
    return _VERSION + salt + AESGCM(derived).encrypt(nonce, message, _VERSION + bound)


def unseal(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    """Return the message. Raise Damaged."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(sealed) < OVERHEAD or sealed[:1] != _VERSION:
        raise Damaged
    derived, nonce = _derive(key, sealed[1 : 1 + _SALT])
    try:
        return AESGCM(derived).decrypt(nonce, sealed[1 + _SALT :], _VERSION + bound)
    except InvalidTag:
        raise Damaged from None


def _derive(key: bytes, salt: bytes) -> tuple[bytes, bytes]:
    """Return the key and the nonce of one message: 44 bytes of HKDF-SHA256 (RFC 5869)."""
    extracted = hmac.digest(salt, key, hashlib.sha256)
    first = hmac.digest(extracted, b"clary/seal\x01", hashlib.sha256)
    second = hmac.digest(extracted, first + b"clary/seal\x02", hashlib.sha256)
    return first, second[:12]


def fingerprint_of(key: bytes) -> str:
    """Return what tells a sealing key from others without revealing it: 32 hexadecimal digits."""
    return hmac.new(key, b"clary/fingerprint", hashlib.sha256).hexdigest()[:32]


def _no_key(make: bool) -> bytes | None:
    return None


class SealingKey:
    """The key under which a platform seals its secrets. It is not in the store and not in backups.

    `find` returns its 32 bytes, or None if there is none; with `make` it creates one where it can. It is looked for
    when it is first needed. `source` says where it comes from, for messages.
    """

    def __init__(self, find: Callable[[bool], bytes | None] = _no_key, source: str = "") -> None:
        self._find = find
        self._known: bytes | None = None
        self._fingerprint = ""
        self.source = source

    def seal(self, message: bytes, bound: bytes) -> bytes:
        """Return the sealed message. Raise NoSealingKey."""
        return seal(self._key(), message, bound)

    def unseal(self, sealed: bytes, bound: bytes) -> bytes:
        """Return the message. Raise NoSealingKey or Damaged."""
        return unseal(self._key(), sealed, bound)

    def fingerprint(self, *, make: bool = False) -> str:
        """Return what tells this key from others without revealing it. Raise NoSealingKey."""
        if not self._fingerprint:
            self._fingerprint = fingerprint_of(self._key(make))
        return self._fingerprint

    def _key(self, make: bool = False) -> bytes:
        if self._known is None:
            self._known = self._find(make)
        if self._known is None:
            raise NoSealingKey("The sealing key of this platform is missing.")
        return self._known
