"""Make sure at the start that the sealing key is the one under which this platform's secrets are sealed.

The store has its fingerprint, from the first start on. With another key, or none, nothing starts: new secrets under a
second key beside old ones under the first would leave half of them unreadable, whichever key is found again.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping

from clary.kernel import sealing_source
from clary.kernel.sealing import Damaged, NoSealingKey, SealingKey, fingerprint_of
from clary.plane import Service
from clary.server.home import Home
from clary.store.api import Store, Tx
from clary.store.copies import drop_copies

log = logging.getLogger("clary.sealing")

_WITH_KEYS = ("ecr", "s3")
_EARLIER, _OWN = 0, 1  # rows: what an earlier version noted, and what this one keeps


class WrongSealingKey(Exception):
    """The sealing key is missing, malformed or another one; nothing was changed. The message says what to do."""


def settle(home: Home, store: Store, sealer: SealingKey, services: Mapping[str, Service]) -> None:
    """Check the sealing key; make it at the first start, and seal what an earlier version stored in the clear.

    Call this within `home.alone()`. Raise WrongSealingKey.
    """
    with store.read() as tx:
        known, noted = fingerprint_in(tx), fingerprint_in(tx, _EARLIER)
        used = bool(known or noted) or _has_service_keys(tx)
    own = _fingerprint(home, sealer, make=not used)
    if known is None and noted in (None, own):
        known = _adopt(home, store, sealer, services)
    if known != own:
        raise WrongSealingKey(
            f"{sealer.source} holds another sealing key than the one under which the secrets of this platform are stored; "
            f"{_remedy(home)}"
        )


def _adopt(home: Home, store: Store, sealer: SealingKey, services: Mapping[str, Service]) -> str | None:
    """Let this key be that of the store, unless another process has been faster; return the fingerprint of the store's key."""
    with store.write() as tx:
        if known := fingerprint_in(tx):
            return known
        if tx.sql("select 1 from iam_key limit 1"):  # the home of an earlier version
            _seal_again(home, tx, sealer, services)
        tx.sql("delete from sealing_key where id = ?", _EARLIER)
        tx.sql("insert into sealing_key (id, fingerprint) values (?, ?)", _OWN, sealer.fingerprint())
    return sealer.fingerprint()


def _seal_again(home: Home, tx: Tx, sealer: SealingKey, services: Mapping[str, Service]) -> None:
    """Seal everything under the key under which it is sealed already, or in the clear. Raise WrongSealingKey if it is sealed
    under another one."""
    try:
        reseal(tx, sealer, sealer, services)
    except Damaged:
        raise WrongSealingKey(
            f"{sealer.source} does not open the secrets of this platform; {_remedy(home)}"
        ) from None


def reseal(tx: Tx, old: SealingKey, new: SealingKey, services: Mapping[str, Service]) -> None:
    """Seal all secrets of services under another key. Raise NoSealingKey or Damaged."""
    for service in services.values():
        for work in service.resealing:
            work(tx, old, new)


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


def drop_open_copies(home: Home, sealer: SealingKey) -> None:
    """Delete the copies that upgrades made of the store before its secrets were sealed under this key: they have them in the clear,
    or under a key that was replaced. The version before could not go back to them: the files of the home are sealed by now."""
    own = sealer.fingerprint()
    for name in drop_copies(home.database, lambda tx: _is_sealed_under(tx, own)):
        log.warning("deleted %s: its secrets were not sealed under the sealing key of this platform", name)


def _is_sealed_under(tx: Tx, fingerprint: str) -> bool:
    there = tx.sql("select 1 from sqlite_master where type = 'table' and name = 'sealing_key'")
    return bool(there) and fingerprint_in(tx) == fingerprint


def fingerprint_in(tx: Tx, id: int = _OWN) -> str | None:
    """Return the fingerprint of the sealing key of a store, or None if it has none yet."""
    rows = tx.sql("select fingerprint from sealing_key where id = ?", id)
    return rows[0][0] if rows else None


def _has_service_keys(tx: Tx) -> bool:
    """Return whether services have keys of their own, for which earlier versions noted no fingerprint."""
    there = {name for (name,) in tx.sql("select name from migration")}
    return any(tx.sql(f"select 1 from {name}_service_key limit 1") for name in _WITH_KEYS if name in there)


def _fingerprint(home: Home, sealer: SealingKey, *, make: bool) -> str:
    try:
        return sealer.fingerprint(make=make)
    except NoSealingKey as error:
        raise WrongSealingKey(f"{str(error).rstrip('.')}; {_remedy(home)}") from None


def _remedy(home: Home) -> str:
    return (
        f"put the right key into {home.sealing_key}, or into {sealing_source.VARIABLE}, or let {sealing_source.COMMAND} "
        "print it. Nothing was changed."
    )
