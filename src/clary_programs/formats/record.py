"""SageMaker's `Record` message: maps of named tensors for features and label, plus uid, metadata and configuration.

    Record { map<string, Value> features = 1; map<string, Value> label = 2;
             string uid = 3; string metadata = 4; string configuration = 5; }
    Value  { oneof { Float32Tensor = 2; Float64Tensor = 3; Int32Tensor = 7; Bytes = 9; } }
    *Tensor { repeated T values = 1 [packed]; repeated uint64 keys = 2 [packed]; repeated uint64 shape = 3 [packed]; }

Source: AWS's published `record.proto`. recordio.py does the framing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clary_programs.formats import protobuf
from clary_programs.formats.errors import FormatError

if TYPE_CHECKING:
    import numpy as np

FLOAT32, FLOAT64, INT32, BYTES = 2, 3, 7, 9
_DTYPES = {FLOAT32: "<f4", FLOAT64: "<f8", INT32: "<i4"}
_KINDS = {dtype: kind for kind, dtype in _DTYPES.items()}


@dataclass(frozen=True, slots=True)
class Tensor:
    """Dense: `keys` empty, `values` (n,). Sparse: `values[i]` stands at index `keys[i]` of a vector of `shape[-1]`."""

    values: np.ndarray
    keys: tuple[int, ...] = ()
    shape: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """One message. A value of either map is a Tensor, or bytes (an image, say)."""

    features: Mapping[str, Tensor | bytes] = field(default_factory=dict)
    label: Mapping[str, Tensor | bytes] = field(default_factory=dict)
    uid: str = ""
    metadata: str = ""
    configuration: str = ""


def decode_record(data: bytes) -> Record:
    """Parse a message into a Record; ignore unknown fields. Raise FormatError."""
    features: dict[str, Tensor | bytes] = {}
    label: dict[str, Tensor | bytes] = {}
    texts = {3: "", 4: "", 5: ""}
    for number, wire, value in protobuf.fields(data):
        if wire != protobuf.DELIMITED or not isinstance(value, bytes):
            continue
        if number in (1, 2):
            key, entry = _entry(value)
            (features if number == 1 else label)[key] = entry
        elif number in texts:
            texts[number] = _text(value)
    return Record(features, label, texts[3], texts[4], texts[5])


def encode_record(record: Record) -> bytes:
    """Return a Record as a message's bytes, maps in the order given."""
    out = [_encode_entry(1, key, value) for key, value in record.features.items()]
    out += [_encode_entry(2, key, value) for key, value in record.label.items()]
    texts = (record.uid, record.metadata, record.configuration)
    out += [protobuf.delimited(number, text.encode()) for number, text in enumerate(texts, 3) if text]
    return b"".join(out)


def _entry(data: bytes) -> tuple[str, Tensor | bytes]:
    import numpy as np

    key, value = "", b""
    for number, _, content in protobuf.fields(data):
        if isinstance(content, bytes):
            if number == 1:
                key = _text(content)
            elif number == 2:
                value = content
    for kind, _, content in protobuf.fields(value):
        if isinstance(content, bytes) and kind in _DTYPES:
            return key, _tensor(content, kind)
        if isinstance(content, bytes) and kind == BYTES:
            return key, _bytes_value(content)
    return key, Tensor(np.empty(0, dtype=np.float32))


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise FormatError("Error parsing message: text is not UTF-8") from None


def _bytes_value(data: bytes) -> bytes:
    parts = [value for number, _, value in protobuf.fields(data) if number == 1 and isinstance(value, bytes)]
    return b"".join(parts)


def _tensor(data: bytes, kind: int) -> Tensor:
    import numpy as np

    values: list[np.ndarray] = []
    numbers: dict[int, list[int]] = {2: [], 3: []}
    for number, _, content in protobuf.fields(data):
        if number == 1:
            values.append(_values(content, kind))
        elif number in numbers:
            numbers[number] += protobuf.varints(content) if isinstance(content, bytes) else [content]
    joined = (
        values[0] if len(values) == 1 else np.concatenate(values) if values else np.empty(0, _DTYPES[kind])
    )
    return Tensor(joined, tuple(numbers[2]), tuple(numbers[3]))


def _values(content: int | bytes, kind: int) -> np.ndarray:
    import numpy as np

    if kind == INT32:
        packed = protobuf.varints(content) if isinstance(content, bytes) else [content]
        return np.array([protobuf.signed32(value) for value in packed], dtype=np.int32)
    width = 4 if kind == FLOAT32 else 8
    if isinstance(content, int) or len(content) % width:
        raise FormatError("Error parsing message: a tensor's values are cut short")
    return np.frombuffer(content, dtype=_DTYPES[kind])


def _encode_entry(number: int, key: str, value: Tensor | bytes) -> bytes:
    if isinstance(value, bytes):
        encoded = protobuf.delimited(BYTES, protobuf.delimited(1, value))
    else:
        kind, content = _encode_tensor(value)
        encoded = protobuf.delimited(kind, content)
    return protobuf.delimited(number, protobuf.delimited(1, key.encode()) + protobuf.delimited(2, encoded))


def _encode_tensor(tensor: Tensor) -> tuple[int, bytes]:
    kind = _KINDS.get(tensor.values.dtype.newbyteorder("<").str, FLOAT32)
    if kind == INT32:
        packed = protobuf.packed_varints(tensor.values.tolist())
    else:
        packed = tensor.values.astype(_DTYPES[kind], copy=False).tobytes()
    out = [protobuf.delimited(1, packed)]
    if tensor.keys:
        out.append(protobuf.delimited(2, protobuf.packed_varints(tensor.keys)))
    if tensor.shape:
        out.append(protobuf.delimited(3, protobuf.packed_varints(tensor.shape)))
    return kind, b"".join(out)
