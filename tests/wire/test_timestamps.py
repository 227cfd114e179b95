"""Moments in AWS's three notations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.wire import timestamps


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2019-12-16T23:48:18Z", 1576540098),
        ("2019-12-16T23:48:18.123Z", 1576540098.123),
        ("2019-12-16T22:48:18-01:00", 1576540098),
        ("2019-12-17T00:48:18+0100", 1576540098),
        ("2019-12-16", 1576454400),
        ("Mon, 16 Dec 2019 23:48:18 GMT", 1576540098),
        ("Mon, 16 Dec 2019 23:48:18.5 GMT", 1576540098.5),
        ("1576540098", 1576540098),
        ("1576540098.5", 1576540098.5),
    ],
)
def test_what_is_read(text: str, moment: float) -> None:
    assert timestamps.parse(text) == moment


@pytest.mark.parametrize(
    "text", ["", "soon", "2019-13-01", "2019-02-30T00:00:00Z", "nan", "inf", "2019-12-16T25:00:00Z"]
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  any of several that the standard library raises
        timestamps.parse(text)


@given(st.integers(0, 4_000_000_000_000))
def test_what_is_written_is_read(milliseconds: int) -> None:
    moment = milliseconds / 1000
    assert timestamps.parse(timestamps.iso(moment)) == pytest.approx(moment, abs=1e-4)
    assert timestamps.parse(timestamps.iso_milliseconds(moment)) == pytest.approx(moment, abs=1e-4)
    assert timestamps.parse(timestamps.http_date(moment)) == int(moment)


def test_handlers_may_give_datetimes() -> None:
    naive = datetime(2019, 12, 16, 23, 48, 18)
    zoned = datetime(2019, 12, 17, 0, 48, 18, tzinfo=timezone(timedelta(hours=1)))
    assert timestamps.seconds(naive) == timestamps.seconds(zoned) == 1576540098
    assert timestamps.seconds(naive.replace(tzinfo=UTC)) == 1576540098


def test_whole_seconds_are_written_whole() -> None:
    assert timestamps.epoch(5.0) == 5
    assert isinstance(timestamps.epoch(5.0), int)
    assert timestamps.epoch(5.12345) == 5.123
    assert timestamps.iso(0) == "1970-01-01T00:00:00Z"
    assert timestamps.iso(0.5) == "1970-01-01T00:00:00.500Z"
