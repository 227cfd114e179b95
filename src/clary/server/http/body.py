"""A request's body, read part by part. Knows no protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Body:
    """An asynchronous iterator over the parts as they arrive. Reading starts with the first request for a
    part."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._more = True

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        while self._more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self._more = False
                raise ConnectionError("the client went away in the middle of its request")
            self._more = message.get("more_body", False)
            if message.get("body"):
                return message["body"]
        raise StopAsyncIteration
