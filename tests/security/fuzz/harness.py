"""What the fuzzer does with a parser: inputs that are pumped up, and the work that each costs.

Superlinear work shows on inputs of the form `head, middle repeated, tail`: a regular expression that backtracks, a path that
is walked from the root again, a list that is searched for each of its members. So an input is drawn as three runs of tokens,
and is measured twice: with its middle repeated to some length, and to twice that length.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from clary.kernel import AwsError

# How many inputs a parser gets; a long trial sets it higher.
EXAMPLES = int(os.environ.get("CLARY_FUZZ_EXAMPLES", "100"))
LONG = 4096  # bytes of the shorter of an input's two forms
MOST_SECONDS = 0.05  # of a thread's CPU that the longer form may cost
NOISE_SECONDS = 0.004  # that a measurement may be off, whatever it measures

FUZZING = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize="CLARY_FUZZ_EXAMPLES" not in os.environ,  # the same inputs each time, but in a trial
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True, slots=True)
class Target:
    """One parser. `tokens` are the pieces of its language; `allowed` is what it may raise beside AwsError."""

    name: str
    parse: Callable[[bytes], object]
    tokens: tuple[bytes, ...]
    allowed: tuple[type[Exception], ...] = ()
    longest: int = LONG

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Pumped:
    """An input whose middle can be repeated."""

    head: bytes
    middle: bytes
    tail: bytes

    def of_length(self, length: int) -> bytes:
        """Return the input with its middle repeated to about a length."""
        times = max(1, (length - len(self.head) - len(self.tail)) // max(1, len(self.middle)))
        return self.head + self.middle * times + self.tail


def inputs_of(target: Target) -> st.SearchStrategy[Pumped]:
    """Return inputs of a target's tokens, with some bytes that belong to no language among them."""
    token = st.one_of(
        st.sampled_from(target.tokens), st.sampled_from(target.tokens), st.binary(min_size=1, max_size=3)
    )
    run = st.lists(token, max_size=6).map(b"".join)
    return st.builds(Pumped, run, st.lists(token, min_size=1, max_size=4).map(b"".join), run)


def seconds_of(target: Target, data: bytes) -> float:
    """Return the CPU seconds of this thread that one input takes, the best of three.

    Raise AssertionError for an exception that no client should see as an internal error.
    """
    gc.disable()
    try:
        return min(_once(target, data) for _ in range(3))
    finally:
        gc.enable()


def _once(target: Target, data: bytes) -> float:
    began = time.thread_time()
    refusal = _refusal(target, data)
    took = time.thread_time() - began
    assert refusal is None or refusal.status < 500 or refusal.code == "NotImplemented", refusal
    return took


def _refusal(target: Target, data: bytes) -> AwsError | None:
    try:
        target.parse(data)
    except AwsError as error:
        return error
    except target.allowed:
        pass
    return None
