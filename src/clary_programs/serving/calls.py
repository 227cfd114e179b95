"""Which thread answers what: small batches at once where they arrived, large or blocking ones in workers.

Knows handlers and sinks; knows no socket. A reader's PING is answered whatever a model is doing, because only quick
work is ever done in the loop.
"""

from __future__ import annotations

import json
import queue
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Protocol

from clary_programs.serving.api import Answer, Handler, Invocation

# Batches up to this many body bytes are predicted in the loop itself: quicker than handing them to a thread.
INLINE_BYTES = 1 << 16
EXECUTION_PARAMETERS = "/execution-parameters"
INVOCATIONS = "/invocations"
JSON_HEAD = b'{"content-type":"application/json"}'
TEXT_HEAD = b'{"content-type":"text/plain"}'


class Sink(Protocol):
    """Where one answer goes: `whole`, or `start`, any number of `part`s and `end`."""

    def whole(self, status: int, head: bytes, body: bytes) -> None: ...
    def start(self, status: int, head: bytes) -> None: ...
    def part(self, data: bytes) -> None: ...
    def end(self, error: str) -> None: ...
    @property
    def gone(self) -> bool: ...


Call = tuple[Sink, Invocation]


class Calls:
    """Brings invocations to a handler and its answers to their sinks."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._blocking = bool(getattr(handler, "blocking", False))
        workers = max(1, int(getattr(handler, "workers", 1))) if self._blocking else 1
        self._queue: queue.SimpleQueue[list[Call] | None] = queue.SimpleQueue()
        self._waiting = 0
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(workers)]
        for thread in self._threads:
            thread.start()

    def submit(self, calls: list[Call]) -> None:
        """Answer all of `calls`, now or soon; called by the loop."""
        if self._blocking:
            for call in calls:
                self._queue.put([call])
        elif self._waiting == 0 and sum(len(call[1].body) for call in calls) <= INLINE_BYTES:
            self._answer(calls)
        else:
            with self._lock:
                self._waiting += 1
            self._queue.put(calls)

    def close(self) -> None:
        """Let the workers end after what they are doing."""
        for _ in self._threads:
            self._queue.put(None)

    def _work(self) -> None:
        while (calls := self._queue.get()) is not None:
            try:
                self._answer(calls)
            finally:
                if not self._blocking:
                    with self._lock:
                        self._waiting -= 1

    def _answer(self, calls: list[Call]) -> None:
        model: list[Call] = []
        for call in calls:
            if call[0].gone:
                call[0].whole(499, TEXT_HEAD, b"")
            elif call[1].headers.get(":path", INVOCATIONS) == INVOCATIONS:
                model.append(call)
            else:
                self._other(*call)
        if model:
            self._predict(model)

    def _predict(self, calls: list[Call]) -> None:
        answers = answer_all(self._handler, [invocation for _, invocation in calls])
        for (sink, _), answer in zip(calls, answers, strict=True):
            if isinstance(answer.body, bytes):
                sink.whole(answer.status, head_of(answer), answer.body)
            elif self._blocking:
                stream(sink, answer)
            else:
                # The iterator may take its time; the model itself is free again.
                threading.Thread(target=stream, args=(sink, answer), daemon=True).start()

    def _other(self, sink: Sink, invocation: Invocation) -> None:
        answer = answer_path(self._handler, invocation.headers[":path"])
        sink.whole(answer.status, head_of(answer), answer.body)


def answer_all(handler: Handler, invocations: Sequence[Invocation]) -> list[Answer]:
    """As many answers as invocations, whatever the handler does."""
    try:
        answers = handler.answer(invocations)
        if len(answers) == len(invocations):
            return answers
        text = f"the handler gave {len(answers)} answers to {len(invocations)} invocations"
    except Exception:
        text = traceback.format_exc()
    print(text, file=sys.stderr, flush=True)
    return [Answer(text.encode("utf-8", "replace"), 500, "text/plain") for _ in invocations]


def answer_path(handler: Handler, path: str) -> Answer:
    """Anything but an invocation."""
    if path == "/ping":
        return Answer(b"", 200, "application/json")
    if path != EXECUTION_PARAMETERS:
        return Answer(b"", 404, "text/plain")
    try:
        parameters = handler.execution_parameters()
    except Exception:
        return Answer(traceback.format_exc().encode("utf-8", "replace"), 500, "text/plain")
    if parameters is None:
        return Answer(b"", 404, "text/plain")
    return Answer(json.dumps(parameters).encode(), 200, "application/json")


def stream(sink: Sink, answer: Answer) -> None:
    """Send an iterator's parts as they come; an error that breaks it is said at the end."""
    error = ""
    body: Iterator[bytes] = answer.body
    sink.start(answer.status, head_of(answer))
    try:
        for part in body:
            if sink.gone:
                break
            sink.part(part)
    except (Exception, SystemExit) as broken:
        print(traceback.format_exc(), file=sys.stderr, flush=True)
        error = f"{type(broken).__name__}: {broken}"
    finally:
        close = getattr(body, "close", None)
        if close is not None:
            close()
        sink.end(error)


@lru_cache(maxsize=256)
def _plain_head(content_type: str) -> bytes:
    return json.dumps({"content-type": content_type}).encode()


def head_of(answer: Answer) -> bytes:
    """Return the JSON head of an answer: its content type and its other headers, names in lower case."""
    if not answer.headers:
        return _plain_head(answer.content_type)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return json.dumps({**headers, "content-type": answer.content_type}).encode()


@lru_cache(maxsize=512)
def _headers(head: bytes) -> dict[str, str]:
    headers = json.loads(head) if head else {}
    return headers if isinstance(headers, dict) else {}


def parse_head(head: bytes, body: bytes) -> Invocation:
    """Return an invocation from the head of a REQUEST; without headers if the head is not a JSON object."""
    try:
        headers = _headers(head)
    except ValueError:
        headers = {}
    return Invocation(body, headers.get("content-type", ""), headers.get("accept", ""), headers)
