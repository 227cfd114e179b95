"""What is told of a request from outside once it is answered, with all of HTTP that a log of requests needs.

Hooks around calls (around.py) see what a call means; this is what went over the wire. Requests whose signature does not hold
are not told of: nobody knows whose they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from clary.kernel import Caller
from clary.wire import Operation, Request, Response, Signature


class Answered(NamedTuple):
    """A request and its answer, whose body may be still to be sent.

    `labels` are the variable parts of the path; `began` is in epoch seconds
    of the machine's clock, `seconds` how long it took to make the answer. `code` is that of an error, or ''.
    """

    request: Request
    operation: Operation
    labels: Mapping[str, str]
    signature: Signature | None
    caller: Caller
    id: str
    began: float
    seconds: float
    code: str
    response: Response


Hear = Callable[[Answered], None]
"""Runs on the event loop: it must not block or wait, and keeps what it collects in memory."""
