"""Make sure at the start that the sealing key is the one under which this platform's secrets are sealed.

The store has its fingerprint, from the first start on. With another key, or none, nothing starts: new secrets under a
second key beside old ones under the first would leave half of them unreadable, whichever key is found again.
"""

from __future__ import annotations

import os

from clary.access import key_secrets
from clary.kernel import sealing_source
from clary.kernel.sealing import NoSealingKey, SealingKey, fingerprint_of
from clary.server.home import Home
from clary.store.api import Store, Tx

_TABLES = ("iam_key", "iam_session")
_EARLIER, _OWN = 0, 1  # rows: what an earlier version noted, and what this one keeps


class WrongSealingKey(Exception):
    """The sealing key is missing, malformed or another one; nothing was changed. The message says what to do."""


def settle(home: Home, store: Store, sealer: SealingKey) -> None:
    """Check the sealing key; make it at the first start, and seal what an earlier version stored in the clear.

    Call this within `home.alone()`. Raise WrongSealingKey.
    """
    with store.read() as tx:
        known, noted = fingerprint_in(tx), fingerprint_in(tx, _EARLIER)
        used = bool(known or noted) or _has_service_keys(tx)
    own = _fingerprint(home, sealer, make=not used)
    if known is None and noted in (None, own):
        with store.write() as tx:
            known = _adopt(home, sealer, tx)
    if known != own:
        raise WrongSealingKey(
            f"{sealer.source} holds another sealing key than the one under which the secrets of this platform are stored; "
            f"{_remedy(home)}"
        )


def _adopt(home: Home, sealer: SealingKey, tx: Tx) -> str | None:
    """Let this key be that of the store, unless another process has been faster; return the fingerprint of the store's key."""
    _check_service_keys(home, sealer, tx)
    tx.sql(
        "insert into sealing_key (id, fingerprint) values (?, ?) on conflict (id) do nothing",
        _OWN,
        sealer.fingerprint(),
    )
    known = fingerprint_in(tx)
    if known == sealer.fingerprint():
        tx.sql("delete from sealing_key where id = ?", _EARLIER)
        _seal_access_keys(tx, sealer)
    return known


def resume(home: Home, store: Store) -> None:
    """Let the next sealing key take the place of the home's if the store is sealed under it, else forget it.

    A rotation that was killed leaves it (rotate_sealing_key.py). Call this within `home.alone()`.
    """
    if not home.next_sealing_key.exists():
        return
    with store.read() as tx:
        known = fingerprint_in(tx)
    if known == fingerprint_of(sealing_source.stored(home.next_sealing_key) or b""):
        os.replace(home.next_sealing_key, home.sealing_key)
    else:
        home.next_sealing_key.unlink()


def fingerprint_in(tx: Tx, id: int = _OWN) -> str | None:
    """Return the fingerprint of the sealing key of a store, or None if it has none yet."""
    rows = tx.sql("select fingerprint from sealing_key where id = ?", id)
    return rows[0][0] if rows else None


def _has_service_keys(tx: Tx) -> bool:
    """Return whether S3 has keys of its own, for which earlier versions wrote no fingerprint down."""
    if not tx.sql("select 1 from migration where name = 's3'"):
        return False  # a platform without S3
    return bool(tx.sql("select 1 from s3_service_key limit 1"))


def _fingerprint(home: Home, sealer: SealingKey, *, make: bool) -> str:
    try:
        return sealer.fingerprint(make=make)
    except NoSealingKey as error:
        raise WrongSealingKey(f"{str(error).rstrip('.')}; {_remedy(home)}") from None


def _check_service_keys(home: Home, sealer: SealingKey, tx: Tx) -> None:
    """Raise WrongSealingKey if S3's own keys are sealed under another one."""
    if not _has_service_keys(tx):
        return
    from clary.plane.sealing import Damaged
    from clary.services.s3.encryption.service_keys import service_keys

    try:
        service_keys.opened_all(sealer, tx)
    except Damaged:
        raise WrongSealingKey(
            f"{sealer.source} does not open the objects of this platform; {_remedy(home)}"
        ) from None


def _remedy(home: Home) -> str:
    return (
        f"put the right key into {home.sealing_key}, or into {sealing_source.VARIABLE}, or let {sealing_source.COMMAND} "
        "print it. Nothing was changed."
    )


def _seal_access_keys(tx: Tx, sealer: SealingKey) -> None:
    for table in _TABLES:
        for id, secret in tx.sql(f"select id, secret from {table}"):
            if not key_secrets.is_sealed(secret):
                sealed = key_secrets.closed(sealer, id, secret)
                tx.sql(f"update {table} set secret = ? where id = ?", sealed, id)
