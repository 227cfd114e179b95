"""Rules that an input breaks: where, by what value, and Java's text of that value. Knows neither rules nor errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from clary.wire.decimals import decimal
from clary.wire.shapes import Shape

Path = tuple[Any, str] | None  # (the path above, the last segment)

MOST = 100
_LONGEST_VALUE = 1024  # characters of a value that a sentence quotes
NOT_NULL = "Member must not be null"
NOT_MATCHED = "Member must satisfy regular expression pattern: "


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule broken by one value. `member` is the missing member's own name, where it is one."""

    path: Path
    member: str | None
    value: Any
    sentence: str
    shape: Shape | None = None

    @property
    def pattern(self) -> str:
        """The pattern that is not matched, empty where another rule is broken."""
        return self.sentence.removeprefix(NOT_MATCHED) if self.sentence.startswith(NOT_MATCHED) else ""

    def text(self, hidden: bool = False) -> str:
        """Return the sentence; with `hidden`, as for a member that the model calls sensitive, it does not
        quote the value."""
        said = "Value" if hidden else self._said()
        return f"{said} at '{dotted(self.path)}' failed to satisfy constraint: {self.sentence}"

    def _said(self) -> str:
        if self.value is None:
            return "Value null"
        if self.shape is not None and _sensitive(self.shape):
            return "Value"
        return f"Value '{java_text(self.value, self.shape)}'"


class Enough(Exception):
    """So many rules are broken that no more are looked for."""


class Violations(list[Violation]):
    """The rules that an input breaks, at most MOST of them: a small input can break a million."""

    def append(self, violation: Violation) -> None:
        """Add one; raise Enough with the last that is kept."""
        super().append(violation)
        if len(self) >= MOST:
            raise Enough


def dotted(path: Path) -> str:
    """Return `vpcConfig.subnets`, `tags.1.member.key`."""
    return ".".join(segments(path))


def segments(path: Path) -> list[str]:
    found: list[str] = []
    while path is not None:
        path, segment = path
        found.append(segment)
    return found[::-1]


def _sensitive(shape: Any) -> bool:
    if shape.metadata.get("sensitive"):
        return True
    return shape.type_name == "list" and _sensitive(shape.member)


def java_text(value: Any, shape: Any = None) -> str:
    """Return a value as Java's toString shows it, which is how the sentences quote it; a long one is cut."""
    pieces, length = [], 0
    for piece in _java_pieces(value, shape):
        pieces.append(piece)
        length += len(piece)
        if length > _LONGEST_VALUE:
            return "".join(pieces)[:_LONGEST_VALUE] + "..."
    return "".join(pieces)


def _java_pieces(value: Any, shape: Any) -> Iterator[str]:
    if isinstance(value, list):
        member = shape.member if shape is not None else None
        yield from _joined("[", ((item, member, "") for item in value), "]")
    elif isinstance(value, dict):
        yield from _java_object(value, shape)
    else:
        yield _java_scalar(value, shape)


def _java_scalar(value: Any, shape: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, bytes):
        return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
    if shape is not None and shape.type_name in ("float", "double"):
        return decimal(value)
    return str(value)


def _java_object(value: dict[str, Any], shape: Any) -> Iterator[str]:
    if shape is None or shape.type_name == "map":
        below = shape.value if shape is not None else None
        yield from _joined("{", ((item, below, f"{key}=") for key, item in value.items()), "}")
    elif shape.metadata.get("sensitive"):
        yield f"{shape.name}()"
    else:
        members = (
            (value.get(name), member, f"{name[:1].lower() + name[1:]}=")
            for name, member in shape.members.items()
        )
        yield from _joined(f"{shape.name}(", members, ")")


def _joined(opening: str, items: Iterable[tuple[Any, Any, str]], closing: str) -> Iterator[str]:
    """Yield the pieces of several values (value, shape, what stands before it)."""
    yield opening
    for at, (value, shape, before) in enumerate(items):
        yield f"{', ' if at else ''}{before}"
        yield from _java_pieces(value, shape)
    yield closing
