"""Replace all root keys of an account by a new one.

First the home's file is written, which also names the keys to be replaced; then the store; then the file
without those names. If the process is killed in between, the file says what is still to do, and the next
process that opens the home does it. So the key that `clary env` prints always works once the platform is
running.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from clary.access.new_ids import access_key_id, secret_key
from clary.plane import Platform
from clary.server.accounts import ensure_account, remove_root_keys, root_keys
from clary.server.home import Home, read_json, write_private
from clary.server.options import Options
from clary.store.api import Store

Identity = dict[str, Any]
_PATH = re.compile(r"/_clary/accounts/(\d{12})/rotate-key", re.ASCII)
_REPLACES = "replaces"


def account_in(path: str) -> str | None:
    """Return the account whose key a request rotates; None for another path."""
    found = _PATH.fullmatch(path)
    return found[1] if found else None


async def rotate(platform: Platform, home: Home, options: Options, account: str) -> tuple[int, Identity]:
    """Answer such a request: return the status, and the new key or a message. The old keys stop working
    before that."""
    platform.authorizer.forget()
    try:
        return await asyncio.to_thread(_rotate, platform.store, home, options, account)
    finally:
        platform.authorizer.forget()  # again: what was looked up in between may be outdated


def _rotate(store: Store, home: Home, options: Options, account: str) -> tuple[int, Identity]:
    with home.alone():
        first = read_json(home.identity) or {}
        if account == first.get("account") and (options.access_key_id or options.secret_access_key):
            words = "CLARY_ROOT_ACCESS_KEY_ID and CLARY_ROOT_SECRET_ACCESS_KEY"
            return 409, {"message": f"The key of this account is given by {words}: start with others."}
        with store.read() as tx:
            old = root_keys(tx, account)
        if old is None:
            return 404, {"message": f"There is no account {account}."}
        fresh = {
            "account": account,
            "access_key_id": access_key_id("AKIA", account),
            "secret_access_key": secret_key(),
        }
        _replace(store, home, next(_files(home, account), None), fresh, old)
    return 200, fresh


def _replace(store: Store, home: Home, path: Path | None, fresh: Identity, old: Sequence[str]) -> None:
    before = path.read_text() if path else ""
    if path:
        _write(path, {**fresh, _REPLACES: list(old)})
    try:
        _finish(store, home, path, fresh, old)
    except Exception:
        # The store has done all of it or nothing. If nothing, the previous key still works.
        if path and not _holds(store, fresh):
            write_private(path, before)
        raise


def _holds(store: Store, identity: Identity) -> bool:
    with store.read() as tx:
        return identity["access_key_id"] in (root_keys(tx, identity["account"]) or ())


def settle(home: Home, store: Store) -> None:
    """Finish what a killed process began. Call this within `home.alone()`."""
    for path in _files(home):
        found = read_json(path) or {}
        if found.get(_REPLACES):
            old = found.pop(_REPLACES)
            _finish(store, home, path, found, old)


def keep_first(home: Home, identity: Identity, store: Store) -> None:
    """Keep the first account's key in the home and in the store; a key that the home named before stops
    working."""
    known = read_json(home.identity) or {}
    before = known.get("access_key_id") if known.get("account") == identity["account"] else None
    if before and before != identity["access_key_id"]:
        _write(home.identity, {**identity, _REPLACES: [before]})
        _finish(store, home, home.identity, identity, [before])
        return
    if identity != known:
        _write(home.identity, identity)
    with store.write() as tx:
        ensure_account(tx, identity["account"], identity["access_key_id"], identity["secret_access_key"])


def _finish(store: Store, home: Home, path: Path | None, fresh: Identity, old: Sequence[str]) -> None:
    """Do everything after the first write of the file. Idempotent."""
    account, key = fresh["account"], fresh["access_key_id"]
    with store.write() as tx:
        ensure_account(tx, account, key, fresh["secret_access_key"])
        remove_root_keys(tx, account, [id for id in old if id != key])
    for other in _files(home, account):
        if other != path and (read_json(other) or {}).get("access_key_id") in old:
            _write(other, fresh)  # the same account by another name
    if path:
        _write(path, fresh)


def _files(home: Home, account: str = "") -> Iterator[Path]:
    """Yield the files that hold root keys, of one account or of all."""
    for path in (home.identity, *sorted(home.accounts.glob("*.json"))):
        found = read_json(path)
        if isinstance(found, dict) and account in ("", found.get("account")):
            yield path


def _write(path: Path, identity: Identity) -> None:
    write_private(path, json.dumps(identity, indent=2) + "\n")
