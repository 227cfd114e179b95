"""The walk over keys, against a model: the sorted list, folded by hand."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from hypothesis import given, settings
from hypothesis import strategies as st

from clary.services.s3.listing_pages import Position, successor, walk

TEXT = st.text(alphabet="ab/é\ud7ff\ue000😀\U0010ffff", max_size=6)


def fetcher(keys, calls=None):
    ordered = sorted(keys, key=str.encode)
    encoded = [key.encode() for key in ordered]

    def fetch(position, end, limit):
        if calls is not None:
            calls.append(position)
        at = (bisect_left if position.inclusive else bisect_right)(encoded, position.key.encode())
        stop = len(encoded) if end is None else bisect_left(encoded, end.encode())
        return [(key,) for key in ordered[at : max(at, min(stop, at + limit))]]

    return fetch


def model(keys, prefix, delimiter, after):
    """Everything that one endless page would show, in order."""
    shown = []
    for key in sorted(keys, key=str.encode):
        if not key.startswith(prefix):
            continue
        at = key.find(delimiter, len(prefix)) if delimiter else -1
        one = key if at < 0 else key[: at + len(delimiter)]
        if one.encode() > after.encode() and one not in shown:
            shown.append(one)
    return shown


@settings(max_examples=400, deadline=None)
@given(
    st.sets(TEXT.filter(bool), max_size=40),
    TEXT,
    st.sampled_from(["", "/", "b", "a/", "😀"]),
    TEXT,
    st.integers(1, 7),
)
def test_pages_are_what_the_model_shows(keys, prefix, delimiter, after, size):
    expected = model(keys, prefix, delimiter, after)
    seen, position = [], after
    while True:
        page = walk(
            fetcher(keys), prefix, delimiter, Position(position, inclusive=False) if position else None, size
        )
        here = sorted([row[0] for row in page.rows] + page.prefixes, key=str.encode)
        assert len(here) <= size
        seen += here
        if not page.truncated:
            break
        position = page.last if isinstance(page.last, str) else page.last[0]
        assert position == here[-1]
    assert seen == expected


@given(TEXT.filter(bool), TEXT)
def test_the_successor_is_the_least_string_above(prefix, tail):
    above = successor(prefix)
    if above is None:
        assert set(prefix) == {"\U0010ffff"}
        return
    assert (prefix + tail).encode() < above.encode()
    assert not above.startswith(prefix)


def test_a_full_folder_costs_one_seek():
    keys = [f"a/{i:05d}" for i in range(20_000)] + ["b"]
    calls: list[Position] = []
    page = walk(fetcher(keys, calls), "", "/", None, 1000)
    assert (page.prefixes, [row[0] for row in page.rows]) == (["a/"], ["b"])
    assert len(calls) <= 3


def test_nothing_is_asked_for_an_empty_page():
    calls: list[Position] = []
    assert walk(fetcher(["a"], calls), "", "", None, 0) == ([], [], False, None)
    assert calls == []
