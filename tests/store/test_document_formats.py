"""Documents as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

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
