"""Sealed messages: what is sealed can be opened by the same key in the same place alone."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from clary.plane.sealing import OVERHEAD, Damaged, NoSealingKey, SealingKey, seal, unseal

KEY = bytes(range(32))


def test_a_message_comes_back_and_never_looks_the_same() -> None:
    sealed = [seal(KEY, b"message", b"here") for _ in range(2)]
    assert sealed[0] != sealed[1]
    assert {len(one) for one in sealed} == {len(b"message") + OVERHEAD}
    assert [unseal(KEY, one, b"here") for one in sealed] == [b"message"] * 2


def test_the_form_is_hkdf_and_aes_gcm() -> None:
    """RFC 5869 and NIST SP 800-38D, by another implementation."""
    sealed = seal(KEY, b"message", b"here")
    made = HKDF(SHA256(), 44, sealed[1:33], b"clary/seal").derive(KEY)
    first = hmac.digest(hmac.digest(sealed[1:33], KEY, hashlib.sha256), b"clary/seal\x01", hashlib.sha256)
    assert made[:32] == first
    assert AESGCM(made[:32]).decrypt(made[32:], sealed[33:], b"\x01here") == b"message"


@pytest.mark.parametrize("place", [0, 1, 32, 33, 40, -16, -1])
def test_a_changed_byte_is_noticed(place: int) -> None:
    sealed = bytearray(seal(KEY, b"message", b"here"))
    sealed[place] ^= 1
    with pytest.raises(Damaged):
        unseal(KEY, bytes(sealed), b"here")


def test_another_place_another_key_and_less_are_noticed() -> None:
    sealed = seal(KEY, b"message", b"here")
    for key, text, bound in (
        (KEY, sealed, b"there"),
        (bytes(32), sealed, b"here"),
        (KEY, sealed[:-1], b"here"),
        (KEY, b"", b"here"),
    ):
        with pytest.raises(Damaged):
            unseal(key, text, bound)


def test_a_key_is_made_only_where_that_is_asked() -> None:
    asked: list[bool] = []

    def find(make: bool) -> bytes | None:
        asked.append(make)
        return KEY if make else None

    sealer = SealingKey(find)
    with pytest.raises(NoSealingKey):
        sealer.seal(b"x", b"")
    assert len(sealer.fingerprint(make=True)) == 32
    assert sealer.unseal(sealer.seal(b"x", b""), b"") == b"x"
    assert asked == [False, True]
    assert KEY.hex()[:8] not in sealer.fingerprint()
