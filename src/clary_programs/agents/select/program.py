"""The process of a query: its task and the object from the standard input, events to the standard output.

The first bytes of the input are a length and the task as JSON; then the object follows. The output is frames: a letter, a length and a
payload. `R` are records of the output, `P` how far it is, `E` an error, `S` the last one. Its memory and CPU time are limited by the
kernel, and where the kernel has Landlock, all files but libraries are out of its reach (confinement.py).
"""

from __future__ import annotations

import json
import resource
import struct
import sys
import time
from collections.abc import Iterator
from itertools import chain
from typing import IO, Any

from clary_programs.agents.select.confinement import confine
from clary_programs.agents.select.records import csv_records, json_records, output, parquet_records, streams
from clary_programs.agents.select.sql.failures import Failure
from clary_programs.agents.select.sql.parser import parse
from clary_programs.agents.select.sql.query import Plan
from clary_programs.agents.select.sql.rows import Fields, Rows, Values

FRAME = struct.Struct(">cI")
_MEMORY = 1 << 30
_MEMORY_OF_PARQUET = 4 << 30  # much of which pyarrow reserves and never touches
_BATCH = 64 << 10
_DEEPEST = 5000  # calls: a condition of a thousand terms is one of a thousand operators inside of each other
_PROGRESS_SECONDS = 1.0
_LAST = 1 << 62  # no byte of an object has this number


class Run:
    """One query over one object."""

    def __init__(
        self, task: dict[str, Any], source: IO[bytes], sink: IO[bytes], spare: IO[bytes] | None = None
    ) -> None:
        self._task = task
        self._sink = sink
        self._spare = spare  # for what Parquet cannot keep in memory
        self._source = streams.Source(source, task["compression"])
        self._returned = 0
        self._told = time.monotonic()

    def answer(self) -> None:
        """Write all that comes of the query. The last frame is `S` or `E`."""
        try:
            query = parse(self._task["expression"])
            rows, records = self._input()
            plan, write = Plan(query, rows, self._task["now"]), output.writer(self._task["output"])
            self._send_all(write(result) for result in plan.results(records))
            if self._task["progress"]:
                self._send(b"P", self._figures())
            self._send(b"S", self._figures())
        except Failure as failure:
            self._fail(failure)
        except RecursionError:
            self._fail(Failure("UnsupportedSqlStructure", "The expression is nested too deeply."))
        except MemoryError:
            self._fail(Failure("ExternalEvalException", "The query needs too much memory."))

    def _fail(self, failure: Failure) -> None:
        self._send(b"E", json.dumps([failure.code, failure.message]).encode())

    def _figures(self) -> bytes:
        source = self._source
        return json.dumps([source.scanned, source.processed, self._returned]).encode()

    def _send_all(self, found: Iterator[bytes]) -> None:
        waiting: list[bytes] = []
        size = 0
        for record in found:
            waiting.append(record)
            size += len(record)
            if size >= _BATCH:
                self._send_records(waiting)
                waiting, size = [], 0
        if waiting:
            self._send_records(waiting)

    def _send_records(self, records: list[bytes]) -> None:
        payload = b"".join(records)
        self._returned += len(payload)
        self._send(b"R", payload)

    def _send(self, kind: bytes, payload: bytes) -> None:
        self._sink.write(FRAME.pack(kind, len(payload)) + payload)
        self._sink.flush()

    def _input(self) -> tuple[Rows, Iterator[Any]]:
        form, pieces = self._task["input"], self._watched()
        if "Parquet" in form:
            end = self._task["end"]
            return Values(), parquet_records.records(pieces, self._task["start"], end, self._spare)
        if "JSON" in form:
            if form["JSON"]["Type"] == "LINES":
                return Values(), json_records.lines(self._cut(pieces, b"\n"))
            return Values(), json_records.documents(pieces)
        return self._csv(form["CSV"], pieces)

    def _csv(self, form: dict[str, Any], pieces: Iterator[bytes]) -> tuple[Rows, Iterator[Any]]:
        read = csv_records.CsvFormat(form)
        header = form["FileHeaderInfo"]
        if header == "USE":
            first, rest = self._first(pieces, read)
            return Fields(first), rest
        records = read.records(self._cut(pieces, read.delimiter.encode()))
        if header == "IGNORE" and self._task["start"] == 0:
            next(records, None)
        return Fields(None), records

    def _first(
        self, pieces: Iterator[bytes], read: csv_records.CsvFormat
    ) -> tuple[list[str], Iterator[list[str]]]:
        """Return the names in the header, and the records behind it that begin in the range."""
        delimiter = read.delimiter.encode()
        found = streams.records(pieces, delimiter)
        lengths = [0]
        counted = _counted(found, delimiter, lengths)
        header = next(read.records(counted), [])
        end = self._task["end"]
        if self._task["start"] or end is not None:
            last = _LAST if end is None else end
            found = streams.within(found, delimiter, lengths[0], self._task["start"], last)
        return header, read.records(chain([b""], found))

    def _cut(self, pieces: Iterator[bytes], delimiter: bytes) -> Iterator[bytes]:
        """Return the records that begin in the range. The input may begin one delimiter before it."""
        start, end = self._task["start"], self._task["end"]
        found = streams.records(pieces, delimiter)
        if not start and end is None:
            return found
        return streams.within(found, delimiter, self._task["begin"], start, _LAST if end is None else end)

    def _watched(self) -> Iterator[bytes]:
        """Yield the object's bytes, and tell from time to time how far the query is."""
        for piece in self._source.pieces():
            yield piece
            if self._task["progress"] and time.monotonic() - self._told > _PROGRESS_SECONDS:
                self._told = time.monotonic()
                self._send(b"P", self._figures())


def _counted(found: Iterator[bytes], delimiter: bytes, total: list[int]) -> Iterator[bytes]:
    for record in found:
        total[0] += len(record) + len(delimiter)
        yield record


def _limit(task: dict[str, Any]) -> None:
    memory = _MEMORY_OF_PARQUET if "Parquet" in task["input"] else _MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (task["seconds"], task["seconds"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (task["size"], task["size"]))


def main() -> None:
    """Answer one task."""
    sys.setrecursionlimit(_DEEPEST)
    source = sys.stdin.buffer
    task = json.loads(source.read(*struct.unpack(">I", source.read(4))))
    _limit(task)
    spare = parquet_records.spare_file() if "Parquet" in task["input"] else None
    confine()
    Run(task, source, sys.stdout.buffer, spare).answer()
