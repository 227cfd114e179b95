"""Cutting objects into payloads (AWS API reference, TransformInput$SplitType and BatchStrategy)."""

from __future__ import annotations

import io
import struct

import pytest

from clary_programs.agents.transform.config import MULTI, SINGLE
from clary_programs.agents.transform.errors import TransformError
from clary_programs.agents.transform.splitting import RecordTooLarge, payloads


def cut(data: bytes, split: str, strategy: str, limit: int) -> list[bytes]:
    return list(payloads(io.BytesIO(data), split, strategy, limit))


def recordio(*records: bytes) -> bytes:
    return b"".join(struct.pack("<II", 0xCED7230A, len(r)) + r + bytes(-len(r) % 4) for r in records)


def tfrecord(*records: bytes) -> bytes:
    return b"".join(struct.pack("<QI", len(r), 1) + r + struct.pack("<I", 2) for r in records)


@pytest.mark.parametrize("split", ["None", "Line", "RecordIO", "TFRecord"])
@pytest.mark.parametrize("strategy", [MULTI, SINGLE])
def test_an_empty_object_has_no_payload(split: str, strategy: str) -> None:
    assert cut(b"", split, strategy, 10) == []


def test_unsplit_is_one_payload_or_too_large() -> None:
    assert cut(b"a\nb", "None", MULTI, 3) == [b"a\nb"]
    assert cut(b"a" * 99, "None", MULTI, 0) == [b"a" * 99]
    with pytest.raises(RecordTooLarge):
        cut(b"abcd", "None", MULTI, 3)


def test_as_many_whole_lines_as_fit() -> None:
    assert cut(b"aa\nbb\ncc\nd", "Line", MULTI, 6) == [b"aa\nbb\n", b"cc\nd"]
    assert cut(b"aa\nbb\n", "Line", MULTI, 6) == [b"aa\nbb\n"]
    assert cut(b"aaaaa\nb", "Line", MULTI, 6) == [b"aaaaa\n", b"b"]


@pytest.mark.parametrize("limit", range(8, 60))
def test_nothing_is_lost_or_reordered_whatever_the_limit(limit: int) -> None:
    data = b"".join(b"%d\n" % (i * 37 % 99999) for i in range(400))
    got = cut(data, "Line", MULTI, limit)
    assert b"".join(got) == data
    assert all(part.endswith(b"\n") and len(part) <= limit for part in got)


@pytest.mark.parametrize("strategy", [MULTI, SINGLE])
def test_a_line_that_does_not_fit(strategy: str) -> None:
    with pytest.raises(RecordTooLarge):
        cut(b"ok\naaaaaaaaaa\n", "Line", strategy, 5)


def test_single_lines_come_without_their_ends() -> None:
    assert cut(b"a\r\nb\n\nc", "Line", SINGLE, 10) == [b"a", b"b", b"c"]


@pytest.mark.parametrize(("make", "split"), [(recordio, "RecordIO"), (tfrecord, "TFRecord")])
def test_binary_framing_is_kept_for_many_and_removed_for_one(make: object, split: str) -> None:
    data = make(b"abc", b"defgh")
    assert cut(data, split, MULTI, 1000) == [data]
    assert cut(data, split, MULTI, 24) == [make(b"abc"), make(b"defgh")]
    assert cut(data, split, SINGLE, 1000) == [b"abc", b"defgh"]
    with pytest.raises(RecordTooLarge):
        cut(data, split, SINGLE, 4)
    for end in (3, len(data) - 1):
        with pytest.raises(TransformError):
            cut(data[:end], split, SINGLE, 1000)


def test_a_recordio_record_in_parts_is_one_record() -> None:
    parts = (
        struct.pack("<II", 0xCED7230A, (1 << 29) | 4)
        + b"abcd"
        + struct.pack("<II", 0xCED7230A, (3 << 29) | 1)
        + b"e\0\0\0"
    )
    assert cut(parts, "RecordIO", SINGLE, 100) == [b"abcde"]


def test_what_is_no_recordio_is_said_so() -> None:
    with pytest.raises(TransformError, match="not RecordIO"):
        cut(b"x" * 20, "RecordIO", MULTI, 100)


def test_an_absurd_length_does_not_allocate() -> None:
    with pytest.raises(TransformError, match="cut short"):
        cut(struct.pack("<QI", 1 << 60, 0) + b"x", "TFRecord", SINGLE, 100)
