"""Path templates (`/{Bucket}/{Key+}?uploads`) compiled to a tree, and requests found in it. Knows no service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from clary.wire.http import Request

if TYPE_CHECKING:
    from clary.wire.exchange import Codec
    from clary.wire.model import Operation

Labels = Mapping[str, str]
_MOST_KNOWN = 1024


@dataclass(frozen=True, slots=True)
class Route:
    """One operation at one place. `headers` are in lower case. `constants` must be in the query string; `wanted` parameters and headers are what
    the model requires: they choose among operations that are at the same place otherwise."""

    codec: Codec
    labels: tuple[str, ...]
    constants: tuple[tuple[str, str], ...]
    parameters: tuple[str, ...]
    headers: tuple[str, ...]

    @property
    def weight(self) -> tuple[int, int, bool]:
        """How particular the route is: the most particular one that fits is taken."""
        demands = len(self.parameters) + len(self.headers)
        return len(self.constants), demands, not self.codec.operation.deprecated


class _Routes:
    """The operations of one method at one place, the most particular first."""

    __slots__ = ("all", "constants", "headers", "plain", "usual")

    def __init__(self) -> None:
        self.all: list[Route] = []
        self.plain: list[Route] = []  # those that ask for nothing in the query string
        self.constants: frozenset[str] = frozenset()  # the names that the others ask for
        self.headers: frozenset[str] = frozenset()  # the headers that some of the plain ones require
        self.usual: Route | None = None  # without a query string and those headers

    def add(self, route: Route) -> None:
        self.all.append(route)
        self.all.sort(key=lambda route: route.weight, reverse=True)
        self.plain = [route for route in self.all if not route.constants]
        self.constants = frozenset(name for route in self.all for name, _ in route.constants)
        self.headers = frozenset(name for route in self.plain for name in route.headers)
        self.usual = _first_wanted(self.plain, {}, {})

    def fitting(self, given: Mapping[str, str]) -> list[Route]:
        """Return the routes whose constants are in the query string."""
        if self.constants.isdisjoint(given):
            return self.plain
        return [route for route in self.all if _has_constants(route, given)]


@dataclass(slots=True)
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    label: _Node | None = None
    greedy: _Node | None = None
    routes: dict[str, _Routes] = field(default_factory=dict)  # by method


class PathTable:
    """The REST operations of the services that share a signing name."""

    def __init__(self) -> None:
        self._root = _Node()
        self._known: dict[tuple[str, str], tuple[Codec, Labels]] = {}
        self._pair: _Node | None = None  # of `/bucket/key`, if nothing else is so long

    def add(self, codec: Codec) -> None:
        operation = codec.operation
        path, _, query = operation.uri.partition("?")
        node, labels = self._root, []
        for segment in _segments(path):
            name = segment[1:-1].rstrip("+")
            if not segment.startswith("{"):
                node = node.literals.setdefault(segment, _Node())
            elif segment.endswith("+}"):
                node.greedy = node = node.greedy or _Node()
                labels.append(name)
            else:
                node.label = node = node.label or _Node()
                labels.append(name)
        node.routes.setdefault(operation.method, _Routes()).add(_route(codec, tuple(labels), query))
        self._pair = _pair_of(self._root)

    def find(self, method: str, path: str, request: Request) -> tuple[Codec, Labels] | None:
        """Return the operation for a path, still percent-encoded, with its labels decoded; None if no
        operation matches."""
        known = self._known.get((method, path))
        if known is not None:
            return known
        by_path_alone = True
        for node, values in self._places(path):
            routes = node.routes.get(method)
            if routes is not None:
                alone = len(routes.all) == 1 and not routes.constants
                by_path_alone = by_path_alone and alone
                route = routes.all[0] if alone else _choose(routes, request)
                if route is not None:
                    found = route.codec, _decoded(route.labels, values)
                    if by_path_alone:
                        self._remember(method, path, found)
                    return found
        return None

    def _places(self, path: str) -> Iterable[tuple[_Node, tuple[str, ...]]]:
        """Return the nodes that a path may mean with the values of their labels, the most particular first."""
        if self._pair is not None:
            parts = path.split("/", 2)  # `/bucket/key`
            if len(parts) == 3 and parts[1] and parts[2] and parts[1] not in self._root.literals:
                return ((self._pair, (parts[1], parts[2])),)
        return _walk(self._root, _segments(path), 0, ())

    def _remember(self, method: str, path: str, found: tuple[Codec, Labels]) -> None:
        """Where the path alone decides, it is looked up once: an endpoint is invoked under one path again and again."""
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[method, path] = found

    @property
    def heads(self) -> tuple[str, ...]:
        """Return the first segments of all paths; () if some path begins with a label, so that any may be meant."""
        root = self._root
        return () if root.label or root.greedy or root.routes else tuple(sorted(root.literals))

    def knows(self, path: str) -> bool:
        """Return whether any method is served at this path."""
        return any(node.routes for node, _ in _walk(self._root, _segments(path), 0, ()))


def head_of(path: str) -> str:
    """Return the first segment of a path, still percent-encoded."""
    return path.split("/", 2)[1] if path.startswith("/") else ""


def _route(codec: Codec, labels: tuple[str, ...], query: str) -> Route:
    # `x-id=GetObject` only repeats the operation's name, and most clients leave it out.
    constants = tuple(pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "x-id")
    operation = codec.operation
    return Route(
        codec, labels, constants, _required(operation, "querystring"), _required(operation, "header")
    )


def _required(operation: Operation, place: str) -> tuple[str, ...]:
    shapes: dict[str, Any] = operation.service.description["shapes"]
    said = operation.description.get("input")
    members = shapes[said["shape"]].get("members", {}) if said else {}
    required = shapes[said["shape"]].get("required", ()) if said else ()
    places = ((name, members[name]) for name in required if members[name].get("location") == place)
    names = (member.get("locationName", name) for name, member in places)
    return tuple(name.lower() if place == "header" else name for name in names)


def _segments(path: str) -> list[str]:
    """Return `/a/b` -> [a, b]. One slash at the end says nothing, unless a greedy label is there to take it."""
    return path.split("/")[1:] if path != "/" else []


def _walk(node: _Node, segments: list[str], at: int, values: tuple[str, ...]) -> Iterator[tuple[_Node, Any]]:
    """Yield the nodes that a path may mean, literals before labels before greedy labels."""
    if at == len(segments):
        yield node, values
        return
    segment = segments[at]
    if segment in node.literals:
        yield from _walk(node.literals[segment], segments, at + 1, values)
    if node.label is not None and segment:
        yield from _walk(node.label, segments, at + 1, (*values, segment))
    if node.greedy is not None:
        yield from _greedy(node.greedy, segments, at, values)
    if not segment and at == len(segments) - 1:
        yield node, values


def _greedy(
    node: _Node, segments: list[str], at: int, values: tuple[str, ...]
) -> Iterator[tuple[_Node, Any]]:
    """Yield the segments of a greedy label: as many as possible, but not those that the rest of its template
    needs."""
    followed = bool(node.literals or node.label)
    before_the_last = range(len(segments) - 1, at, -1) if followed else ()
    for end in (*before_the_last, len(segments)):
        taken = "/".join(segments[at:end])
        if taken:
            yield from _walk(node, segments, end, (*values, taken))


def _pair_of(root: _Node) -> _Node | None:
    """Return the node of `/{label}/{greedy+}` where nothing else follows a label, as with S3."""
    label = root.label
    if label is None or root.greedy is not None or label.literals or label.label is not None:
        return None
    greedy = label.greedy
    return greedy if greedy is None or not (greedy.literals or greedy.label or greedy.greedy) else None


def _decoded(labels: tuple[str, ...], values: tuple[str, ...]) -> Labels:
    return {
        name: unquote(value) if "%" in value else value for name, value in zip(labels, values, strict=True)
    }


def _choose(routes: _Routes, request: Request) -> Route | None:
    if not request.query and routes.headers.isdisjoint(request.headers):
        return routes.usual
    given = dict(parse_qsl(request.query, keep_blank_values=True)) if request.query else {}
    return _first_wanted(routes.fitting(given), given, request.headers)


def _first_wanted(fitting: list[Route], given: Mapping[str, str], headers: Mapping[str, str]) -> Route | None:
    for route in fitting:
        if _is_wanted(route, given, headers):
            return route
    # Nothing is complete: the least demanding one tells what is missing.
    return min(fitting, key=lambda route: len(route.parameters) + len(route.headers), default=None)


def _has_constants(route: Route, given: Mapping[str, str]) -> bool:
    return all(key in given and value in ("", given[key]) for key, value in route.constants)


def _is_wanted(route: Route, given: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    if not all(name in given for name in route.parameters):
        return False
    return all(name in headers for name in route.headers)
