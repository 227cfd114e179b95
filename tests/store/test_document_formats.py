"""Documents as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from clary.store import document_formats
from clary.store.document_formats import Formats, Newer, encode


def test_a_datetime_becomes_seconds() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 500_000, tzinfo=UTC)
    east = moment.astimezone(timezone(timedelta(hours=5)))
    text = encode({"A": moment, "B": [east], "C": moment.replace(tzinfo=None)})
    seconds = moment.timestamp()
    assert Formats().decode("K", text, 0) == {"A": seconds, "B": [seconds], "C": seconds}


@pytest.mark.parametrize("value", [b"x", object(), {1}])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        encode({"A": value})


def test_upgrades_are_applied_from_where_the_document_is() -> None:
    formats = Formats({"K": [lambda d: d | {"one": 1}, lambda d: d | {"two": 2}]})
    assert formats.current("K") == 2
    assert formats.current("Other") == 0
    assert formats.decode("K", "{}", 0) == {"one": 1, "two": 2}
    assert formats.decode("K", "{}", 1) == {"two": 2}
    assert formats.decode("K", "{}", 2) == {}
    with pytest.raises(Newer, match="format 3"):
        formats.decode("K", "{}", 3)


def test_the_same_text_is_read_once_for_lists() -> None:
    formats = Formats({"K": [lambda d: d | {"one": 1}]})
    first = formats.decode_shared("K", '{"a":1}', 1)
    assert formats.decode_shared("K", '{"a":1}', 1) is first
    assert formats.decode("K", '{"a":1}', 1) is not first
    assert formats.decode_shared("K", '{"a":1}', 0) == {"a": 1, "one": 1}  # of an earlier format
    assert formats.decode_shared("Other", '{"a":1}', 0) == {"a": 1}
    with pytest.raises(Newer):
        formats.decode_shared("K", '{"a":1}', 2)


def test_a_shared_document_that_was_changed_is_found() -> None:
    formats = Formats()
    formats.decode_shared("K", '{"a":{}}', 0)["a"]["b"] = 1
    assert formats.changed() == [{"a": {"b": 1}}]


def test_few_documents_are_kept_and_no_long_ones() -> None:
    formats = Formats()
    for number in range(3 * document_formats._MOST_SHARED):
        formats.decode_shared("K", f'{{"a":{number}}}', 0)
    assert len(formats._shared) <= document_formats._MOST_SHARED
    long = '{"a":"' + "x" * document_formats._LONGEST_SHARED + '"}'
    assert formats.decode_shared("K", long, 0) is not formats.decode_shared("K", long, 0)
