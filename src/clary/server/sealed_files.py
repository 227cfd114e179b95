"""The files of a home that hold secrets: root keys, the private key of the CA, keys of tokens and of the proxy."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from clary.kernel import sealed_files
from clary.kernel.sealing import SealingKey
from clary.server.home import Home, read_json, write_private

Content = dict[str, Any]


def read_identity(path: Path, sealer: SealingKey) -> Content | None:
    """Return root keys with their secret; None if there is no such file. Raise NoSealingKey or Damaged."""
    found = read_json(path)
    return sealed_files.identity_of(sealer, found) if isinstance(found, dict) else None


def write_identity(path: Path, identity: Mapping[str, Any], sealer: SealingKey) -> None:
    """Write root keys, their secret sealed."""
    _write_json(path, sealed_files.sealed_identity(sealer, identity))


def seal_all(home: Home, sealer: SealingKey) -> None:
    """Seal what an earlier version wrote in the clear, and drop what is sealed under other keys as well. Idempotent."""
    own = sealer.fingerprint()
    for path, found, write in _files(home, sealer):
        if set(found) != {own} or not _is_sealed(path):
            write({own: found[own]} if own in found else found)


def add_envelopes(home: Home, old: SealingKey, new: SealingKey) -> None:
    """Seal every secret under a second key as well, so that both can open it."""
    for path, found, write in _files(home, old):
        bound, secret = _secret_of(home, path, old)
        write({**found, **sealed_files.enclosed(new, secret, bound)})


Envelopes = dict[str, str]
File = tuple[Path, Envelopes, Callable[[Envelopes], None]]


def _files(home: Home, sealer: SealingKey) -> Iterator[File]:
    """Yield each file, its envelopes, and what writes others into it. A secret in the clear is enclosed for that."""
    for path in secret_files(home):
        yield path, _envelopes(home, path, sealer), lambda found, path=path: _rewrite(path, found)
    for path in identity_files(home):
        found = read_json(path)
        if isinstance(found, dict) and ("sealed" in found or "secret_access_key" in found):
            yield path, _identity_envelopes(found, sealer), lambda it, path=path: _rewrite_identity(path, it)


def secret_files(home: Home) -> Iterator[Path]:
    """Yield the files that are one secret each."""
    yield from (*sorted(home.path.glob("*.key")), *sorted(home.ca.glob("*.key")))


def identity_files(home: Home) -> Iterator[Path]:
    """Yield the files of root keys."""
    yield from (path for path in (home.identity, *sorted(home.accounts.glob("*.json"))) if path.exists())


def _envelopes(home: Home, path: Path, sealer: SealingKey) -> Envelopes:
    content = path.read_bytes()
    if sealed_files.is_sealed(content):
        return sealed_files.envelopes_in(content)
    return sealed_files.enclosed(sealer, content, _bound(home, path))


def _identity_envelopes(found: Content, sealer: SealingKey) -> Envelopes:
    return found["sealed"] if "sealed" in found else sealed_files.sealed_identity(sealer, found)["sealed"]


def _is_sealed(path: Path) -> bool:
    content = path.read_bytes()
    return sealed_files.is_sealed(content) or (path.suffix == ".json" and "sealed" in json.loads(content))


def _secret_of(home: Home, path: Path, sealer: SealingKey) -> tuple[bytes, bytes]:
    """Return what the secret of a file is bound to, and the secret."""
    if path.suffix != ".json":
        return _bound(home, path), sealed_files.secret_in(sealer, path.read_bytes(), _name(home, path))
    found = sealed_files.identity_of(sealer, json.loads(path.read_bytes()))
    return sealed_files.bound_to_key(found), found["secret_access_key"].encode()


def _rewrite(path: Path, envelopes: Envelopes) -> None:
    write_private(path, sealed_files.text_of(envelopes))


def _rewrite_identity(path: Path, envelopes: Envelopes) -> None:
    found = {
        name: value for name, value in json.loads(path.read_bytes()).items() if name != "secret_access_key"
    }
    _write_json(path, {**found, "sealed": envelopes})


def _write_json(path: Path, content: Content) -> None:
    write_private(path, json.dumps(content, indent=2) + "\n")


def _bound(home: Home, path: Path) -> bytes:
    return sealed_files.bound_to(_name(home, path))


def _name(home: Home, path: Path) -> str:
    return str(path.relative_to(home.path))
