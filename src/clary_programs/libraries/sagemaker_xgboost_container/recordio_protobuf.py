"""RecordIO-Protobuf bodies as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clary_programs.formats import FormatError
from clary_programs.serving.xgboost_content import array_of, read_records

if TYPE_CHECKING:
    import numpy as np
    from scipy.sparse import csr_matrix


def read_recordio_protobuf(buf: bytes) -> tuple[np.ndarray | csr_matrix, np.ndarray | None]:
    """Return features, sparse if any record has keys, and labels if all records have them. Raise ValueError."""
    try:
        table = read_records(buf)
    except FormatError as error:
        raise ValueError(error.message) from error
    return array_of(table.features), table.labels
