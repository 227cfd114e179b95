"""Text with NUL, which no model forbids in the output of a program or in the name of an object of S3 ("An object key can
contain any Unicode character", https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html), on each kind of
store. What AWS's patterns forbid is refused before the store is asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clary.store.api import Query, Record, Tx
from tests.support.stores import HERE, Backend

TEXTS = ["", "a", "a\0", "a\0\0", "a\0\1", "a\0b", "a\1", "a\1\0", "a\1\1", "a\1\2", "a\2", "a\\u0000", "ab"]


@pytest.fixture
def tx(backend: Backend) -> Iterator[Tx]:
    with backend.again().write() as tx:
        yield tx


def put(tx: Tx, id: str, **doc: object) -> None:
    tx.insert(Record("K", HERE, id, f"arn:{id}", doc=doc))


def found(tx: Tx, *where: tuple[str, str, object]) -> list[str]:
    return [one.id for one in tx.list("K", HERE, Query(where, "id"))]


def test_it_is_kept_in_documents_and_columns(tx: Tx) -> None:
    for text in TEXTS:
        put(tx, f"k{text}", value=text, inner={text: 1})
        record = tx.get("K", HERE, f"k{text}")
        assert record is not None
        assert (record.id, record.doc) == (f"k{text}", {"value": text, "inner": {text: 1}})
    tx.tag("arn:ka", {"a\0b": "c\0"})
    assert tx.tags("arn:ka") == {"a\0b": "c\0"}


def test_it_does_not_change_the_order(tx: Tx) -> None:
    for text in reversed(TEXTS):
        put(tx, f"k{text}")
    assert found(tx) == sorted(f"k{text}" for text in TEXTS)
    assert found(tx, ("id", ">", "ka\0")) == sorted(f"k{text}" for text in TEXTS if text > "a\0")


def test_a_filter_by_it_finds_what_is_equal(tx: Tx) -> None:
    for text in TEXTS:
        put(tx, f"k{text}")
    for text in TEXTS:
        assert found(tx, ("id", "=", f"k{text}")) == [f"k{text}"]
    assert found(tx, ("tag.a\0b", "=", "x")) == []


def test_other_records_are_found_beside_one_that_has_it(tx: Tx) -> None:
    put(tx, "one", value="a\0b", other="x", number=1, **{"na\0me": 2})
    put(tx, "two", value="c", other="x", number=2)
    put(tx, "three", value="a\1", other="x", number=3)
    assert found(tx, ("doc.other", "=", "x"), ("doc.number", "<", 3)) == ["one", "two"]
    assert found(tx, ("doc.value", "=", "c")) == ["two"]
    assert found(tx, ("doc.value", "=", "a\1")) == ["three"]
    assert found(tx, ("doc.value", "contains", "\0x")) == []
