"""A query without a process and without S3: the program's own function, over bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any, NamedTuple

import pytest

from clary_programs.agents.select.program import FRAME, Run

_MARKS = {"RecordDelimiter": "\n", "FieldDelimiter": ",", "QuoteCharacter": '"', "QuoteEscapeCharacter": '"'}
_CSV = {**_MARKS, "Comments": "#", "AllowQuotedRecordDelimiter": False, "FileHeaderInfo": "NONE"}
JSON = {"JSON": {"RecordDelimiter": "\n"}}


class Answer(NamedTuple):
    """What a query wrote. `error` is its code, or ''."""

    text: str
    error: str
    figures: list[int]


def csv(**marks: Any) -> dict[str, Any]:
    return {"CSV": {**_CSV, **marks}}


def csv_out(**marks: Any) -> dict[str, Any]:
    return {"CSV": {**_MARKS, "QuoteFields": "ASNEEDED", **marks}}


def run(expression: str, body: bytes, given: dict[str, Any], out: dict[str, Any], **more: Any) -> Answer:
    """Return what the program answers to a task over a body."""
    task = {"expression": expression, "input": given, "output": out, "compression": "NONE", "progress": False}
    task |= {"start": 0, "end": None, "begin": 0, "size": len(body), "now": 1_600_000_000.5, **more}
    sink = BytesIO()
    Run(task, BytesIO(body[task["begin"] :]), sink).answer()
    records, error, figures = "", "", []
    data = sink.getvalue()
    while data:
        kind, size = FRAME.unpack(data[: FRAME.size])
        payload, data = data[FRAME.size : FRAME.size + size], data[FRAME.size + size :]
        if kind == b"R":
            records += payload.decode()
        elif kind == b"E":
            error = json.loads(payload)[0]
        else:
            figures = json.loads(payload)
    return Answer(records, error, figures)


@pytest.fixture
def over_csv() -> Callable[..., Answer]:
    """`over_csv(expression, body, FileHeaderInfo="USE")`: CSV to CSV."""

    def answer(expression: str, body: bytes, **marks: Any) -> Answer:
        return run(expression, body, csv(**marks), csv_out())

    return answer


@pytest.fixture
def over_json() -> Callable[..., Answer]:
    """`over_json(expression, body)`: documents to JSON."""

    def answer(expression: str, body: bytes | str, kind: str = "DOCUMENT") -> Answer:
        data = body.encode() if isinstance(body, str) else body
        return run(expression, data, {"JSON": {"Type": kind}}, JSON)

    return answer


@pytest.fixture
def query() -> Callable[..., Answer]:
    """Any task."""

    def answer(expression: str, body: bytes, given: Any = None, out: Any = None, **more: Any) -> Answer:
        return run(expression, body, given or csv(), out or csv_out(), **more)

    return answer
