"""Queries of S3 Select under random input: what is wrong with an expression or an object is answered with a code of AWS's list
(https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html), and nothing else leaves the program."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from clary.kernel import AwsError
from clary.services.s3.select import request
from clary_programs.agents.select import program
from clary_programs.agents.select.program import FRAME, Run
from tests.security.fuzz.harness import EXAMPLES, FUZZING
from tests.security.fuzz.select import objects
from tests.security.fuzz.select.expressions import QUERIES


@contextmanager
def calls_as_in_the_program() -> Iterator[None]:
    """Let calls be as deep as main() lets them be."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(program._DEEPEST)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def task_of(params: dict[str, Any], size: int) -> dict[str, Any] | AwsError:
    try:
        task = request.task_of({"ExpressionType": "SQL", **params})
        start, end = request.range_of(params, size)
    except AwsError as refusal:
        return refusal
    begin = max(start - 1, 0) if start and "JSON" in task["input"] else 0
    return task | {"start": start, "end": end, "begin": begin, "size": size, "now": 1.6e9}


def answered(params: dict[str, Any], body: bytes) -> str:
    """Return the error of a query, or '' for one that has ended well. Check that its records are JSON where that is asked for."""
    task = task_of(params, len(body))
    if isinstance(task, AwsError):
        assert task.status == 400
        return task.code
    sink = BytesIO()
    with calls_as_in_the_program():
        Run(task, BytesIO(body[task["begin"] :]), sink).answer()
    records, error = read(sink.getvalue())
    if params["OutputSerialization"] == {"JSON": {}}:
        for record in records.splitlines():
            json.loads(record, parse_int=str)
    return error


def read(frames: bytes) -> tuple[bytes, str]:
    """Return the records in frames, and the error that ends them."""
    records, last, payload = b"", b"", b""
    while frames:
        assert last not in (b"E", b"S"), "nothing follows the end"
        last, size = FRAME.unpack(frames[: FRAME.size])
        payload, frames = frames[FRAME.size : FRAME.size + size], frames[FRAME.size + size :]
        records += payload * (last == b"R")
    assert last in (b"E", b"S")
    return records, "" if last == b"S" else payload.decode()


RANGES = st.sampled_from(
    (*[{}] * 12, {"Start": 0, "End": 3}, {"Start": 2}, {"End": 4}, {"Start": 5, "End": 1}, {"Start": 10**12})
)


@settings(FUZZING, max_examples=8 * EXAMPLES)
@given(QUERIES, objects.inputs(), objects.outputs(), RANGES, st.data())
def test_any_query_over_any_object_is_answered(
    expression: str, read: Any, write: Any, scan: Any, data: Any
) -> None:
    body = data.draw(objects.CSV if "CSV" in read else objects.JSON)
    packing = data.draw(st.sampled_from(("NONE", "NONE", "GZIP", "BZIP2")))
    packed = objects.PACKED[packing](body)
    if packing != "NONE":
        packed = data.draw(objects.damaged(packed))
    params = {"InputSerialization": {**read, "CompressionType": packing}, "OutputSerialization": write}
    code = answered({"Expression": expression, **params, "ScanRange": scan or None}, packed)
    event(code[:40] or "records")
    assert "InternalError" not in code


def _in_a_child(params: dict[str, Any], body: bytes) -> int:
    """Return how a process ends that answers: pyarrow is written in C, and a damaged file may end more than a query."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        code = answered(params, body)
        os._exit(3 if "InternalError" in code else 0)
    except BaseException:
        traceback.print_exc()
        os._exit(4)


@pytest.mark.parametrize("compression", ["NONE", "SNAPPY", "GZIP"])
def test_a_damaged_file_of_parquet_is_refused(compression: str) -> None:
    pytest.importorskip("pyarrow")
    whole = objects.parquet_file(compression)
    every = {
        "Expression": "SELECT * FROM S3Object",
        "InputSerialization": {"Parquet": {}},
        "OutputSerialization": {"JSON": {}},
    }
    assert answered(every, whole) == ""

    @settings(FUZZING, max_examples=max(10, EXAMPLES // 2))
    @given(objects.damaged(whole), QUERIES, RANGES)
    def withstands(body: bytes, expression: str, scan: Any) -> None:
        params = {
            "InputSerialization": {"Parquet": {}},
            "OutputSerialization": {"JSON": {}},
            "ScanRange": scan or None,
        }
        ended = _in_a_child({"Expression": expression, **params}, body)
        event(f"ended with {ended}")
        assert ended == 0

    withstands()
