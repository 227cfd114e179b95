"""The filters of ListSecrets: which secrets pass.

What a description and `all` match is not what AWS documents, but what getmoto/moto's tests found by asking AWS
(test_with_all_filter, test_with_filter_with_value_with_multiple_words).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from clary.plane import Record
from clary.services.secretsmanager.errors import invalid_parameter

Tags = Mapping[str, str]
Match = Callable[[str, str], bool]

_MARKS = "/-_+=.@"
_WORD = re.compile(r"[^a-z][a-z]+|(?:[^a-z](?![a-z]))+|[a-z]+")


def check(filters: Sequence[Mapping[str, Any]]) -> None:
    """Raise InvalidParameterException for a filter without a key or without values, which the model lets through."""
    for one in filters:
        if "Key" not in one:
            raise invalid_parameter("Invalid filter key")
        if not one.get("Values"):
            raise invalid_parameter(f"Invalid filter values for key: {one['Key']}")


def passes(record: Record, tags: Tags, filters: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether a secret passes all filters."""
    return all(_passes(record, tags, one["Key"], one["Values"]) for one in filters)


def _passes(record: Record, tags: Tags, key: str, wanted: Sequence[str]) -> bool:
    texts, match = _texts(record, tags, key), _has_words if key in ("description", "all") else str.startswith
    return any(_holds(text, value, match) for value in wanted for text in texts)


def _texts(record: Record, tags: Tags, key: str) -> list[str]:
    """Return what a filter looks at. Nothing here has a replica or is owned by a service."""
    description = [record.spec["Description"]] if "Description" in record.spec else []
    parts = {
        "name": [record.id],
        "description": description,
        "tag-key": list(tags),
        "tag-value": list(tags.values()),
        "all": [record.id, *description, *tags, *tags.values()],
    }
    return parts.get(key, [])


def _holds(text: str, value: str, match: Match) -> bool:
    """Return whether a text matches a value; one with an exclamation mark in front, whether it does not."""
    return not match(text, value[1:]) if value.startswith("!") else match(text, value)


def _has_words(text: str, value: str) -> bool:
    """Return whether each word of a value begins a word of the text, whatever their case."""
    words, asked = _words(text), _words(value)
    return bool(asked) and all(any(word.startswith(one) for word in words) for one in asked)


def _words(text: str) -> list[str]:
    """Return the words of a text in lower case: between marks of one kind, and from one capital to the next. A text with
    several kinds of marks is one word."""
    marks = {mark for mark in _MARKS if mark in text}
    if len(marks) > 1:
        return [text.lower()]
    parts = text.split(marks.pop()) if marks else [text]
    found = [word.strip().lower() for part in parts for word in _WORD.findall(part)]
    return [word for word in found if word]
