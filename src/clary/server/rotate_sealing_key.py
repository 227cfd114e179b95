"""Replace the sealing key of a platform that is down: `clary rotate-sealing-key`.

    1  the new key is written beside the old one       sealing-key.next; not if a variable or a command has it
    2  every secret in a file is sealed under both
    3  every secret in the store is sealed under the new one, and its fingerprint replaces the old one's: one transaction
    4  the new file takes the place of the old one, files lose what is sealed under the old key, and copies of the store that
       upgrades made before are deleted

If the process is killed before 3, the old key is the platform's, afterwards the new one: `resume`, at the next start or
rotation, sees in the store which it is and does the rest.
"""

from __future__ import annotations

import os
from typing import Any

from clary.kernel import sealing_source
from clary.kernel.sealing import NoSealingKey, SealingKey, fingerprint_of
from clary.server import sealed_files, sealed_store
from clary.server.archive import Refused
from clary.server.assemble import schemas_of
from clary.server.duties import AlreadyUp, take_lock
from clary.server.home import Home, write_private
from clary.server.options import Options
from clary.server.sealing_key import new_key, sealing_key
from clary.services import load_services, registry
from clary.store.api import Incompatible, Store
from clary.store.open import open_store


def rotate(home: Home, options: Options) -> dict[str, Any]:
    """Replace the key and return where the new one is. Raise Refused; then nothing was changed."""
    locks = _locks(home)
    try:
        with home.alone():
            return {"key": _rotate(home, options)}
    except (NoSealingKey, sealed_store.WrongSealingKey, Incompatible) as error:
        raise Refused(str(error)) from None
    finally:
        for lock in locks:
            os.close(lock)


def _locks(home: Home) -> list[int]:
    """Take the place of the platform's processes, so that none of them works with the old key."""
    try:
        further = sorted(file.stem for file in (home.path / "run").glob("gateway-*.lock"))
        return [take_lock(home, duty) for duty in ("warden", "gateway", *further, "controllers")]
    except AlreadyUp:
        raise Refused(f"the platform of {home.path} is running; stop it first with: clary down") from None


def _rotate(home: Home, options: Options) -> str:
    known = registry()
    store = open_store(
        options.store or str(home.database), schemas=schemas_of(known), upgrades=known.upgrades()
    )
    try:
        sealed_store.resume(home, store)
        new = _wanted(home, options)
        with store.read() as tx:
            done = sealed_store.fingerprint_in(tx) == new.fingerprint()
        if not done:
            old = sealing_key(home, options)
            sealed_store.settle(home, store, old, known)
            sealed_files.add_envelopes(home, old, new)
            _reseal(store, old, new)
        _finish(home, store, new)
    finally:
        store.close()
    return new.source


def _wanted(home: Home, options: Options) -> SealingKey:
    """Return the new key: of a variable or a command, else a random one that is written beside the old one."""
    found = sealing_source.given(options.new_sealing_key, options.new_sealing_key_command, "CLARY_NEW_")
    if found is not None:
        return SealingKey(lambda make: found, "CLARY_NEW_SEALING_KEY")
    if options.sealing_key or options.sealing_key_command:
        raise Refused(
            f"the sealing key comes from {sealing_key(home, options).source}: let CLARY_NEW_SEALING_KEY or "
            "CLARY_NEW_SEALING_KEY_COMMAND say the new one"
        )
    write_private(home.next_sealing_key, new_key())
    return SealingKey(lambda make: sealing_source.stored(home.next_sealing_key), str(home.sealing_key))


def _reseal(store: Store, old: SealingKey, new: SealingKey) -> None:
    services = load_services()
    with store.write() as tx:
        sealed_store.reseal(tx, old, new, services)
        tx.sql("update sealing_key set fingerprint = ? where id = 1", new.fingerprint())


def _finish(home: Home, store: Store, new: SealingKey) -> None:
    sealed_store.resume(home, store)
    _drop_file_of_another(home, new)
    sealed_files.seal_all(home, new)
    sealed_store.drop_open_copies(home, new)


def _drop_file_of_another(home: Home, new: SealingKey) -> None:
    """Delete the home's file where the key has moved to a variable or a command."""
    found = sealing_source.stored(home.sealing_key)
    if found is not None and fingerprint_of(found) != new.fingerprint():
        home.sealing_key.unlink()
