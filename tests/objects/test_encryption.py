"""Encrypted streams: what may not be read of them, and which segments a range needs."""

from __future__ import annotations

import os
import random

import pytest

from clary.objects.api import Damaged
from clary.objects.encryption import (
    SALT,
    SEGMENT,
    TAG,
    Decryptor,
    Encryptor,
    decrypt,
    encrypt,
    encrypted_size,
    pieces,
)

KEYS = (b"k" * 32,)
STEP = SEGMENT + TAG
DATA = os.urandom(3 * SEGMENT + 10)


def segments(stream: bytes) -> list[bytes]:
    return [stream[at : at + STEP] for at in range(SALT, len(stream), STEP)]


@pytest.mark.parametrize("size", [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT])
@pytest.mark.parametrize("layers", [1, 2])
def test_a_stream_has_the_size_that_is_told(size: int, layers: int) -> None:
    keys = (b"k" * 32, b"l" * 32)[:layers]
    stream = encrypt(keys, b"x" * size)
    assert len(stream) == encrypted_size(size, layers)
    assert decrypt(keys, stream, size) == b"x" * size


def test_a_stream_is_the_same_however_it_came() -> None:
    chance = random.Random(3)
    encryptor, made, at = Encryptor(KEYS), b"", 0
    while at < len(DATA):
        step = chance.choice([0, 1, 100, SEGMENT, 2 * SEGMENT + 1])
        made += b"".join(encryptor.update(DATA[at : at + step]))
        at += step
    made += b"".join(encryptor.finish())
    assert decrypt(KEYS, made, len(DATA)) == DATA


def test_two_streams_of_the_same_bytes_have_nothing_in_common() -> None:
    one, other = encrypt(KEYS, DATA), encrypt(KEYS, DATA)
    assert not set(segments(one)) & set(segments(other))


def test_segments_hold_only_where_they_were_written() -> None:
    stream, other = encrypt(KEYS, DATA), encrypt(KEYS, DATA)
    salt, held = stream[:SALT], segments(stream)
    swapped = salt + held[1] + held[0] + held[2] + held[3]
    foreign = salt + held[0] + segments(other)[1] + held[2] + held[3]
    turned = other[:SALT] + b"".join(held)
    for forged in (swapped, foreign, turned):
        with pytest.raises(Damaged):
            decrypt(KEYS, forged, len(DATA))


@pytest.mark.parametrize("kept", [1, 2, 3])
def test_a_stream_that_ends_too_early_is_refused(kept: int) -> None:
    """Whole segments are left, so only the last one's mark tells."""
    stream = encrypt(KEYS, DATA)
    cut = stream[: SALT + kept * STEP]
    with pytest.raises(Damaged):
        decrypt(KEYS, cut, kept * SEGMENT)


def test_a_segment_in_the_middle_is_not_taken_for_the_last() -> None:
    stream = encrypt(KEYS, DATA)
    first = memoryview(segments(stream)[0])
    assert b"".join(Decryptor(KEYS, stream[:SALT]).open(first, 0, ends=False)) == DATA[:SEGMENT]
    with pytest.raises(Damaged):
        list(Decryptor(KEYS, stream[:SALT]).open(first, 0, ends=True))


def test_a_range_reads_no_more_than_it_needs() -> None:
    size = 100 * SEGMENT
    (one,) = pieces([size], 1, 40 * SEGMENT + 5, 10, most=16)
    assert (one.start, one.length, one.skip, one.end) == (SALT + 40 * STEP, STEP, 5, 15)
    assert [piece.length for piece in pieces([size], 1, 0, size, most=16)] == [16 * STEP] * 6 + [4 * STEP]
    assert next(pieces([size, size], 1, size, 1, most=16)).salt == encrypted_size(size, 1)
    assert list(pieces([size], 1, 5, 0, most=16)) == []
