"""Random search: each point drawn by itself, from the seed and its number. Hyperband draws its points so, too.

A point that was drawn before is drawn again, so that a small discrete space is not searched twice.
"""

from __future__ import annotations

import random

from clary.services.sagemaker.tuning.search.ranges import Point, Range

_REDRAWS = 200


class RandomSearch:
    """Draws points; `seed` is what the drawing of all of them begins from."""

    def __init__(self, ranges: tuple[Range, ...], seed: str) -> None:
        self._ranges = ranges
        self._seed = seed
        self._seen: set[tuple[str, ...]] = set()

    def propose(self, number: int) -> Point:
        """Return a point that was not drawn before, as far as there is one to be found."""
        # The generator's own seeding with a text is the same in every process, unlike hash().
        source = random.Random(f"{self._seed}/{number}")
        drawn = (tuple(one.at(source.random()) for one in self._ranges) for _ in range(_REDRAWS))
        first = next(drawn)
        values = (
            first if first not in self._seen else next((one for one in drawn if one not in self._seen), first)
        )
        self._seen.add(values)
        return dict(zip((one.name for one in self._ranges), values, strict=True))

    def recall(self, number: int, point: Point) -> None:
        """Do not draw this point again."""
        self._seen.add(tuple(point.get(one.name, "") for one in self._ranges))

    def learn(self, number: int, value: float | None) -> None:
        """Do nothing: results do not change what is drawn."""

    def know(self, point: Point, value: float) -> None:
        """Do not draw this point again."""
        self.recall(-1, point)
