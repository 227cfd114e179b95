"""JSON, CSV, NPY and NPZ to arrays."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from clary_programs.serving import content

from . import content_types, errors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import DTypeLike


def decode(obj: str | bytes, content_type: str) -> Any:
    """Return the array of a request. Raises UnsupportedFormatError (415)."""
    decoder = _decoder_map.get(content.media_type(content_type))
    if decoder is None:
        raise errors.UnsupportedFormatError(content_type, 415)
    return decoder(obj)


def _json_to_numpy(string_like: str | bytes, dtype: DTypeLike = None) -> np.ndarray:
    import numpy as np

    return np.array(json.loads(string_like), dtype=dtype)


def _csv_to_numpy(string_like: str | bytes, dtype: DTypeLike = None) -> np.ndarray:
    """Columns of one type make a plain array, of several types one of records, as `numpy.genfromtxt` has it."""
    import numpy as np

    text = string_like.decode() if isinstance(string_like, bytes) else string_like
    return np.genfromtxt(io.StringIO(text), dtype=dtype, delimiter=",", encoding="utf-8")


def _npy_to_numpy(npy_array: bytes) -> np.ndarray:
    """An array of pickled objects is refused, because reading it would run what the sender wrote."""
    return content.decode(npy_array, content_types.NPY)


def _npz_to_sparse(npz_bytes: bytes) -> Any:
    """A sparse matrix of SciPy, or the first array of an archive of arrays."""
    return content.decode(npz_bytes, content_types.NPZ)


_decoder_map: dict[str, Callable[..., Any]] = {
    content_types.NPY: _npy_to_numpy,
    content_types.CSV: _csv_to_numpy,
    content_types.JSON: _json_to_numpy,
    content_types.NPZ: _npz_to_sparse,
}
