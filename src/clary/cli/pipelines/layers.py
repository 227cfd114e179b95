"""Places for the steps of a graph: layers from top to bottom, few crossings, short edges.

Sugiyama's way: the layer of a step is the longest way to it, an edge over several layers gets a point in each of them, the
order within layers follows the middle of the neighbours, and so do the places, as far as the widths allow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from clary.cli.pipelines.graph import Graph

_ROUNDS = 12
Width = Callable[[str], float]
# The place of the first entry, the number of entries, the entries with their distances from the first.
Block = tuple[float, int, list[tuple[str, float]]]


@dataclass
class Layout:
    """The layers, from left to right each, and the horizontal place of every entry. Points of long edges are entries as
    well: `ways` has them for each edge, from its beginning to its end."""

    layers: list[list[str]] = field(default_factory=list)
    x: dict[str, float] = field(default_factory=dict)
    ways: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    steps: frozenset[str] = frozenset()


def layout(graph: Graph, width: float, point: float) -> Layout:
    """Return places for steps of a width and for the points of edges, with the space around them."""
    made = _layered(graph)
    above, below = _neighbours(made)
    for turn in range(_ROUNDS):
        _sort(made.layers if turn % 2 == 0 else made.layers[::-1], above if turn % 2 == 0 else below)
    _place(made, above, below, lambda entry: width if entry in made.steps else point)
    return made


def _layered(graph: Graph) -> Layout:
    level: dict[str, int] = {}
    for name, node in graph.items():
        level[name] = max((level[one] + 1 for one in node.after), default=0)
    made = Layout([[] for _ in range(max(level.values(), default=-1) + 1)], steps=frozenset(graph))
    for name in graph:
        made.layers[level[name]].append(name)
    for name, node in graph.items():
        for source in sorted(node.after):
            points = [f"{source}\0{name}\0{number}" for number in range(level[source] + 1, level[name])]
            for number, entry in enumerate(points, level[source] + 1):
                made.layers[number].append(entry)
            made.ways[source, name] = [source, *points, name]
    return made


def _neighbours(made: Layout) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the neighbours of each entry in the layer above and in the one below."""
    entries = [entry for layer in made.layers for entry in layer]
    above: dict[str, list[str]] = {entry: [] for entry in entries}
    below: dict[str, list[str]] = {entry: [] for entry in entries}
    for way in made.ways.values():
        for upper, lower in pairwise(way):
            above[lower].append(upper)
            below[upper].append(lower)
    return above, below


def _sort(layers: Sequence[list[str]], neighbours: Mapping[str, list[str]]) -> None:
    """Sort each layer by the middle of the places that its neighbours have in the layer before."""
    for before, layer in pairwise(layers):
        place = {entry: number for number, entry in enumerate(before)}
        own = {entry: number for number, entry in enumerate(layer)}

        def middle(entry: str, place: dict[str, int] = place, own: dict[str, int] = own) -> float:
            found = [place[one] for one in neighbours[entry]]
            return sum(found) / len(found) if found else own[entry]

        layer.sort(key=middle)


def _place(made: Layout, above: dict[str, list[str]], below: dict[str, list[str]], width: Width) -> None:
    """Move every entry as near to the middle of its neighbours as the others of its layer let it."""
    for layer in made.layers:
        at = 0.0
        for entry in layer:
            made.x[entry] = at + width(entry) / 2
            at += width(entry)
    for turn in range(_ROUNDS):
        down = turn % 2 == 0
        neighbours = above if down else below
        for layer in made.layers if down else made.layers[::-1]:
            _spread(layer, [_wanted(entry, neighbours, made.x) for entry in layer], made.x, width)
    least = min((made.x[entry] - width(entry) / 2 for entry in made.x), default=0.0)
    for entry in made.x:
        made.x[entry] -= least


def _wanted(entry: str, neighbours: Mapping[str, list[str]], x: Mapping[str, float]) -> float:
    found = [x[one] for one in neighbours[entry]]
    return sum(found) / len(found) if found else x[entry]


def _spread(layer: list[str], wanted: list[float], x: dict[str, float], width: Width) -> None:
    """Place the entries of a layer in their order, without overlap, as near as possible (by least squares) to where they are
    wanted: neighbours that would overlap become a block, which stands at the mean of what its entries want."""
    blocks: list[Block] = []
    for entry, place in zip(layer, wanted, strict=True):
        blocks.append((place, 1, [(entry, 0.0)]))
        while len(blocks) > 1 and _overlap(blocks[-2], blocks[-1], width):
            right, left = blocks.pop(), blocks.pop()
            blocks.append(_joined(left, right, width))
    for place, _, entries in blocks:
        for entry, offset in entries:
            x[entry] = place + offset


def _gap(left: Block, right: Block, width: Width) -> float:
    """Return how far the first of the right block must be from the first of the left one."""
    entry, offset = left[2][-1]
    return offset + (width(entry) + width(right[2][0][0])) / 2


def _overlap(left: Block, right: Block, width: Width) -> bool:
    return right[0] < left[0] + _gap(left, right, width)


def _joined(left: Block, right: Block, width: Width) -> Block:
    gap = _gap(left, right, width)
    size = left[1] + right[1]
    place = (left[0] * left[1] + (right[0] - gap) * right[1]) / size
    return place, size, [*left[2], *((entry, offset + gap) for entry, offset in right[2])]
