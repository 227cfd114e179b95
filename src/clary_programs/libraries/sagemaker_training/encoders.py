"""Arrays to JSON, CSV, NPY and RecordIO-Protobuf, and back."""

from clary_programs.libraries._shared.encoders import (
    ENCODERS,
    array_to_csv,
    array_to_json,
    array_to_npy,
    array_to_recordio_protobuf,
    csv_to_numpy,
    decode,
    encode,
    json_to_numpy,
    npy_to_numpy,
)

encoders_map = ENCODERS

__all__ = [
    "array_to_csv",
    "array_to_json",
    "array_to_npy",
    "array_to_recordio_protobuf",
    "csv_to_numpy",
    "decode",
    "encode",
    "encoders_map",
    "json_to_numpy",
    "npy_to_numpy",
]
