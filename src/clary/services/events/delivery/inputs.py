"""What a target gets: the event, a part of it, a constant, or a template that is filled in.

Source: "Input transformation" (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html), and recorded
answers of AWS.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from clary.kernel.errors import validation
from clary.services.events.delivery import paths
from clary.services.events.errors import not_valid

Params = dict[str, Any]

_PLACE = re.compile(r"<([^<>\s]{1,256})>")
_OWN = ("aws.events.rule-arn", "aws.events.rule-name", "aws.events.event.ingestion-time")
_EVENT = ("aws.events.event", "aws.events.event.json")


def check(target: Params) -> None:
    """Raise ValidationException for an input that could not be made of any event."""
    if "Input" in target and _json(target["Input"]) is None:
        raise validation(f"JSON syntax error in input for target {target['Id']} : {target['Input']}")
    if "InputPath" in target:
        _check_path(target["InputPath"])
    if transformer := target.get("InputTransformer"):
        _check_transformer(target["Id"], transformer)


def _json(text: str) -> bytes | None:
    try:
        orjson.loads(text)
    except ValueError:
        return None
    return text.encode()


def _check_path(path: str) -> None:
    try:
        paths.parse(path)
    except ValueError:
        raise not_valid("InputPath", "Invalid JSON path.") from None


def _check_transformer(id: str, transformer: Params) -> None:
    known = transformer.get("InputPathsMap", {})
    for name, path in known.items():
        if name.startswith("AWS"):
            raise validation(f"InputPathsMap for target {id} contains a reserved key {name}.")
        _check_path(path)
    for name in _PLACE.findall(transformer["InputTemplate"]):
        if name not in known and name not in (*_OWN, *_EVENT):
            raise validation(f"InputTemplate for target {id} contains invalid placeholder {name}.")


def input_of(target: Params, event: Params, own: dict[str, str]) -> str:
    """Return the text for a target. `own` are the values of the reserved names of rule and ingestion time."""
    if "Input" in target:
        return target["Input"]
    if "InputPath" in target:
        found = paths.read(target["InputPath"], event)
        return _text(found[0]) if found else ""
    if transformer := target.get("InputTransformer"):
        return _filled(transformer, event, own)
    return _text(event)


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()


def _filled(transformer: Params, event: Params, own: dict[str, str]) -> str:
    values: dict[str, Any] = {**own, **dict.fromkeys(_EVENT, event)}
    for name, path in transformer.get("InputPathsMap", {}).items():
        found = paths.read(path, event)
        values[name] = found[0] if found else ""
    template = transformer["InputTemplate"]
    stripped = template.strip()
    if stripped.startswith("{"):
        return _filled_json(template, values)
    return _PLACE.sub(lambda place: _inside_text(values.get(place[1], "")), template)


def _filled_json(template: str, values: dict[str, Any]) -> str:
    """Fill in a template of JSON: between quotation marks a value is text, elsewhere it is JSON."""
    parts: list[str] = []
    at, inside = 0, False
    for place in _PLACE.finditer(template):
        between = template[at : place.start()]
        inside ^= len(re.findall(r'(?<!\\)"', between)) % 2 == 1
        value = values.get(place[1], "")
        parts += [between, _inside_text(value) if inside else _as_json(value)]
        at = place.end()
    return "".join((*parts, template[at:]))


def _as_json(value: Any) -> str:
    return _text(value)


def _inside_text(value: Any) -> str:
    """Return a value as it stands within a text: objects and arrays lose their quotation marks."""
    if isinstance(value, str):
        return orjson.dumps(value).decode()[1:-1]
    if isinstance(value, dict | list):
        return _text(value).replace('"', "")
    return _text(value)
