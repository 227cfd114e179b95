"""Intrinsic functions for strings, JSON, hashes and numbers."""

from __future__ import annotations

import base64
import binascii
import hashlib
import random
import uuid
from typing import Any

from clary.services.stepfunctions.language.intrinsics.checks import MOST_BYTES, integer, string
from clary.services.stepfunctions.language.texts import dump, load

_CODED = 10_000  # "You can encode up to 10,000 characters"
_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_LARGEST = 2_147_483_647


def encode(text: Any) -> str:
    """Return a string in Base64."""
    return base64.b64encode(string(text, "Base64Encode", _CODED).encode()).decode()


def decode(text: Any) -> str:
    """Return a string from Base64."""
    try:
        return base64.b64decode(string(text, "Base64Decode", _CODED), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise ValueError(
            "Invalid arguments in States.Base64Decode: this is not Base64 of a string."
        ) from None


def digest(data: Any, algorithm: Any) -> str:
    """Return the hash of a value; what is not a string is hashed as JSON."""
    name = _HASHES.get(algorithm) if isinstance(algorithm, str) else None
    text = data if isinstance(data, str) else dump(data)
    if name is None or data is None:
        raise ValueError(
            "Invalid arguments in States.Hash: data and one of MD5, SHA-1, SHA-256, SHA-384, SHA-512."
        )
    return hashlib.new(name, string(text, "Hash", _CODED).encode(), usedforsecurity=False).hexdigest()


def merge(one: Any, other: Any, deep: Any) -> dict[str, Any]:
    """Return two objects merged; the second one's members win. Step Functions has no deep merge."""
    if deep is not False or not isinstance(one, dict) or not isinstance(other, dict):
        raise ValueError("Invalid arguments in States.JsonMerge: two objects and false are expected.")
    return {**one, **other}


def to_json(text: Any) -> Any:
    """Return the value of JSON text."""
    try:
        return load(string(text, "StringToJson"))
    except ValueError:
        raise ValueError("Invalid arguments in States.StringToJson: the string is not JSON.") from None


def from_json(value: Any) -> str:
    """Return a value as JSON text."""
    return dump(value)


def random_between(first: Any, last: Any, seed: Any = None) -> int:
    """Return a random integer from `first` up to below `last`; the same one for the same seed."""
    low, high = integer(first, "MathRandom"), integer(last, "MathRandom")
    if low >= high:
        raise ValueError("Invalid arguments in States.MathRandom: the start must be below the end.")
    source = random.Random() if seed is None else random.Random(integer(seed, "MathRandom"))
    return source.randrange(low, high)


def add(one: Any, other: Any) -> int:
    """Return a sum of integers of 32 bits."""
    first, second = integer(one, "MathAdd"), integer(other, "MathAdd")
    if any(not -_LARGEST - 1 <= value <= _LARGEST for value in (first, second, first + second)):
        raise ValueError("Invalid arguments in States.MathAdd: integers of 32 bits are expected.")
    return first + second


def split(text: Any, at: Any) -> list[str]:
    """Return the parts of a string between any of these characters, without empty ones."""
    separators = set(string(at, "StringSplit"))
    parts, current = [], ""
    for letter in string(text, "StringSplit"):
        if letter in separators:
            parts.append(current)
            current = ""
        else:
            current += letter
    return [part for part in [*parts, current] if part]


def uuid4() -> str:
    """Return a new UUID."""
    return str(uuid.uuid4())


def fill(template: Any, *values: Any) -> str:
    """Return a template with a value in each `{}`; a backslash keeps a brace or a quote as it is."""
    pieces = _pieces(string(template, "Format"))
    if len(pieces) - 1 != len(values):
        raise ValueError("Invalid arguments in States.Format: the number of {} and of arguments differ.")
    texts = [value if isinstance(value, str) else dump(value) for value in values]
    if sum(map(len, texts)) + sum(map(len, pieces)) > MOST_BYTES:
        raise ValueError("Invalid arguments in States.Format: the result is too long.")
    return pieces[0] + "".join(text + piece for text, piece in zip(texts, pieces[1:], strict=True))


def _pieces(template: str) -> list[str]:
    """Return what stands around each `{}`."""
    pieces, at = [""], 0
    while at < len(template):
        letter = template[at]
        if letter == "\\" and at + 1 < len(template):
            pieces[-1] += template[at + 1]
            at += 2
        elif letter == "{" and template[at + 1 : at + 2] == "}":
            pieces.append("")
            at += 2
        else:
            pieces[-1] += letter
            at += 1
    return pieces
