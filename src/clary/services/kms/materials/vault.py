"""Seals the material of keys under the platform's sealing key, and opens it. Knows no operation.

Each material is bound to its account, key and id, so a row that is moved to another key cannot be opened there. The platform
makes sure at its start that the sealing key is the one under which all of it was sealed (server/sealed_store.py).
"""

from __future__ import annotations

import logging

from clary.plane import Context
from clary.plane.sealing import Damaged, NoSealingKey, SealingKey
from clary.services.kms import errors

log = logging.getLogger("clary.kms")

_LOST = "The sealing key of this platform is missing or is not the one under which its keys were sealed."


def seal(sealer: SealingKey, account: str, key_id: str, id: str, material: bytes) -> bytes:
    """Return the material as it is stored. Raise KMSInternalException without a sealing key."""
    return seal_text(sealer, material, _bound(account, key_id, id))


def seal_text(sealer: SealingKey, text: bytes, bound: bytes) -> bytes:
    """Return a text of another kind, sealed. Raise KMSInternalException as `seal` does."""
    try:
        return sealer.seal(text, bound)
    except NoSealingKey as error:
        raise _lost(error) from None


def unseal(ctx: Context, account: str, key_id: str, id: str, sealed: bytes) -> bytes:
    """Return the material. Raise KMSInternalException if the sealing key is not the platform's."""
    try:
        return ctx.platform.settings.sealing_key.unseal(sealed, _bound(account, key_id, id))
    except (NoSealingKey, Damaged) as error:
        raise _lost(error) from None


def resealed(old: SealingKey, new: SealingKey, account: str, key_id: str, id: str, sealed: bytes) -> bytes:
    """Return the material as it is stored under another sealing key. Raise NoSealingKey or Damaged."""
    bound = _bound(account, key_id, id)
    return new.seal(old.unseal(sealed, bound), bound)


def _bound(account: str, key_id: str, id: str) -> bytes:
    return f"kms/{account}/{key_id}/{id}".encode()


def _lost(error: Exception) -> Exception:
    log.error("%s %s", _LOST, error)
    return errors.internal(_LOST)
