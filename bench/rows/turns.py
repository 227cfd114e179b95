"""Taking turns: ours, a peer, the limit, ours, a peer, the limit; so that a busy machine is busy for all of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

from bench.load import Figures
from bench.table import median

# (clients, seconds) -> what a stretch of load gave
Contestant = Callable[[int, float], Figures]
_WARM_UP = 1.0


class Found:
    """What every contestant did, by name and number of clients."""

    def __init__(self) -> None:
        self._figures: dict[tuple[str, int], list[Figures]] = {}

    def add(self, name: str, clients: int, figures: Figures) -> None:
        self._figures.setdefault((name, clients), []).append(figures)

    def has(self, name: str) -> bool:
        """Whether this contestant took part."""
        return any(who == name for who, _ in self._figures)

    def of(self, name: str, clients: int, figure: str) -> float:
        """The median of one figure (`rps`, `p50`, `p99`, `cpu`)."""
        return median([getattr(figures, figure) for figures in self._figures[name, clients]])


def take_turns(
    contestants: Mapping[str, Contestant], clients: Sequence[int], seconds: float, rounds: int
) -> Found:
    """`rounds` turns of every contestant for each number of clients, after a short one that is not counted."""
    found = Found()
    for turn in range(rounds + 1):
        for number in clients:
            for name, contestant in contestants.items():
                figures = contestant(number, seconds if turn else _WARM_UP)
                if turn:
                    _say(name, number, figures)
                    found.add(name, number, figures)
    return found


def _say(name: str, clients: int, figures: Figures) -> None:
    print(
        f"  {name:12s} {clients:3d} clients {figures.rps:8.0f} req/s  p50 {figures.p50:7.0f} us  "
        f"p99 {figures.p99:7.0f} us  cpu {figures.cpu:7.1f} us",
        file=sys.stderr,
        flush=True,
    )
