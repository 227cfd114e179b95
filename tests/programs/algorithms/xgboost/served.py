"""Asking a served model, for the tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xgboost

from clary_programs.serving.api import Answer, Handler, Invocation

Make = Callable[..., tuple[Handler, xgboost.Booster]]
JSONLINES, RECORDIO = "application/jsonlines", "application/x-recordio-protobuf"


def csv(rows: np.ndarray) -> bytes:
    return "\n".join(",".join(map(repr, row)) for row in rows.tolist()).encode()


def ask(handler: Handler, body: bytes, content_type: str = "text/csv", accept: str = "") -> Answer:
    return handler.answer([Invocation(body, content_type, accept)])[0]


def text(answer: Answer) -> str:
    assert isinstance(answer.body, bytes)
    return answer.body.decode()


def numbers(answer: Answer) -> np.ndarray:
    assert answer.status == 200, answer.body
    rows = [list(map(float, line.split(","))) for line in text(answer).splitlines()]
    return np.array(rows, dtype=np.float32)
