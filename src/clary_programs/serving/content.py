"""The default content types of AWS's framework containers: JSON, CSV, NPY and NPZ to arrays and back.

CSV is read and written by the codec of the container's family. numpy is imported when the first request needs it.
Knows no model.
Source: aws/sagemaker-inference-toolkit `decoder.py`, `encoder.py`, `errors.py`; contracts, section 9.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from clary_programs.serving.csv_codecs import CONTAINERS, Codec

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


def decode(data: str | bytes, content_type: str, *, csv: Codec = CONTAINERS) -> np.ndarray:
    """An array of the shape and type that the content has. Raises UnsupportedFormat (415)."""
    kind = media_type(content_type)
    if kind == CSV:
        return csv.read(data if isinstance(data, str) else data.decode("utf-8"))
    decoder = _DECODERS.get(kind)
    if decoder is None:
        raise UnsupportedFormat(content_type, 415)
    return decoder(data)


def encode(value: object, accept: str, *, csv: Codec = CONTAINERS) -> str | bytes:
    """What `accept` asks for. Raises UnsupportedFormat (406)."""
    kind = media_type(accept)
    if kind == CSV:
        return csv.write(value)
    encoder = _ENCODERS.get(kind)
    if encoder is None:
        raise UnsupportedFormat(accept, 406)
    return encoder(value)


def _from_json(data: str | bytes) -> np.ndarray:
    import numpy as np

    return np.array(json.loads(data))


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


def _to_npy(value: object) -> bytes:
    import numpy as np

    buffer = io.BytesIO()
    np.save(buffer, np.asarray(value), allow_pickle=False)
    return buffer.getvalue()


_DECODERS: dict[str, Callable[[str | bytes], np.ndarray]] = {
    JSON: _from_json,
    NPY: _from_npy,
    NPZ: _from_npz,
}
_ENCODERS: dict[str, Callable[[object], str | bytes]] = {JSON: _to_json, NPY: _to_npy}
ENCODED = frozenset({*_ENCODERS, CSV})
