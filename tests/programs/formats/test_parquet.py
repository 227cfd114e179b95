"""Parquet files one after the other, as a pipe delivers the objects of a channel."""

from __future__ import annotations

import io

import numpy as np
import pyarrow
import pyarrow.parquet as pq

from clary_programs.formats.parquet import files_of, read_parquet, write_parquet


def test_each_file_by_itself() -> None:
    written = [write_parquet({"a": np.arange(at, dtype=float)}) for at in (3, 1, 5)]
    assert list(files_of(b"".join(written))) == written
    assert list(files_of(written[0])) == written[:1]


def test_the_seam_within_a_files_data_is_data() -> None:
    seam = int.from_bytes(b"PAR1PAR1", "little")
    sink = io.BytesIO()
    pq.write_table(pyarrow.table({"a": [seam] * 9}), sink, compression="none", use_dictionary=False)
    assert sink.getvalue().count(b"PAR1PAR1") >= 9
    files = list(files_of(sink.getvalue() * 2))
    assert files == [sink.getvalue()] * 2
    assert [len(read_parquet(file)) for file in files] == [9, 9]


def test_what_is_cut_short_is_left_for_the_reader_to_refuse() -> None:
    whole = write_parquet({"a": np.arange(3.0)})
    assert list(files_of(whole + whole[:-6])) == [whole, whole[:-6]]
    assert list(files_of(b"")) == [b""]


def test_whole_numbers_beyond_what_a_float_can_tell_apart() -> None:
    """Identifiers; pandas, by which AWS's container reads Parquet, rounds them too."""
    large = np.array([2**53 + 1, 2**62 + 1])
    assert read_parquet(write_parquet({"id": large}))[:, 0].tolist() == large.astype(np.float32).tolist()
