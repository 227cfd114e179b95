"""A graph as a picture: SVG that stands alone, for light and dark screens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from clary.cli.pipelines.graph import Graph, Node
from clary.cli.pipelines.layers import Layout, layout
from clary.cli.pipelines.states import State, duration

_WIDTH, _HEIGHT = 244, 60  # of a step
_ACROSS, _DOWN = 36, 60  # between steps
_POINT = 28  # of an edge that passes a layer
_MARGIN, _HEAD = 40, 84
_LETTERS = 26  # of a name
_COLOURS = {
    "Succeeded": "good",
    "Failed": "bad",
    "Executing": "now",
    "Starting": "now",
    "Stopping": "held",
    "Stopped": "held",
}
_WORDS = {"": "not run", "Succeeded": ""}  # a mark says that a step has succeeded
_STYLE = """\
.graph{--paper:#fbfbfd;--card:#fff;--line:#d9dce3;--ink:#1d2330;--soft:#667085;--edge:#a7aebb;
--good:#16834c;--bad:#c92f32;--now:#2069c9;--held:#9a5f00;--idle:#b6bcc8}
@media(prefers-color-scheme:dark){.graph{--paper:#12151b;--card:#1b2029;--line:#323a47;--ink:#e8ebf1;--soft:#98a2b3;
--edge:#5b6577;--good:#3fbf7f;--bad:#f0686b;--now:#5aa2f5;--held:#e0a23b;--idle:#4a5261}}
.graph text{font-family:Inter,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans","DejaVu Sans",sans-serif;fill:var(--ink)}
.graph .title{font-size:20px;font-weight:650}.graph .sub{font-size:13px;fill:var(--soft)}.graph .name{font-size:14px;font-weight:600}
.graph .kind{font-size:12px;fill:var(--soft)}.graph .time{font-size:12px;fill:var(--soft);text-anchor:end}
.graph .card{fill:var(--card);stroke:var(--line)}.graph .idle .name{fill:var(--soft);font-weight:500}.graph .idle .card{stroke-dasharray:4 4}
.graph .edge{fill:none;stroke:var(--edge);stroke-width:1.6}.graph .edge.off{stroke-dasharray:4 5;opacity:.75}.graph .tip{fill:var(--edge)}
.graph .word{font-size:11px;font-weight:600;text-anchor:middle;fill:var(--soft)}.graph .chip{fill:var(--paper)}
.graph .mark{fill:none;stroke:#fff;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}.graph .c-good{fill:var(--good)}
.graph .c-bad{fill:var(--bad)}.graph .c-now{fill:var(--now)}.graph .c-held{fill:var(--held)}.graph .c-idle{fill:var(--idle)}
.graph .t-good{fill:var(--good)}.graph .t-bad{fill:var(--bad)}.graph .t-now{fill:var(--now)}.graph .t-held{fill:var(--held)}
.graph .ground{fill:var(--paper)}.graph.bare .ground{fill:none}"""
# What is drawn in the circle of a step, which has its middle at 0,0.
_MARKS = {
    "good": "M-4 0l3 3 5-6",
    "bad": "M-3.5-3.5l7 7M3.5-3.5l-7 7",
    "now": "M-2-3.5v7l5-3.5z",
    "held": "M-3-3h6v6h-6z",
    "idle": "M-3.5 0h.01M0 0h.01M3.5 0h.01",
}


def draw(title: str, lines: tuple[str, ...], graph: Graph, states: Mapping[str, State]) -> str:
    """Return the picture of a graph under a title and some lines of text; without a title it has no ground of its own, and is a
    part of a page."""
    made = layout(graph, _WIDTH + _ACROSS, _POINT)
    right = max((made.x[name] + _WIDTH / 2 for name in graph), default=0)
    head = _HEAD + 20 * (len(lines) - 1) if title else 12
    width = max(right - _ACROSS / 2 + 2 * _MARGIN, 360, 14 * len(title), *(7.5 * len(line) for line in lines))
    height = head + len(made.layers) * (_HEIGHT + _DOWN) - _DOWN + _MARGIN
    shift = (width - (max(made.x.values(), default=0) + min(made.x.values(), default=0))) / 2
    place = _Places(made, shift, head)
    parts = [
        *(_head(title, lines) if title else ()),
        *(_edge(place, graph, states, source, name) for source, name in made.ways),
        *(_card(place, node, states.get(name, State())) for name, node in graph.items()),
    ]
    css = "graph" if title else "graph bare"
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} class="{css}" role="img">\n'
        f"<title>{escape(title or 'The steps as a graph')}</title>\n"
        f"<style>{_STYLE}</style>\n"
        f'<rect class="ground" width="100%" height="100%"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


class _Places:
    """Where things are in the picture, in pixels."""

    def __init__(self, made: Layout, shift: float, top: float) -> None:
        self.made, self.shift, self.top = made, shift, top
        self._levels = {entry: number for number, layer in enumerate(made.layers) for entry in layer}

    def x(self, entry: str) -> float:
        return self.made.x[entry] + self.shift

    def y(self, entry: str) -> float:
        """Return the upper end of an entry's layer."""
        return self.top + self._levels[entry] * (_HEIGHT + _DOWN)


def _head(title: str, lines: tuple[str, ...]) -> Iterator[str]:
    yield f'<text class="title" x="{_MARGIN}" y="44">{escape(title)}</text>'
    for number, line in enumerate(lines):
        yield f'<text class="sub" x="{_MARGIN}" y="{66 + 20 * number}">{escape(line)}</text>'


def _card(place: _Places, node: Node, state: State) -> str:
    """Return a step: a card with its name, its type and state, a mark and the time that it took."""
    colour = _COLOURS.get(state.status, "idle")
    x, y = place.x(node.name) - _WIDTH / 2, place.y(node.name)
    word = _WORDS.get(state.status, state.status.lower())
    said = state.note if state.note in ("true", "false", "cached") else word
    about = ": ".join(part for part in (f"{node.name} ({node.type}) {word}".rstrip(), state.note) if part)
    told = f' · <tspan class="t-{colour}">{escape(said)}</tspan>' if said else ""
    return (
        f'<g class="{colour}" transform="translate({x:.1f} {y:.1f})"><title>{escape(about)}</title>'
        f'<rect class="card" width="{_WIDTH}" height="{_HEIGHT}" rx="10"/>'
        f'<g transform="translate(24 {_HEIGHT / 2})"><circle class="c-{colour}" r="11"/>'
        f'<path class="mark" d="{_MARKS[colour]}"/></g>'
        f'<text class="name" x="46" y="26">{escape(_cut(node.name))}</text>'
        f'<text class="kind" x="46" y="44">{escape(node.type)}{told}</text>'
        f'<text class="time" x="{_WIDTH - 12}" y="44">{duration(state.seconds)}</text></g>'
    )


def _cut(name: str) -> str:
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"


def _edge(place: _Places, graph: Graph, states: Mapping[str, State], source: str, name: str) -> str:
    """Return an edge with its arrow, and at a condition with the word of its branch."""
    node = graph[name]
    ran = not states or name in states
    way = place.made.ways[source, name]
    path, middle = _path(place, way)
    x, y = place.x(name), place.y(name)
    tip = f'<path class="tip" d="M{x:.1f} {y - 1:.1f}l-4.5-8h9z"/>'
    word = ("true" if node.taken else "false") if node.condition == source else ""
    return f'<path class="edge{"" if ran else " off"}" d="{path}"/>{tip}' + (
        _chip(word, *middle) if word else ""
    )


def _path(place: _Places, way: list[str]) -> tuple[str, tuple[float, float]]:
    """Return the curve of an edge, and the middle of its last bend."""
    x, y = place.x(way[0]), place.y(way[0]) + _HEIGHT
    parts = [f"M{x:.1f} {y:.1f}"]
    middle = (x, y)
    for entry in way[1:]:
        to_x, to_y = place.x(entry), place.y(entry)
        end = to_y - (8 if entry == way[-1] else 0)
        half = (y + end) / 2
        parts.append(f"C{x:.1f} {half:.1f} {to_x:.1f} {half:.1f} {to_x:.1f} {end:.1f}")
        middle = ((x + to_x) / 2, half)
        if entry != way[-1]:
            parts.append(f"V{to_y + _HEIGHT:.1f}")
        x, y = to_x, to_y + _HEIGHT
    return "".join(parts), middle


def _chip(word: str, x: float, y: float) -> str:
    return (
        f'<rect class="chip" x="{x - 17:.1f}" y="{y - 9:.1f}" width="34" height="18" rx="9"/>'
        f'<text class="word" x="{x:.1f}" y="{y + 4:.1f}">{word}</text>'
    )
