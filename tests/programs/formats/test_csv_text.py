"""CSV: both readers agree, missing values, delimiters, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

from clary_programs.formats import csv_text
from clary_programs.formats.csv_text import read_csv, sniff_delimiter, write_csv
from clary_programs.formats.errors import FormatError


def test_rows_and_columns() -> None:
    values = read_csv(b"1,2.5,-3e2\n4,5,6\n")
    assert values.dtype == np.float32
    assert values.tolist() == [[1, 2.5, -300], [4, 5, 6]]


def test_empty_fields_and_nan_are_missing() -> None:
    values = read_csv(b"1,,3\n,nan,6")
    assert np.isnan(values).tolist() == [[False, True, False], [True, True, False]]


@pytest.mark.parametrize("delimiter", [b",", b"\t", b";", b"|", b" "])
def test_delimiter_is_found(delimiter: bytes) -> None:
    body = delimiter.join([b"1", b"2", b"3"]) + b"\n" + delimiter.join([b"4", b"5", b"6"])
    assert read_csv(body).tolist() == [[1, 2, 3], [4, 5, 6]]


def test_one_column_has_no_delimiter() -> None:
    assert sniff_delimiter(b"1.5\n") is None
    assert read_csv(b"1.5\n2.5\n").tolist() == [[1.5], [2.5]]


def test_line_ends_blank_lines_quotes_and_byte_order_mark() -> None:
    assert read_csv(b'\xef\xbb\xbf"1","2"\r\n\r\n3,4\r\n\r\n').tolist() == [[1, 2], [3, 4]]


def test_empty_body_has_no_rows() -> None:
    assert read_csv(b"\n\n").shape == (0, 0)


@pytest.mark.parametrize("body", [b"a,b\n1,2", b"1,2\n3,x", b"NA,1\n" * 20_000, b"1_0,2", b"1,\xef\xbc\x91"])
def test_words_are_refused(body: bytes) -> None:
    with pytest.raises(FormatError, match="could not convert string to float"):
        read_csv(body)


def test_ragged_rows_are_refused_with_their_line() -> None:
    with pytest.raises(FormatError, match="line 2 has 3 columns, the first line has 2"):
        read_csv(b"1,2\n3,4,5\n")


def test_large_bodies_read_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow")
    rng = np.random.default_rng(0)
    expected = rng.normal(size=(4000, 7)).astype(np.float32)
    expected[5, 3] = math.nan
    lines = [",".join("" if math.isnan(value) else repr(value) for value in row) for row in expected.tolist()]
    body = "\n".join(lines).encode()
    assert len(body) > csv_text.LARGE
    np.testing.assert_array_equal(read_csv(body), expected)
    monkeypatch.setattr(csv_text, "LARGE", 1 << 40)
    np.testing.assert_array_equal(read_csv(body), expected)


def test_large_bodies_are_refused_with_the_same_words() -> None:
    body = b"1,2\n" * 20_000 + b"1,2,3\n"
    assert len(body) > csv_text.LARGE
    with pytest.raises(FormatError, match="line 20001 has 3 columns, the first line has 2"):
        read_csv(body)


def test_write() -> None:
    assert write_csv(np.array([0.5, 2.0])) == b"0.5\n2.0\n"
    assert write_csv(np.array([[0.5, 2.0]])) == b"0.5,2.0\n"
