"""A server for a handler of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.server.http.served import Handler, Served, echo


@pytest.fixture
def serve() -> Iterator[Callable[[Handler], Served]]:
    made: list[Served] = []

    def start(handler: Handler = echo) -> Served:
        made.append(Served(handler))
        return made[-1]

    yield start
    for server in made:
        server.close()
