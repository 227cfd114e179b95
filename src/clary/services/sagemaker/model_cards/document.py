"""A model card as blocks of text: its sections in the order of the schema, and charts of its metrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from clary.services.sagemaker.model_cards.layout import Block, Chart, Heading, Paragraph

_SECTIONS = (
    "model_overview",
    "model_package_details",
    "intended_uses",
    "business_details",
    "training_details",
    "evaluation_details",
    "additional_information",
)
_MOST_JSON = 20_000  # characters of a value that has no form of its own


def blocks_of(title: str, facts: Mapping[str, str], content: Mapping[str, Any]) -> Iterator[Block]:
    """Yield the blocks of a card: its name, what is known of it, its sections."""
    yield Heading(title, 0)
    for name, value in facts.items():
        yield Paragraph(value, name)
    for section in _SECTIONS:
        if section in content:
            yield Heading(_title(section))
            yield from _value(section, content[section])


def _value(name: str, value: Any) -> Iterator[Block]:
    match value:
        case _ if name == "objective_function":
            yield Paragraph(_json(value), _title(name))
        case dict():
            for inner, one in value.items():
                yield from _member(inner, one)
        case list():
            yield from _list(name, value)
        case _:
            yield Paragraph(_text(value), _title(name))


def _member(name: str, value: Any) -> Iterator[Block]:
    if isinstance(value, dict) and name != "objective_function":
        yield Heading(_title(name), 2)
    yield from _value(name, value)


def _list(name: str, value: list[Any]) -> Iterator[Block]:
    """Yield a list: of texts as one paragraph, of others one by one."""
    if not any(isinstance(entry, dict) for entry in value):
        yield Paragraph("\n".join(_text(entry) for entry in value), _title(name))
        return
    if name not in _SECTIONS:
        yield Heading(_title(name), 2)
    for entry in value:
        yield from _entry(entry)


def _entry(entry: dict[str, Any]) -> Iterator[Block]:
    """Yield an entry of a list: a metric, a parameter, an evaluation, a group of metrics."""
    if "value" in entry:
        yield from _measured(entry)
        return
    yield Heading(_text(entry.get("name") or entry.get("image") or entry.get("algorithm_name") or ""), 2)
    for name, value in entry.items():
        if name != "name":
            yield from _member(name, value)


def _measured(entry: dict[str, Any]) -> Iterator[Block]:
    value, notes = entry["value"], entry.get("notes", "")
    label = _text(entry.get("name", ""))
    match entry.get("type"):
        case "linear_graph":
            yield Paragraph(notes, label)
            ys = [y for _, y in value]
            yield Chart(points=[(float(x), float(y)) for x, y in value], caption=_caption(entry, ys))
        case "bar_chart":
            yield Paragraph(notes, label)
            yield Chart(bars=[float(one) for one in value], caption=_caption(entry, value))
        case "matrix":
            rows = "\n".join(" | ".join(_text(cell) for cell in row) for row in value)
            yield Paragraph("\n".join(part for part in (rows, _axes(entry), notes) if part), label)
        case _:
            yield Paragraph(f"{_text(value)}\n{notes}" if notes else _text(value), label)


def _caption(entry: Mapping[str, Any], values: list[float]) -> str:
    """Return what stands below a chart: the range of its values, the names of its axes."""
    told = f"{_text(min(values))} to {_text(max(values))}"
    return f"{told}; {_axes(entry)}" if _axes(entry) else told


def _axes(entry: Mapping[str, Any]) -> str:
    """Return the names of the axes of a chart."""
    named = ((axis, entry.get(f"{axis}_axis_name")) for axis in ("x", "y"))
    return "; ".join(
        f"{axis}: {', '.join(name) if isinstance(name, list) else name}" for axis, name in named if name
    )


def _json(value: Any) -> str:
    """Return a value for which the schema has no form, as JSON."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()[:_MOST_JSON]
    except orjson.JSONEncodeError:  # it can be read with more within each other than can be written
        return "(see the attached file)"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _title(name: str) -> str:
    """Return a member's name as a title: `risk_rating` becomes `Risk rating`."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]
