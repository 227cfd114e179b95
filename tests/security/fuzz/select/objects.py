"""Objects that are queried: CSV, JSON and Parquet, whole and damaged, and how a query says they are to be read."""

from __future__ import annotations

import bz2
import gzip
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

_CSV = (
    *(b"a", b"b", b"1", b"-2.5", b"1e400", b"true", b"2026-01-01T", b"NaN", b"\xc3\xa9", b"\xff", b"\x00", b" ", b"\xef\xbb\xbf"),
    *(b",", b",", b"\n", b"\n", b"\r\n", b'"', b'""', b"\\", b"#", b";", b"|", b'"a,b"', b'"a\nb"', b"name,age\n"),
)  # fmt: skip
_JSON = (
    *(b"{", b"}", b"[", b"]", b":", b",", b'"a"', b'"b"', b'"A"', b"1", b"-2.5", b"1e400", b"1e99999999999999999999", b"9" * 50),
    *(b"9" * 5000, b"null", b"true", b"NaN", b'"\\ud800"', b'"\\u0000"', b'"\\x"', b"\n", b" ", b"\xff", b"\xef\xbb\xbf", b"[" * 2000),
    *(b'{"a": 1, "b": [1, {"b": null}]}', b'{"a": {"b": "x"}, "A": 2}\n', b'{"a": "2026-01-01T00:00:00Z", "name": -1.50}\n'),
)  # fmt: skip
_MARKS = ("\n", ",", '"', "\\", "|", "\r\n", "ab", "é", "", "#", ";", "\x00")
_JSON_VALUES = st.recursive(
    st.sampled_from((b"1", b"-2.50", b'"x"', b"null", b"true", b"1e400", b'"2026-01-01T"')),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: b"[" + b",".join(items) + b"]"),
        st.tuples(inner, inner).map(lambda pair: b'{"a":' + pair[0] + b',"b":' + pair[1] + b"}"),
    ),
    max_leaves=6,
)
_ROW = st.lists(st.sampled_from(_CSV[:6]), min_size=2, max_size=3).map(b",".join)
CSV = st.one_of(
    st.lists(_ROW, max_size=4).map(b"\n".join), st.lists(st.sampled_from(_CSV), max_size=30).map(b"".join)
)
JSON = st.one_of(
    st.lists(_JSON_VALUES, max_size=4).map(b"\n".join),
    st.lists(st.one_of(st.sampled_from(_JSON), _JSON_VALUES), max_size=12).map(b"".join),
)


def parquet_file(compression: str = "NONE") -> bytes:
    """Return a file with a column of each type that pyarrow reads."""
    import pyarrow as pa
    from pyarrow import parquet

    moments = [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999), None]
    table = pa.table(
        {
            "a": pa.array([1, None, 2**63 - 1]),
            "b": ["x", "é", None],
            "name": [1.5, float("nan"), float("-inf")],
            "day": [date(1, 1, 1), None, date(9999, 12, 31)],
            "at": pa.array(moments, pa.timestamp("us")),
            "utc": pa.array([moment and moment.replace(tzinfo=UTC) for moment in moments], pa.timestamp("us", tz="UTC")),
            "exact": pa.array([0, None, 2**62], pa.timestamp("ns")),
            "time": pa.array([0, 1, None], pa.time64("us")),
            "much": [Decimal("1.50"), None, Decimal("-2.25")],
            "list": [[1], [], None],
            "inner": [{"b": 1}, None, {"b": None}],
            "map": pa.array([[("a", 1)], [], None], pa.map_(pa.string(), pa.int64())),
            "bytes": [b"\xff", b"", None],
            "span": pa.array([1, None, 10**9], pa.duration("us")),
        }
    )  # fmt: skip
    file = io.BytesIO()
    parquet.write_table(table, file, compression=compression, row_group_size=2, store_schema=True)
    return file.getvalue()


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """Return bytes of which some are missing, doubled or different."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        data[at : at + draw(st.integers(0, 4))] = draw(st.binary(max_size=4))
    return bytes(data[: draw(st.sampled_from((len(data), len(data), len(data) // 2)))])


PACKED = {"NONE": lambda data: data, "GZIP": gzip.compress, "BZIP2": bz2.compress}


def csv_marks() -> st.SearchStrategy[dict[str, Any]]:
    """Return what SelectObjectContent takes as CSVInput, mostly its defaults."""
    quote = st.sampled_from(("", '"', "'", "\\", "|", "é"))
    return st.fixed_dictionaries(
        {},
        optional={
            "RecordDelimiter": st.sampled_from(_MARKS),
            "FieldDelimiter": st.sampled_from(_MARKS),
            "QuoteCharacter": quote,
            "QuoteEscapeCharacter": quote,
            "Comments": quote,
            "AllowQuotedRecordDelimiter": st.booleans(),
            "FileHeaderInfo": st.sampled_from(("NONE", "USE", "IGNORE", "use", "")),
        },
    )


def inputs() -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        st.just({"CSV": {}}),
        csv_marks().map(lambda marks: {"CSV": marks}),
        st.sampled_from(("LINES", "DOCUMENT", "lines")).map(lambda kind: {"JSON": {"Type": kind}}),
    )


def outputs() -> st.SearchStrategy[dict[str, Any]]:
    marks = st.dictionaries(
        st.sampled_from(("RecordDelimiter", "FieldDelimiter", "QuoteCharacter", "QuoteEscapeCharacter")),
        st.sampled_from(_MARKS),
    )
    quotes = st.sampled_from(({}, {"QuoteFields": "ALWAYS"}, {"QuoteFields": "ASNEEDED"}))
    return st.one_of(
        st.tuples(marks, quotes).map(lambda both: {"CSV": both[0] | both[1]}),
        st.just({"JSON": {}}),
        st.sampled_from(_MARKS).map(lambda mark: {"JSON": {"RecordDelimiter": mark}}),
    )
