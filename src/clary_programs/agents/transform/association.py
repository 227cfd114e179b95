"""Filter what the model sees, join its answers with the input, filter what is written. Sends nothing.

Source: AWS developer guide "Associate prediction results with input records"; contracts, section 15: the filter for
the model works on the original record, and so does the join.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Protocol

from clary_programs.agents.transform.config import TransformConfig
from clary_programs.agents.transform.errors import TransformError
from clary_programs.agents.transform.jsonpath import Indices, compile_indices, compile_path, is_identity

OUTPUT, INPUT = "SageMakerOutput", "SageMakerInput"
MISMATCH = "ClientError: Fail to join data: mismatched line count between the input and the output"


class Association(Protocol):
    """What is done to a payload on its way to the model, and to the answer on its way back."""

    def to_model(self, payload: bytes) -> bytes: ...
    def to_output(self, payload: bytes, answer: bytes) -> bytes: ...


class Plain:
    """No DataProcessing: payloads and answers as they are."""

    def to_model(self, payload: bytes) -> bytes:
        return payload

    def to_output(self, payload: bytes, answer: bytes) -> bytes:
        return answer


def association_of(config: TransformConfig) -> Association:
    """Return the association that the job asks for. Raise TransformError for types or filters AWS does not
    take."""
    if is_identity(config.input_filter) and is_identity(config.output_filter) and not config.joins_input:
        return Plain()
    kind = config.content_type.partition(";")[0].strip().lower()
    if kind == "text/csv":
        return Rows(config)
    if kind in ("application/json", "application/jsonlines"):
        return Documents(config, whole=kind == "application/json" and config.split_type == "None")
    raise TransformError(
        f"ClientError: DataProcessing supports text/csv, application/json and application/jsonlines, not {kind or 'no'} content"
    )


def lines_of(data: bytes) -> list[bytes]:
    """Return lines without their ends, leaving out blank lines."""
    lines = data.split(b"\n")
    if b"\r" in data:
        lines = [line.rstrip(b"\r") for line in lines]
    return [line for line in lines if line]


class Rows:
    """CSV: a row is an array of its fields, and fields go through as the text they are."""

    def __init__(self, config: TransformConfig) -> None:
        self._joins = config.joins_input
        self._input, self._output = _indices(config.input_filter), _indices(config.output_filter)

    def to_model(self, payload: bytes) -> bytes:
        return payload if self._input is None else _joined(_pick(lines_of(payload), self._input), payload)

    def to_output(self, payload: bytes, answer: bytes) -> bytes:
        if not self._joins and self._output is None:
            return answer
        lines = lines_of(answer)
        if self._joins:
            lines = list(map(b",".join, zip(*_paired(lines_of(payload), lines), strict=True)))
        if self._output is not None:
            lines = _pick(lines, self._output)
        return _joined(lines, answer)


def _indices(path: str) -> Indices | None:
    return None if is_identity(path) else compile_indices(path)


def _pick(lines: list[bytes], indices: Indices) -> list[bytes]:
    if any(b'"' in line for line in lines):
        return _pick_quoted(lines, indices)
    return [b",".join(indices.of(line.split(b","))) for line in lines]


def _pick_quoted(lines: list[bytes], indices: Indices) -> list[bytes]:
    """By the csv module, one line at a time: a record never spans lines once it has been split by lines."""
    picked: list[bytes] = []
    for line in lines:
        row = _fields(line)
        text = io.StringIO()
        csv.writer(text, lineterminator="").writerow(indices.of(row))
        picked.append(text.getvalue().encode("utf-8"))
    return picked


def _fields(line: bytes) -> list[str]:
    try:
        (row,) = csv.reader([line.decode("utf-8")])
    except (csv.Error, UnicodeDecodeError) as error:
        raise TransformError(f"ClientError: a record is not CSV: {error}") from error
    return row


class Documents:
    """JSON: a record is a line, or the whole body of `application/json` that is not split."""

    def __init__(self, config: TransformConfig, whole: bool) -> None:
        self._whole, self._joins = whole, config.joins_input
        self._input, self._output = _path(config.input_filter), _path(config.output_filter)

    def to_model(self, payload: bytes) -> bytes:
        if self._input is None:
            return payload
        return _joined([_dump(self._input(_load(record))) for record in self._records(payload)], payload)

    def to_output(self, payload: bytes, answer: bytes) -> bytes:
        if not self._joins and self._output is None:
            return answer
        values = [_load(record) for record in self._records(answer)]
        if self._joins:
            inputs = [_load(record) for record in self._records(payload)]
            values = list(map(_join, *_paired(inputs, values)))
        if self._output is not None:
            values = list(map(self._output, values))
        return _joined(list(map(_dump, values)), answer)

    def _records(self, data: bytes) -> list[bytes]:
        return [data] if self._whole else lines_of(data)


def _path(path: str) -> Callable[[object], object] | None:
    return None if is_identity(path) else compile_path(path)


def _join(record: object, output: object) -> object:
    if isinstance(record, dict):
        return {**record, OUTPUT: output}
    return {INPUT: record, OUTPUT: output}


def _paired(inputs: Sequence[object], outputs: Sequence[object]) -> tuple[Sequence[object], Sequence[object]]:
    if len(inputs) != len(outputs):
        raise TransformError(MISMATCH)
    return inputs, outputs


def _joined(lines: list[bytes], like: bytes) -> bytes:
    """Return lines together, ended by a newline if `like` was."""
    return b"\n".join(lines) + (b"\n" if like.endswith(b"\n") else b"")


def _load(record: bytes) -> object:
    try:
        return json.loads(record)
    except (ValueError, RecursionError) as error:
        raise TransformError(f"ClientError: a record is not JSON: {error}") from error


def _dump(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
