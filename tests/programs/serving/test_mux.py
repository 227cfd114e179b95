"""Frames of the worker socket: any cut of the byte stream gives the same frames."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary_programs.serving import mux
from clary_programs.serving.mux import FrameError, Frames, Kind

FRAMES = st.lists(
    st.tuples(st.integers(0, 2**32 - 1), st.sampled_from(list(Kind)), st.binary(max_size=40)), max_size=6
)


@given(FRAMES, st.integers(1, 17))
def test_any_cut_gives_the_same_frames(frames: list[tuple[int, int, bytes]], step: int) -> None:
    data = b"".join(mux.frame(stream, kind, payload) for stream, kind, payload in frames)
    reader, got = Frames(), []
    for at in range(0, len(data), step):
        got += reader.feed(data[at : at + step])
    assert got == frames


@pytest.mark.parametrize("length", [0, 4, 2**32 - 1])
def test_absurd_lengths_are_refused(length: int) -> None:
    with pytest.raises(FrameError):
        Frames().feed(mux.PREFIX.pack(length, 1, 1))


def test_requests_and_responses_come_apart_as_they_went_together() -> None:
    ((_, _, payload),) = Frames().feed(mux.request(1, b"{}", b"body"))
    assert mux.split_request(payload) == (b"{}", b"body")
    ((_, _, payload),) = Frames().feed(mux.response(1, Kind.RESPONSE, 404, b"{}", b"body"))
    assert mux.split_response(payload) == (404, b"{}", b"body")


@pytest.mark.parametrize("payload", [b"", b"\x05", b"\x05\x00ab"])
def test_a_head_cut_short_is_refused(payload: bytes) -> None:
    with pytest.raises(FrameError):
        mux.split_request(payload)
