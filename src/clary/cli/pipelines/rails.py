"""A graph in lines of text: one line a step, and a rail for each step that others still wait for."""

from __future__ import annotations

from collections.abc import Iterator

from clary.cli.pipelines.graph import Graph

NODE = "*"  # the place of the step's own mark


def rails(graph: Graph) -> Iterator[tuple[str, str]]:
    """Yield each step with the rails of its line, in which NODE stands for the step."""
    left = {name: sum(name in node.after for node in graph.values()) for name in graph}
    lanes: list[str] = []  # the step that each lane comes from, '' for a free lane
    for name, node in graph.items():
        inputs = [lane for lane, source in enumerate(lanes) if source in node.after]
        for source in node.after:
            left[source] -= 1
        own = next((lane for lane in inputs if not left[lanes[lane]]), None)
        own = _free(lanes) if own is None else own
        yield name, _line(lanes, inputs, own, {lane for lane in inputs if left[lanes[lane]]})
        for lane in inputs:
            lanes[lane] = lanes[lane] if left[lanes[lane]] else ""
        lanes[own] = name if left[name] else ""
        while lanes and not lanes[-1]:
            lanes.pop()


def _free(lanes: list[str]) -> int:
    """Return a free lane; add one where there is none."""
    if "" not in lanes:
        lanes.append("")
    return lanes.index("")


def _line(lanes: list[str], inputs: list[int], own: int, going_on: set[int]) -> str:
    """Return the line of a step in the lane `own`, into which the lanes of `inputs` lead."""
    first, last = min([*inputs, own]), max([*inputs, own])
    cells = []
    for lane, source in enumerate(lanes):
        between = first < lane < last
        if lane == own:
            cell = NODE
        elif lane in inputs:
            cell = _joint(lane < own, lane in going_on, between)
        elif source:
            cell = "┼" if between else "│"
        else:
            cell = "─" if between else " "
        cells.append(cell + ("─" if first <= lane < last else " "))
    return "".join(cells).rstrip()


def _joint(is_left: bool, goes_on: bool, between: bool) -> str:
    """Return the corner at which a lane turns to the step, to its right or to its left."""
    if between:
        return "┼" if goes_on else "┴"
    if is_left:
        return "├" if goes_on else "╰"
    return "┤" if goes_on else "╯"
