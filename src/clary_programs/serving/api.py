"""What a model is to the model server: many requests in, as many answers out. Knows no socket and no framework."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(slots=True)
class Invocation:
    """One request to `/invocations`. Header names are lower-case; `content_type` and `accept` may be empty."""

    body: bytes
    content_type: str = ""
    accept: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Answer:
    """One response. A body that is an iterator is streamed part by part as it is produced."""

    body: bytes | Iterator[bytes]
    status: int = 200
    content_type: str = "application/octet-stream"
    headers: Mapping[str, str] = field(default_factory=dict)


class Handler(Protocol):
    """A loaded model.

    A handler may set two attributes: `blocking = True` says that an answer may take long and that `answer` may be
    called from several threads at once (each call then gets one invocation); `workers: int` says how many of them.
    Without them `answer` is never called twice at the same time.
    """

    def answer(self, invocations: Sequence[Invocation]) -> list[Answer]:
        """Answer everything that has arrived, in order. One bad invocation must not spoil its neighbours:
        an error is an `Answer` with a 4xx or 5xx status, never an exception."""
        ...

    def execution_parameters(self) -> dict[str, object] | None:
        """Return the JSON of `GET /execution-parameters`, or None where the container does not offer it
        (404)."""
        ...
