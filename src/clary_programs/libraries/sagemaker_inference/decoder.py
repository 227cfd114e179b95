"""JSON, CSV, NPY and NPZ to arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clary_programs.serving import content

if TYPE_CHECKING:
    import numpy as np


def decode(obj: str | bytes, content_type: str) -> np.ndarray:
    """The array of a request. A single row or column of CSV has one dimension, as `numpy.genfromtxt` has it."""
    array = content.decode(obj, content_type)
    return array.squeeze() if content_type == content.CSV else array
