"""Arrays to JSON, CSV and NPY."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from clary_programs.libraries._shared.encoders import array_to_json, array_to_npy
from clary_programs.serving.content import media_type

from . import content_types, errors


def encode(array_like: Any, content_type: str) -> str | bytes:
    """Return the array as the content type has it. Raises UnsupportedFormatError (406)."""
    encoder = _encoder_map.get(media_type(content_type))
    if encoder is None:
        raise errors.UnsupportedFormatError(content_type, 406)
    return encoder(array_like)


def _array_to_csv(array_like: Any) -> str:
    """A line a row; the values of a flat array have a line each."""
    import numpy as np

    stream = io.StringIO()
    np.savetxt(stream, array_like, delimiter=",", fmt="%s")
    return stream.getvalue()


_encoder_map: dict[str, Callable[[Any], str | bytes]] = {
    content_types.NPY: array_to_npy,
    content_types.CSV: _array_to_csv,
    content_types.JSON: array_to_json,
}
SUPPORTED_CONTENT_TYPES = set(_encoder_map)
