"""Logs of records."""

from __future__ import annotations

import threading

from clary.records.api import RecordStore
from tests.conformance.records.conftest import Again
from tests.conformance.records.using import writing

LOG = "log"


def append(records: RecordStore, *data: bytes, now: float = 1000.0) -> int:
    return records.perform(lambda tx: tx.append(LOG, data, now))


def test_records_are_read_after_a_number(records: RecordStore) -> None:
    assert append(records, b"a", b"b") == 2
    assert append(records) == 2
    assert append(records, b"c", now=1001.0) == 3
    with records.read() as tx:
        assert tx.read(LOG, 0) == [(1, 1000.0, b"a"), (2, 1000.0, b"b"), (3, 1001.0, b"c")]
        assert [entry.data for entry in tx.read(LOG, 1, most=1)] == [b"b"]
        assert tx.read(LOG, 3) == []
        assert tx.read("other", 0) == []
        assert tx.last(LOG) == 3


def test_a_page_ends_with_its_size(records: RecordStore) -> None:
    append(records, *[bytes(100)] * 300)
    with records.read() as tx:
        assert len(tx.read(LOG, 0, size=1)) == 1
        assert len(tx.read(LOG, 0, size=100)) == 1
        assert len(tx.read(LOG, 0, size=10_001)) == 101
        assert len(tx.read(LOG, 0)) == 300
        assert len(tx.read(LOG, 0, most=250)) == 250


def test_the_place_of_a_moment(records: RecordStore) -> None:
    for moment in (10.0, 20.0, 20.0, 30.0):
        append(records, b"x", now=moment)
    with records.read() as tx:
        assert [tx.before(LOG, moment) for moment in (5.0, 10.0, 15.0, 20.0, 25.0, 31.0)] == [
            0,
            0,
            1,
            1,
            3,
            4,
        ]
        assert tx.before("none", 1.0) == 0
    with writing(records) as tx:
        tx.trim(LOG, 2)
        assert [tx.before(LOG, moment) for moment in (5.0, 25.0, 31.0)] == [2, 3, 4]
        tx.trim(LOG, 4)
        assert tx.before(LOG, 31.0) == 4


def test_a_trim_is_bounded_and_numbers_go_on(records: RecordStore) -> None:
    append(records, *[b"x"] * 10)
    with writing(records) as tx:
        assert tx.trim(LOG, 7, most=5) == 5
        assert tx.trim(LOG, 7, most=5) == 2
        assert tx.trim(LOG, 7, most=5) == 0
        assert [entry.number for entry in tx.read(LOG, 0)] == [8, 9, 10]
        tx.trim(LOG, 10)
        assert tx.append(LOG, [b"y"], 1.0) == 11
        tx.drop(LOG)
        assert tx.append(LOG, [b"z"], 1.0) == 1


def test_a_reader_never_meets_a_lower_number_later(again: Again) -> None:
    writers, reader = [again(), again()], again()
    threads = [
        threading.Thread(target=lambda one=one: [append(one, b"x", b"y") for _ in range(50)])
        for one in writers
    ]
    for thread in threads:
        thread.start()
    seen: list[int] = []
    while len(seen) < 200:
        with reader.read() as tx:
            seen += [entry.number for entry in tx.read(LOG, seen[-1] if seen else 0)]
    for thread in threads:
        thread.join()
    assert seen == list(range(1, 201))
