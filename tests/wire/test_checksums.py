"""S3's checksums. The check values are those of the CRC catalogue for `123456789`; the digests are hashlib's."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.wire import checksums

CRCS = {"CRC32": "cbf43926", "CRC32C": "e3069283", "CRC64NVME": "ae8b14860a799888"}


@pytest.mark.parametrize(("algorithm", "expected"), CRCS.items())
def test_check_values(algorithm: str, expected: str) -> None:
    running = checksums.new(algorithm)
    running.update(b"123456789")
    assert running.digest().hex() == expected


@pytest.mark.parametrize("algorithm", ["SHA1", "SHA256", "SHA512", "MD5"])
def test_digests_are_hashlib_s(algorithm: str) -> None:
    running = checksums.new(algorithm.lower())
    running.update(b"data")
    assert running.digest() == hashlib.new(algorithm.lower(), b"data").digest()


@pytest.mark.parametrize("algorithm", checksums.ALGORITHMS)
@given(st.lists(st.binary(max_size=40), max_size=6))
def test_parts_give_what_the_whole_gives(algorithm: str, parts: list[bytes]) -> None:
    running = checksums.new(algorithm)
    for part in parts:
        running.update(part)
    assert checksums.encoded(running) == checksums.of(algorithm, b"".join(parts))


@pytest.mark.parametrize("algorithm", CRCS)
@given(st.binary(max_size=200), st.binary(max_size=200))
def test_crcs_combine(algorithm: str, first: bytes, second: bytes) -> None:
    def digest(data: bytes) -> bytes:
        running = checksums.new(algorithm)
        running.update(data)
        return running.digest()

    combined = checksums.combine(algorithm, digest(first), digest(second), len(second))
    assert combined == digest(first + second)


def test_an_unknown_algorithm_is_refused() -> None:
    with pytest.raises(LookupError):
        checksums.new("XXHASH3")
    with pytest.raises(LookupError):
        checksums.combine("SHA256", b"", b"", 0)


def test_values_that_s3_recorded() -> None:
    # recorded/s3: ChecksumCRC32 2H9+DA== of the object `test`, CRC64NVME Pact6XRTYyA= of `abcdef`
    assert checksums.of("CRC32", b"test") == "2H9+DA=="
    assert checksums.of("CRC64NVME", b"abcdef") == "Pact6XRTYyA="
