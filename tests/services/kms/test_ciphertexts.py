"""What reads bytes of users' own refuses all but its own, by KMS's error."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clary.kernel import AwsError
from clary.services.kms.crypto.ciphertexts import encoded, read_header

_TEXTS = st.text(st.characters(codec="utf-8"), max_size=5)
_CONTEXTS = st.dictionaries(_TEXTS, _TEXTS, max_size=3)


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes(blob: bytes) -> None:
    for start in (b"", b"\x01", b"\x01\0\0\0\0\0\x24"):
        read = _read(start + blob)
        assert read == "InvalidCiphertextException" or (start + blob).startswith(read)  # type: ignore[arg-type]


def _read(blob: bytes) -> bytes | str:
    """Return the header's bytes, or the code of the error. Any other error fails the test."""
    try:
        return read_header(blob).text
    except AwsError as error:
        return error.code


@given(_CONTEXTS, _CONTEXTS)
@settings(max_examples=200, deadline=None)
def test_no_two_contexts_are_the_same_bytes(one: dict[str, str], other: dict[str, str]) -> None:
    assert (encoded(one) == encoded(other)) is (one == other)


@pytest.mark.parametrize("pair", [({"a": "bc"}, {"ab": "c"}), ({"a": "", "b": ""}, {"a": "b", "": ""})])
def test_pairs_that_run_into_each_other(pair: tuple[dict[str, str], dict[str, str]]) -> None:
    assert encoded(pair[0]) != encoded(pair[1])
