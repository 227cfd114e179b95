"""The default content types of AWS's framework containers: JSON, CSV, NPY and NPZ to arrays and back.

CSV is read and written by the codec of the container's family. numpy is imported when the first request needs it.
Knows no model.
Source: aws/sagemaker-inference-toolkit `decoder.py`, `encoder.py`, `errors.py`; contracts, section 9.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from clary_programs.serving.csv_codecs import CONTAINERS, Codec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import DTypeLike

Converter = TypeVar("Converter")

JSON, CSV, NPY, NPZ = "application/json", "text/csv", "application/x-npy", "application/x-npz"
# Decoded to str before a hook sees them.
TEXT_TYPES = frozenset({JSON, CSV})
ANY = "*/*"


class UnsupportedFormat(Exception):
    """A content type that has no default; `status_code` is 415 for requests and 406 for answers."""

    def __init__(self, content_type: str, status_code: int = 415) -> None:
        self.message = (
            f"Content type {content_type} is not supported by this framework.\n\n"
            # AWS means to remove these blanks with textwrap.dedent, which the first line keeps from it.
            "            Please implement input_fn to to deserialize the request data or an output_fn to\n"
            "            serialize the response. For more information, see the SageMaker Python SDK README."
        )
        super().__init__(self.message)
        self.status_code = status_code


def media_type(content_type: str) -> str:
    """Return `text/csv` for `text/csv; charset=utf-8`."""
    return content_type.partition(";")[0].strip().lower()


def decode(data: str | bytes, content_type: str, *, csv: Codec = CONTAINERS) -> np.ndarray:
    """Return an array of the shape and type that the content has. Raise UnsupportedFormat (415)."""
    return choose(decoders(csv), content_type, 415)(data)


def encode(value: object, accept: str, *, csv: Codec = CONTAINERS) -> str | bytes:
    """Return what `accept` asks for. Raise UnsupportedFormat (406)."""
    return choose(encoders(csv), accept, 406)(value)


def choose(converters: Mapping[str, Converter], content_type: str, status: int) -> Converter:
    """Return the converter of a content type, with or without parameters. Raise UnsupportedFormat with
    `status`."""
    found = converters.get(media_type(content_type))
    if found is None:
        raise UnsupportedFormat(content_type, status)
    return found


@cache
def decoders(csv: Codec) -> Mapping[str, Callable[[str | bytes], np.ndarray]]:
    """Return what reads each default content type, CSV with `csv`."""
    return {JSON: from_json, CSV: csv.read, NPY: from_npy, NPZ: _from_npz}


@cache
def encoders(csv: Codec) -> Mapping[str, Callable[[object], str | bytes]]:
    """Return what writes each default content type, CSV with `csv`."""
    return {JSON: to_json, CSV: csv.write, NPY: to_npy}


def from_json(data: str | bytes, dtype: DTypeLike = None) -> np.ndarray:
    """Return the array of a JSON list."""
    import numpy as np

    return np.array(json.loads(data), dtype=dtype)


def from_npy(data: str | bytes) -> np.ndarray:
    """Return the array of an NPY file.

    Raise ValueError for one of pickled objects, because reading it would run what the sender wrote.
    """
    import numpy as np

    return np.load(io.BytesIO(data), allow_pickle=False)


def _from_npz(data: str | bytes) -> np.ndarray:
    """Return the first array of the archive, as the toolkit's sparse reader does; SciPy's sparse form if it is that."""
    import numpy as np

    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        if "format" not in archive.files:
            return archive[archive.files[0]]
    from scipy import sparse

    return sparse.load_npz(io.BytesIO(data))


def to_json(value: object) -> str:
    """Return JSON; arrays become lists."""
    return json.dumps(value, default=_plain)


def _plain(value: object) -> object:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def to_npy(value: object) -> bytes:
    """Return an NPY file. Raise ValueError for an array of objects, which would be pickled."""
    import numpy as np

    buffer = io.BytesIO()
    np.save(buffer, np.asarray(value), allow_pickle=False)
    return buffer.getvalue()


ENCODED = frozenset(encoders(CONTAINERS))
