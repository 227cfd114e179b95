"""The part of the lineage graph that a query reaches: breadth first over the table of associations, within a budget.

Each entity and each association is looked at once, so that cycles end and the work is linear in what is reached. One
statement reads the neighbours of many entities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from clary.kernel.errors import validation
from clary.services.sagemaker.lineage.association_table import Edge

# Associations that one query may look at. It takes about a second and some 50 MB of memory.
MOST_EDGES = 50_000

Neighbours = Callable[
    [str, Sequence[str]], Iterable[Edge]
]  # the end that is given, and entities that are there
ENDS = {"Descendants": ("source",), "Ascendants": ("destination",), "Both": ("source", "destination")}


@dataclass(slots=True)
class Reached:
    """What a query reached: entities with their types, in the order in which they were reached, the start first.

    `steps` are the associations over which an entity was reached, from the entities one step nearer to the start.
    `edges` are all associations between them, each with the place of the later of its ends.
    """

    types: dict[str, str] = field(default_factory=dict)
    depths: dict[str, int] = field(default_factory=dict)
    steps: dict[str, list[str]] = field(default_factory=dict)
    edges: dict[tuple[str, str], Edge] = field(default_factory=dict)

    def on_the_way_to(self, wanted: Iterable[str]) -> set[str]:
        """Return these entities and all that lie on the shortest ways from the start to them."""
        found, left = set(wanted), list(wanted)
        while left:
            for nearer in self.steps.get(left.pop(), ()):
                if nearer not in found:
                    found.add(nearer)
                    left.append(nearer)
        return found


def reach(start: str, direction: str, depth: int, neighbours: Neighbours) -> Reached:
    """Return what is at most `depth` associations from an entity. Raise ValidationException for too large a graph."""
    reached = Reached(depths={start: 0})
    level = [start]
    for step in range(1, depth + 1):
        level = sorted(set(_next_level(reached, level, direction, step, neighbours)))
        if not level:
            break
    return reached


def _next_level(
    reached: Reached, level: Sequence[str], direction: str, step: int, neighbours: Neighbours
) -> Iterator[str]:
    for end in ENDS[direction]:
        for edge in neighbours(end, level):
            reached.edges[edge.source, edge.destination] = edge
            _check_size(reached)
            near, far = (
                (edge.source, edge.destination) if end == "source" else (edge.destination, edge.source)
            )
            reached.types[edge.source], reached.types[edge.destination] = (
                edge.source_type,
                edge.destination_type,
            )
            if reached.depths.setdefault(far, step) == step:
                reached.steps.setdefault(far, []).append(near)
                yield far


def _check_size(reached: Reached) -> None:
    if len(reached.edges) > MOST_EDGES:
        raise validation(
            f"The query reaches more than {MOST_EDGES} associations. Use a smaller MaxDepth, or Ascendants or "
            "Descendants in place of Both."
        )
