"""HMAC by kept states against the standard library's; and RFC 4231's first test case."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from clary.wire.keyed_hash import KeyedHash, keyed_hash


@pytest.mark.parametrize("key", [b"", b"k", b"k" * 32, b"k" * 64])
@pytest.mark.parametrize("message", [b"", b"what is signed", b"x" * 1000])
def test_is_the_code_of_the_standard_library(key: bytes, message: bytes) -> None:
    assert keyed_hash(key).hexdigest(message) == hmac.new(key, message, hashlib.sha256).hexdigest()


def test_is_the_code_of_rfc_4231() -> None:
    expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    assert KeyedHash(b"\x0b" * 20).hexdigest(b"Hi There") == expected


def test_one_message_leaves_nothing_for_the_next() -> None:
    code = KeyedHash(b"k" * 32)
    first = code.hexdigest(b"one")
    code.hexdigest(b"two")
    assert code.hexdigest(b"one") == first


def test_a_longer_key_is_refused() -> None:
    with pytest.raises(ValueError, match="longer key"):
        KeyedHash(b"k" * 65)
