"""Arrays to JSON, CSV and NPY, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clary_programs.serving import content
from clary_programs.serving.content import encode

from . import _content_types as types

if TYPE_CHECKING:
    import numpy as np

__all__ = ["decode", "encode"]


def decode(obj: str | bytes, content_type: str) -> np.ndarray:
    """The array of a request. A single row or column of CSV has one dimension."""
    array = content.decode(obj, content_type)
    return array.squeeze() if content_type == types.CSV else array


def array_to_npy(array_like: object) -> str | bytes:
    """An NPY file."""
    return encode(array_like, types.NPY)


def array_to_json(array_like: object) -> str | bytes:
    """JSON."""
    return encode(array_like, types.JSON)


def array_to_csv(array_like: object) -> str | bytes:
    """CSV, a line a row."""
    return encode(array_like, types.CSV)


def npy_to_numpy(npy_array: bytes) -> np.ndarray:
    """The array of an NPY file; one of pickled objects is refused."""
    return decode(npy_array, types.NPY)


def json_to_numpy(string_like: str) -> np.ndarray:
    """The array of a JSON list."""
    return decode(string_like, types.JSON)


def csv_to_numpy(string_like: str) -> np.ndarray:
    """The array of CSV."""
    return decode(string_like, types.CSV)
