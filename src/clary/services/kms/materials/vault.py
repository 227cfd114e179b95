"""Seals the material of keys under the platform's sealing key, and opens it. Knows no operation.

Each material is bound to its account, key and id, so a row that is moved to another key cannot be opened there. The
store keeps a fingerprint of the sealing key: where it is lost or another one, nothing is sealed under a second one.
"""

from __future__ import annotations

import logging

from clary.plane import Context
from clary.plane.sealing import Damaged, NoSealingKey, SealingKey
from clary.services.kms import errors
from clary.store.api import Tx

log = logging.getLogger("clary.kms")

_LOST = "The sealing key of this platform is missing or is not the one under which its keys were sealed."


def seal(sealer: SealingKey, tx: Tx, account: str, key_id: str, id: str, material: bytes) -> bytes:
    """Return the material as it is stored. Raise KMSInternalException if the sealing key is not the platform's."""
    return seal_text(sealer, tx, material, _bound(account, key_id, id))


def seal_text(sealer: SealingKey, tx: Tx, text: bytes, bound: bytes) -> bytes:
    """Return a text of another kind, sealed. Raise KMSInternalException as `seal` does."""
    try:
        _settle(sealer, tx)
        return sealer.seal(text, bound)
    except NoSealingKey as error:
        raise _lost(error) from None


def unseal(ctx: Context, account: str, key_id: str, id: str, sealed: bytes) -> bytes:
    """Return the material. Raise KMSInternalException if the sealing key is not the platform's."""
    try:
        return ctx.platform.settings.sealing_key.unseal(sealed, _bound(account, key_id, id))
    except (NoSealingKey, Damaged) as error:
        raise _lost(error) from None


def _settle(sealer: SealingKey, tx: Tx) -> None:
    """Keep the fingerprint of the sealing key with which the first material is sealed; raise NoSealingKey for another one."""
    known = tx.sql("select fingerprint from kms_sealing_key")
    fingerprint = sealer.fingerprint(make=not known)
    if not known:
        tx.sql("insert into kms_sealing_key (fingerprint) values (?)", fingerprint)
    elif known[0][0] != fingerprint:
        raise NoSealingKey("It is another sealing key.")


def _bound(account: str, key_id: str, id: str) -> bytes:
    return f"kms/{account}/{key_id}/{id}".encode()


def _lost(error: Exception) -> Exception:
    log.error("%s %s", _LOST, error)
    return errors.internal(_LOST)
