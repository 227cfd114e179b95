"""A request's body as ASGI delivers it: read whole, or part by part. Knows no protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from clary.kernel import AwsError

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Body:
    """An asynchronous iterator over the parts that arrive; reading begins when somebody asks."""

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

    async def whole(self, limit: int) -> bytes:
        """All of it. Raises RequestEntityTooLarge above `limit` bytes."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self._more = False
            raise ConnectionError("the client went away in the middle of its request")
        self._more = message.get("more_body", False)
        first: bytes = message.get("body", b"")
        if not self._more:
            return first
        parts, size = [first], len(first)
        async for part in self:
            size += len(part)
            if size > limit:
                raise AwsError("RequestEntityTooLargeException", f"Request size exceeded {limit} bytes.", 413)
            parts.append(part)
        return b"".join(parts)

    @property
    def is_read(self) -> bool:
        """Whether all of it has arrived."""
        return not self._more
