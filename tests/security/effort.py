"""How much work something is, in seconds of this thread's own processor: a busy machine does not change that."""

from __future__ import annotations

from collections.abc import Callable
from time import thread_time

MOST = 0.05
_NOISE = 0.004


def seconds(work: Callable[[], object]) -> float:
    """The best of three."""

    def once() -> float:
        began = thread_time()
        work()
        return thread_time() - began

    return min(once() for _ in range(3))


def assert_cheap(make: Callable[[int], Callable[[], object]], size: int) -> None:
    """What `make` makes of an input of this size takes little, and about twice as much for one twice as long."""
    short, long = seconds(make(size // 2)), seconds(make(size))
    assert long <= MOST, f"{long:.3f} s"
    assert long <= 2.5 * short + _NOISE, f"{short:.4f} s, and {long:.4f} s for twice as much"
