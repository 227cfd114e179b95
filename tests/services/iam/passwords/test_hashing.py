"""Hashes of passwords. Oracle: RFC 7914 (scrypt), OWASP's Password Storage Cheat Sheet (N=2^14, r=8, p=5)."""

from __future__ import annotations

import base64
import hashlib

import pytest

from clary.services.iam.passwords import hashing


@pytest.fixture(autouse=True)
def cheap() -> None:
    """Leave the parameters as they are."""


def test_a_hash_is_scrypt_with_its_parameters() -> None:
    name, n, r, p, salt, made = hashing.hashed("Geheim-1").split("$")
    assert (name, n, r, p) == ("scrypt", "16384", "8", "5")
    assert len(base64.b64decode(salt)) == 16
    expected = hashlib.scrypt(b"Geheim-1", salt=base64.b64decode(salt), n=2**14, r=8, p=5, maxmem=64 << 20)
    assert base64.b64decode(made) == expected


def test_parameters_and_salt_of_an_earlier_hash_are_kept() -> None:
    old = "scrypt$2$1$1$c2FsdA==$x"
    assert hashing.hashed("a", like=old).startswith("scrypt$2$1$1$c2FsdA==$")
    assert hashing.is_any(hashing.hashed("a", like=old), [old, hashing.hashed("a", like=old)])
    assert not hashing.is_any(hashing.hashed("b", like=old), [old, hashing.hashed("a", like=old)])
