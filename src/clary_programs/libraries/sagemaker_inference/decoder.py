"""JSON, CSV, NPY and NPZ to arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clary_programs.serving import content
from clary_programs.serving.csv_codecs import TOOLKIT

_decoder_map: dict[str, Callable[[str | bytes], Any]] = dict(content.decoders(TOOLKIT))


def decode(obj: str | bytes, content_type: str) -> Any:
    """Return the array of a request. Raise UnsupportedFormatError (415)."""
    return content.choose(_decoder_map, content_type, 415)(obj)
