"""Arrays to JSON, CSV and NPY."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clary_programs.serving import content
from clary_programs.serving.csv_codecs import TOOLKIT

_encoder_map: dict[str, Callable[[Any], str | bytes]] = dict(content.encoders(TOOLKIT))
SUPPORTED_CONTENT_TYPES = set(_encoder_map)


def encode(array_like: Any, content_type: str) -> str | bytes:
    """Return the array as the content type has it. Raise UnsupportedFormatError (406)."""
    return content.choose(_encoder_map, content_type, 406)(array_like)
