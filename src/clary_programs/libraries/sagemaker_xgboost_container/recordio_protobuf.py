"""RecordIO-Protobuf bodies as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clary_programs.formats import FormatError
from clary_programs.formats.recordio_protobuf import read_recordio_protobuf as read_table

from ._matrices import array_of

if TYPE_CHECKING:
    import numpy as np
    from scipy.sparse import csr_matrix


def read_recordio_protobuf(buf: bytes) -> tuple[np.ndarray | csr_matrix, np.ndarray | None]:
    """Return features, sparse if any record has keys, and labels if all records have them. Raises ValueError."""
    try:
        table = read_table(buf)
    except FormatError as error:
        raise ValueError(error.message) from error
    if not table.rows:
        raise ValueError("No records found in RecordIO-Protobuf data")
    return array_of(table.features), table.labels
