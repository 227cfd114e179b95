"""Records in and out. Oracles: CSVInput, JSONInput, CSVOutput, JSONOutput and ScanRange (API reference of S3)."""

from __future__ import annotations

import bz2
import gzip
import json
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import pytest

from tests.programs.agents_select.conftest import csv

ALL = "SELECT * FROM S3Object"
JSON_OUT = {"JSON": {"RecordDelimiter": "\n"}}


def json_in(kind):
    return {"JSON": {"Type": kind}}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"a,b\nc,d\n", "a,b\nc,d\n"),
        (b"a,b\nc,d", "a,b\nc,d\n"),
        (b"a,b\r\nc,d\r\n", "a,b\nc,d\n"),
        (b"\xef\xbb\xbfa,b\n", "a,b\n"),
        (b"# no record\na,b\n\n", "a,b\n"),
        (b'"a, b",c\n', '"a, b",c\n'),
        (b'"""a""",c\n', '"""a""",c\n'),
        (b'x"y,c\n', '"x""y",c\n'),
        (b"a,,\n", "a,,\n"),
        (b'"",b\n', ",b\n"),
        ("ä,€\n".encode(), "ä,€\n"),
    ],
)
def test_csv(over_csv, body, expected):
    assert over_csv(ALL, body).text == expected


def test_marks_of_csv(over_csv):
    assert over_csv(ALL, b"a;b|c;d|", FieldDelimiter=";", RecordDelimiter="|").text == "a,b\nc,d\n"
    assert over_csv(ALL, b"a||b\r\nc||d", FieldDelimiter="||", RecordDelimiter="\r\n").text == "a,b\nc,d\n"
    assert over_csv(ALL, b"'a,b',c\n", QuoteCharacter="'", QuoteEscapeCharacter="'").text == '"a,b",c\n'
    assert over_csv(ALL, b'"a\\"b\\\\",c\n', QuoteEscapeCharacter="\\").text == '"a""b\\",c\n'
    assert over_csv(ALL, b"%x\n#y\n", Comments="%").text == "#y\n"
    assert over_csv(ALL, b'a"b,c"\n', QuoteCharacter="").text == '"a""b","c"""\n'


def test_headers_of_csv(over_csv):
    body = b"name,Full Name,age\nx,y,7\n"
    assert over_csv('SELECT name, s."Full Name" FROM S3Object s', body, FileHeaderInfo="USE").text == "x,y\n"
    assert over_csv("SELECT s.NAME FROM S3Object s", body, FileHeaderInfo="USE").text == "x\n"
    assert over_csv("SELECT s._3 FROM S3Object s", body, FileHeaderInfo="IGNORE").text == "7\n"
    assert over_csv("SELECT s._3 FROM S3Object s", body).text == "age\n7\n"
    assert over_csv("SELECT s._9 FROM S3Object s", body).text == "\n\n"
    assert over_csv('SELECT s."NAME" FROM S3Object s', body, FileHeaderInfo="USE").error == "MissingHeaders"
    assert over_csv("SELECT s.x FROM S3Object s", body, FileHeaderInfo="USE").error == "MissingHeaders"
    assert over_csv("SELECT s.x FROM S3Object s", body).error == "InvalidColumnIndex"
    twice = b"a,A\n1,2\n"
    assert over_csv("SELECT a FROM S3Object", twice, FileHeaderInfo="USE").error == "AmbiguousFieldName"
    assert over_csv('SELECT "A" FROM S3Object', twice, FileHeaderInfo="USE").text == "2\n"


def test_quoted_record_delimiters(over_csv):
    body = b'a,"b\nc"\nd,e\n'
    assert over_csv(ALL, body, AllowQuotedRecordDelimiter=True).text == 'a,"b\nc"\nd,e\n'
    assert over_csv(ALL, body).error == "CSVEscapingRecordDelimiter"
    assert over_csv(ALL, b'a,"b').error == "CSVUnescapedQuote"
    assert over_csv(ALL, b'"a"b,c\n').error == "CSVUnescapedQuote"


def test_what_cannot_be_read(over_csv, over_json):
    assert over_csv(ALL, b"a,\xff\n").error == "InvalidTextEncoding"
    assert over_csv(ALL, b"x" * (1 << 21)).error == "OverMaxRecordSize"
    assert (
        over_csv(ALL, b'"' + b"x\n" * (1 << 20), AllowQuotedRecordDelimiter=True).error == "OverMaxRecordSize"
    )
    assert over_json(ALL, b'{"a": 1').error == "JSONParsingError"
    assert over_json(ALL, b'{"a": NaN}').error == "JSONParsingError"
    assert over_json(ALL, b'{"a": "\xff"}').error == "InvalidTextEncoding"
    assert over_json(ALL, b'{"a": "' + b"x" * (1 << 21) + b'"}').error == "OverMaxRecordSize"
    assert over_json(ALL, b"[" * 200_000, "LINES").error == "JSONParsingError"
    assert over_json(ALL, b"[" * 200_000).error == "JSONParsingError"


def test_json(over_json):
    body = b'{"a":1,"b":[1,{"c":null}],"d":1.10,"e":true,"f":"\xc3\xa4\\n"}'
    assert over_json(ALL, body).text.encode() == body + b"\n"
    assert over_json(ALL, b'{"a":1}{"a":2}\n\n{"a":3}', "LINES").text == '{"a":1}\n{"a":2}\n{"a":3}\n'
    assert over_json(ALL, b'{\n"a":\n1}\n{"a":2}').text == '{"a":1}\n{"a":2}\n'
    assert over_json(ALL, b"").text == over_json(ALL, b"", "LINES").text == ""


def test_a_long_document_is_read_in_pieces(over_json):
    one = json.dumps({"text": "ä" * 1000})
    found = over_json(
        "SELECT COUNT(*) AS n FROM S3Object s WHERE CHAR_LENGTH(s.text) = 1000", (one + "\n") * 3000
    )
    assert found.text == '{"n":3000}\n'


def test_output(query):
    both = b'{"a": "x,y", "n": null, "l": [1, {"b": 2}]}'
    assert query(ALL, both, json_in("LINES")).text == '"x,y",,"[1,{""b"":2}]"\n'
    out = {"CSV": {"QuoteFields": "ALWAYS", "FieldDelimiter": ";", "RecordDelimiter": "|"}}
    out["CSV"] |= {"QuoteCharacter": "'", "QuoteEscapeCharacter": "\\"}
    assert query(ALL, b"a,it's\n", csv(), out).text == "'a';'it\\'s'|"
    found = query("SELECT s.a, s.b FROM S3Object s", b"a,b\n1\n", csv(FileHeaderInfo="USE"), JSON_OUT)
    assert found.text == '{"a":"1"}\n'
    assert query(ALL, b"a,b\n", csv(), {"JSON": {"RecordDelimiter": ","}}).text == '{"_1":"a","_2":"b"},'
    large = "SELECT s._1 || s._1 || s._1 FROM S3Object s"
    assert query(large, b"x" * 400_000).error == "OverMaxRecordSize"


@pytest.mark.parametrize(("kind", "pack"), [("GZIP", gzip.compress), ("BZIP2", bz2.compress)])
def test_compression(query, kind, pack):
    body = b"a,b\n" * 200_000
    packed = pack(body[:400_000]) + pack(body[400_000:])
    found = query("SELECT COUNT(*) FROM S3Object", packed, compression=kind)
    assert (found.text, found.figures) == ("200000\n", [len(packed), len(body), 7])
    assert query(ALL, packed[:-20], compression=kind).error == "TruncatedInput"
    assert query(ALL, body, compression=kind).error == "TruncatedInput"


def test_a_small_stream_that_unpacks_to_much_takes_little_memory(query):
    packed = gzip.compress(b"#" * (64 << 20))
    assert query(ALL, packed, compression="GZIP").error == "OverMaxRecordSize"


def test_limit_reads_no_more_than_it_needs(query):
    found = query("SELECT * FROM S3Object LIMIT 2", b"a,b\n" * 500_000)
    assert found.text == "a,b\na,b\n"
    assert found.figures[0] < 1_000_000


@pytest.mark.parametrize("header", ["NONE", "IGNORE", "USE"])
def test_ranges_that_join_give_each_record_once(query, header):
    body = b"id\n" + b"".join(b"%d\n" % number for number in range(40))
    found = []
    for start in range(0, len(body), 7):
        # the gateway leaves out what is before the range, unless a header is there
        begin = max(start - 1, 0) if header != "USE" else 0
        task = {"start": start, "end": start + 6, "begin": begin}
        found += query("SELECT * FROM S3Object s", body, csv(FileHeaderInfo=header), **task).text.split()
    assert found == (["id"] if header == "NONE" else []) + [str(number) for number in range(40)]


def test_ranges_of_lines(query):
    body = b'{"a":1}\n{"a":22}\n{"a":3}\n'
    found = query(ALL, body, json_in("LINES"), JSON_OUT, start=8, end=9, begin=7)
    assert found.text == '{"a":22}\n'


def parquet(table, **options):
    from pyarrow import parquet as pq

    file = BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def test_parquet(query):
    pa = pytest.importorskip("pyarrow")
    table = pa.table(
        {
            "n": [1, 2, None],
            "text": ["a", "ä", "c"],
            "price": [Decimal("1.50"), Decimal("2.00"), None],
            "day": [date(2020, 1, 2)] * 3,
            "moment": pa.array([datetime(2020, 1, 2, 3, 4, 5, 60000, UTC)] * 3, pa.timestamp("ms", "UTC")),
            "list": [[1, 2], [], None],
        }
    )
    body = parquet(table)
    found = query("SELECT * FROM S3Object s WHERE s.n = 1", body, {"Parquet": {}}, JSON_OUT)
    assert found.text == (
        '{"n":1,"text":"a","price":1.50,"day":"2020-01-02T","moment":"2020-01-02T03:04:05.06Z","list":[1,2]}\n'
    )
    found = query("SELECT SUM(s.price), COUNT(*) FROM S3Object s", body, {"Parquet": {}})
    assert found.text == "3.50,3\n"
    early = "SELECT s.text FROM S3Object s WHERE s.day < CAST('2021-01-01T' AS TIMESTAMP) LIMIT 1"
    assert query(early, body, {"Parquet": {}}).text == "a\n"


def test_row_groups_of_parquet(query):
    pa = pytest.importorskip("pyarrow")
    parquet_module = pytest.importorskip("pyarrow.parquet")
    body = parquet(pa.table({"n": list(range(100))}), row_group_size=10)
    column = parquet_module.ParquetFile(BytesIO(body)).metadata.row_group(5).column(0)
    fifth = column.dictionary_page_offset
    first = query(ALL, body, {"Parquet": {}}, start=0, end=fifth - 1).text.split()
    second = query(ALL, body, {"Parquet": {}}, start=fifth).text.split()
    assert (first, second) == ([str(n) for n in range(50)], [str(n) for n in range(50, 100)])


def test_parquet_that_cannot_be_read(query):
    pa = pytest.importorskip("pyarrow")
    assert query(ALL, b"no parquet", {"Parquet": {}}).error == "ParquetParsingError"
    table = pa.table({"n": [1]})
    assert query(ALL, parquet(table)[:-9], {"Parquet": {}}).error == "ParquetParsingError"
    packed = parquet(table, compression="zstd")
    assert query(ALL, packed, {"Parquet": {}}).error == "ParquetUnsupportedCompressionCodec"
    old = parquet(pa.table({"t": [datetime(2020, 1, 1)]}), use_deprecated_int96_timestamps=True)
    assert query(ALL, old, {"Parquet": {}}).error == "UnsupportedParquetType"


def test_quotes_that_close_and_open_in_each_line_cost_no_more_than_others(over_csv):
    """The record was split from its start again for each line: a body of 30 kB took 13 seconds."""
    body = b'"' + b'a","b\n' * 100_000 + b'"\n'
    began = time.process_time()
    found = over_csv("SELECT COUNT(*) FROM S3Object", body, AllowQuotedRecordDelimiter=True)
    assert (found.text, found.error) == ("1\n", "")
    assert time.process_time() - began < 3


def test_fields_behind_a_quoted_record_delimiter(over_csv):
    body = b'1,"a\nb",2,"c\n\nd"\n3\n'
    found = over_csv("SELECT s._2, s._3, s._4 FROM S3Object s", body, AllowQuotedRecordDelimiter=True)
    assert found.text == '"a\nb",2,"c\n\nd"\n,,\n'


def test_a_number_that_cannot_be_counted_is_no_json(over_json):
    assert over_json(ALL, '{"a": 1e99999999999999999999}').error == "JSONParsingError"
    assert over_json(ALL, '{"a": 1e99999999999999999999}', "LINES").error == "JSONParsingError"


def test_half_of_a_character_is_written_as_a_question_mark(over_json):
    """JSON can write half of a surrogate pair, and UTF-8 cannot."""
    assert over_json(ALL, '{"a": "x\\ud800y"}').text == '{"a":"x?y"}\n'


def test_maps_and_times_of_parquet_are_json(query):
    pa = pytest.importorskip("pyarrow")
    columns = {
        "m": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
        "t": pa.array([61_000_000], pa.time64("us")),
        "d": pa.array([61_000_000], pa.duration("us")),
    }
    found = query(
        "SELECT s.m, s.t, s.d FROM S3Object s", parquet(pa.table(columns)), {"Parquet": {}}, JSON_OUT
    )
    assert found.text == '{"m":[{"key":"a","value":1}],"t":"00:01:01","d":"0:01:01"}\n'
