"""Replace all root keys of an account by a new one.

First the home's file is written, which also names the keys to be replaced; then the store; then the file
without those names. If the process is killed in between, the file says what is still to do, and the next
process that opens the home does it. So the key that `clary env` prints always works once the platform is
running.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clary.access.new_ids import access_key_id, secret_key
from clary.kernel.sealing import SealingKey
from clary.plane import Platform
from clary.server.accounts import ensure_account, remove_root_keys, root_keys
from clary.server.home import Home, read_json, write_private
from clary.server.options import Options
from clary.server.sealed_files import identity_files, read_identity, write_identity
from clary.store.api import Store, Tx

Identity = dict[str, Any]
_PATH = re.compile(r"/_clary/accounts/(\d{12})/rotate-key", re.ASCII)
_REPLACES = "replaces"


def account_in(path: str) -> str | None:
    """Return the account whose key a request rotates; None for another path."""
    found = _PATH.fullmatch(path)
    return found[1] if found else None


@dataclass(frozen=True, slots=True)
class Keeper:
    """Where root keys are kept: the store and the home's files, sealed."""

    store: Store
    home: Home
    sealer: SealingKey

    def in_store(self, account: str) -> list[str] | None:
        """Return the ids of an account's root keys, or None if there is no such account."""
        with self.store.read() as tx:
            return root_keys(tx, account)

    def files(self, account: str = "") -> Iterator[Path]:
        """Yield the files that hold root keys, of one account or of all."""
        for path in identity_files(self.home):
            found = read_json(path)
            if isinstance(found, dict) and account in ("", found.get("account")):
                yield path

    def write(self, path: Path, identity: Identity) -> None:
        """Write root keys into a file."""
        write_identity(path, identity, self.sealer)


async def rotate(platform: Platform, home: Home, options: Options, account: str) -> tuple[int, Identity]:
    """Answer such a request: return the status, and the new key or a message. The old keys stop working
    before that."""
    keeper = Keeper(platform.store, home, platform.settings.sealing_key)
    platform.authorizer.forget()
    try:
        return await asyncio.to_thread(_rotate, keeper, options, account)
    finally:
        platform.authorizer.forget()  # again: what was looked up in between may be outdated


def _rotate(keeper: Keeper, options: Options, account: str) -> tuple[int, Identity]:
    with keeper.home.alone():
        first = read_json(keeper.home.identity) or {}
        if account == first.get("account") and (options.access_key_id or options.secret_access_key):
            words = "CLARY_ROOT_ACCESS_KEY_ID and CLARY_ROOT_SECRET_ACCESS_KEY"
            return 409, {"message": f"The key of this account is given by {words}: start with others."}
        old = keeper.in_store(account)
        if old is None:
            return 404, {"message": f"There is no account {account}."}
        fresh = {
            "account": account,
            "access_key_id": access_key_id("AKIA", account),
            "secret_access_key": secret_key(),
        }
        _replace(keeper, next(keeper.files(account), None), fresh, old)
    return 200, fresh


def _replace(keeper: Keeper, path: Path | None, fresh: Identity, old: Sequence[str]) -> None:
    before = path.read_text() if path else ""
    if path:
        keeper.write(path, {**fresh, _REPLACES: list(old)})
    try:
        _finish(keeper, path, fresh, old)
    except Exception:
        # The store has done all of it or nothing. If nothing, the previous key still works.
        if path and not _holds(keeper, fresh):
            write_private(path, before)
        raise


def _holds(keeper: Keeper, identity: Identity) -> bool:
    return identity["access_key_id"] in (keeper.in_store(identity["account"]) or ())


def settle(home: Home, store: Store, sealer: SealingKey) -> None:
    """Finish what a killed process began. Call this within `home.alone()`."""
    keeper = Keeper(store, home, sealer)
    for path in keeper.files():
        found = read_json(path) or {}
        if found.get(_REPLACES):
            found = read_identity(path, sealer) or {}
            old = found.pop(_REPLACES)
            _finish(keeper, path, found, old)


def keep_first(home: Home, identity: Identity, store: Store, sealer: SealingKey) -> None:
    """Keep the first account's key in the home and in the store; a key that the home named before stops
    working."""
    keeper = Keeper(store, home, sealer)
    known = read_identity(home.identity, sealer) or {}
    before = known.get("access_key_id") if known.get("account") == identity["account"] else None
    if before and before != identity["access_key_id"]:
        keeper.write(home.identity, {**identity, _REPLACES: [before]})
        _finish(keeper, home.identity, identity, [before])
        return
    if identity != known:
        keeper.write(home.identity, identity)
    with store.write() as tx:
        _ensure(keeper, tx, identity)


def _finish(keeper: Keeper, path: Path | None, fresh: Identity, old: Sequence[str]) -> None:
    """Do everything after the first write of the file. Idempotent."""
    account, key = fresh["account"], fresh["access_key_id"]
    with keeper.store.write() as tx:
        _ensure(keeper, tx, fresh)
        remove_root_keys(tx, account, [id for id in old if id != key])
    for other in keeper.files(account):
        if other != path and (read_json(other) or {}).get("access_key_id") in old:
            keeper.write(other, fresh)  # the same account by another name
    if path:
        keeper.write(path, fresh)


def _ensure(keeper: Keeper, tx: Tx, identity: Identity) -> None:
    key, secret = identity["access_key_id"], identity["secret_access_key"]
    ensure_account(tx, identity["account"], key, secret, sealer=keeper.sealer)
