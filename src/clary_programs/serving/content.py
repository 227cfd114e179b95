"""The default content types of AWS's framework containers: JSON, CSV, NPY and NPZ to arrays and back.

numpy is imported when the first request needs it. Knows no model.
Source: aws/sagemaker-inference-toolkit `decoder.py`, `encoder.py`, `errors.py`; contracts, section 9.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

JSON, CSV, NPY, NPZ = "application/json", "text/csv", "application/x-npy", "application/x-npz"
# Decoded to str before a hook sees them.
TEXT_TYPES = frozenset({JSON, CSV})
ANY = "*/*"


class UnsupportedFormat(Exception):
    """A content type that has no default; `status_code` is 415 for requests and 406 for answers."""

    def __init__(self, content_type: str, status_code: int = 415) -> None:
        self.message = (
            f"Content type {content_type} is not supported by this framework.\n\n"
            "Please implement input_fn to to deserialize the request data or an output_fn to\n"
            "serialize the response. For more information, see the SageMaker Python SDK README."
        )
        super().__init__(self.message)
        self.status_code = status_code


def media_type(content_type: str) -> str:
    """`text/csv; charset=utf-8` to `text/csv`."""
    return content_type.partition(";")[0].strip().lower()


def decode(data: str | bytes, content_type: str) -> np.ndarray:
    """An array: (rows, columns) for CSV, the array's own shape otherwise. Raises UnsupportedFormat (415)."""
    decoder = _DECODERS.get(media_type(content_type))
    if decoder is None:
        raise UnsupportedFormat(content_type, 415)
    return decoder(data)


def encode(value: object, accept: str) -> str | bytes:
    """What `accept` asks for. Raises UnsupportedFormat (406)."""
    encoder = _ENCODERS.get(media_type(accept))
    if encoder is None:
        raise UnsupportedFormat(accept, 406)
    return encoder(value)


def _from_json(data: str | bytes) -> np.ndarray:
    import numpy as np

    return np.array(json.loads(data))


def _from_csv(data: str | bytes) -> np.ndarray:
    """Rows by columns of float64, always two-dimensional; a field that is no number is nan."""
    import numpy as np

    text = data if isinstance(data, str) else data.decode("utf-8")
    try:
        # numpy's C reader; genfromtxt, ten times slower, only for what it will not take.
        return np.loadtxt(io.StringIO(text), delimiter=",", ndmin=2, comments=None)
    except ValueError:
        table = np.genfromtxt(io.StringIO(text), delimiter=",")
        rows = sum(1 for line in text.splitlines() if line.strip())
        return table.reshape(rows, -1) if rows else table


def _from_npy(data: str | bytes) -> np.ndarray:
    import numpy as np

    return np.load(io.BytesIO(data), allow_pickle=False)


def _from_npz(data: str | bytes) -> np.ndarray:
    """The first array of the archive, as the toolkit's sparse reader has it; scipy's sparse form if it is that."""
    import numpy as np

    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        if "format" not in archive.files:
            return archive[archive.files[0]]
    from scipy import sparse

    return sparse.load_npz(io.BytesIO(data))


def _to_json(value: object) -> str:
    return json.dumps(value, default=_plain)


def _plain(value: object) -> object:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _to_csv(value: object) -> str:
    """One line a row, numbers as Python writes them."""
    import numpy as np

    array = np.atleast_1d(np.asarray(value))
    if array.ndim == 1:
        return "".join(f"{item}\n" for item in array.tolist())
    rows = array.reshape(len(array), -1).tolist()
    return "".join(",".join(map(str, row)) + "\n" for row in rows)


def _to_npy(value: object) -> bytes:
    import numpy as np

    buffer = io.BytesIO()
    np.save(buffer, np.asarray(value), allow_pickle=False)
    return buffer.getvalue()


_DECODERS: dict[str, Callable[[str | bytes], np.ndarray]] = {
    JSON: _from_json,
    CSV: _from_csv,
    NPY: _from_npy,
    NPZ: _from_npz,
}
_ENCODERS: dict[str, Callable[[object], str | bytes]] = {JSON: _to_json, CSV: _to_csv, NPY: _to_npy}
ENCODED = frozenset(_ENCODERS)
