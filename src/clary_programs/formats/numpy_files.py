"""`application/x-npy` and `application/x-npz` bodies. Arrays of objects are refused: reading one would run its pickle."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from clary_programs.formats.errors import FormatError

if TYPE_CHECKING:
    import numpy as np

# A header may claim any shape: one larger than any memory is treated like an invalid header.
_BROKEN = (
    ValueError,
    EOFError,
    OSError,
    zipfile.BadZipFile,
    AttributeError,
    TypeError,
    OverflowError,
    MemoryError,
)


def read_npy(body: bytes) -> np.ndarray:
    """Return the array of a .npy body, of whatever shape and type it has. Raise FormatError."""
    import numpy as np

    try:
        return np.lib.format.read_array(io.BytesIO(body), allow_pickle=False)
    except _BROKEN as error:
        raise FormatError(f"not an npy body: {error}") from None


def read_npz(body: bytes) -> dict[str, np.ndarray]:
    """Return the named arrays of a .npz body. Raise FormatError."""
    import numpy as np

    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as archive:
            if not hasattr(archive, "files"):
                raise FormatError("not an npz body: it holds one array")
            return {name: archive[name] for name in archive.files}
    except _BROKEN as error:
        raise FormatError(f"not an npz body: {error}") from None


def write_npy(array: np.ndarray) -> bytes:
    """Return an array as a .npy body."""
    import numpy as np

    sink = io.BytesIO()
    np.lib.format.write_array(sink, np.ascontiguousarray(array), allow_pickle=False)
    return sink.getvalue()


def as_rows(array: np.ndarray) -> np.ndarray:
    """Return float32 (rows, columns): a vector is one row, more axes are flattened into columns. Raise
    FormatError."""
    import numpy as np

    try:
        with np.errstate(over="ignore"):
            values = np.ascontiguousarray(array, dtype=np.float32)
    except (ValueError, TypeError, OverflowError) as error:
        raise FormatError(f"an array of {array.dtype} is not numeric") from error
    return values.reshape(1, -1) if values.ndim < 2 else values.reshape(len(values), -1)
