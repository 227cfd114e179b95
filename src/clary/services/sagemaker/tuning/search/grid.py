"""Grid search: every combination of categorical values once. Needs no memory."""

from __future__ import annotations

from clary.services.sagemaker.tuning.search.ranges import Categorical, Point, Range


class Grid:
    """Counts through the combinations; the last hyperparameter changes first."""

    def __init__(self, ranges: tuple[Range, ...]) -> None:
        self._ranges = [one for one in ranges if isinstance(one, Categorical)]

    def propose(self, number: int) -> Point:
        """Return the combination with this number."""
        found: Point = {}
        for one in reversed(self._ranges):
            number, place = divmod(number, len(one.values))
            found[one.name] = one.values[place]
        return {one.name: found[one.name] for one in self._ranges}

    def recall(self, number: int, point: Point) -> None:
        """Do nothing: the number says it all."""

    def learn(self, number: int, value: float | None) -> None:
        """Do nothing: results change no grid."""

    def know(self, point: Point, value: float) -> None:
        """Do nothing: results change no grid."""
