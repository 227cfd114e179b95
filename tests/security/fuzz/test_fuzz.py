"""Every parser under random input: no crash, at most 50 ms of CPU an input, at most twice the work for twice the length."""

from __future__ import annotations

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from tests.security.fuzz.harness import FUZZING, MOST_SECONDS, NOISE_SECONDS, Target, inputs_of, seconds_of
from tests.security.fuzz.targets import TARGETS


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_a_parser_withstands_any_input(target: Target) -> None:
    @FUZZING
    @given(inputs_of(target), st.data())
    def withstands(pumped, data):
        seconds_of(target, pumped.of_length(0))
        shorter = seconds_of(target, pumped.of_length(target.longest))
        longer = seconds_of(target, pumped.of_length(2 * target.longest))
        event(f"milliseconds: {round(longer * 1000)}")
        assert longer <= MOST_SECONDS
        assert longer <= 2 * shorter + NOISE_SECONDS

    withstands()
