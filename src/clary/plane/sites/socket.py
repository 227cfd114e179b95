"""A WebSocket as a site's handler sees it (RFC 6455)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

Message = str | bytes

NORMAL = 1000
GOING_AWAY = 1001
TOO_BIG = 1009
INTERNAL_ERROR = 1011
TRY_AGAIN = 1013


class SocketClosed(Exception):
    """The socket is closed, by whichever side. `code` is 1006 where no close frame came."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"the socket is closed: {code} {reason}".rstrip())
        self.code = code
        self.reason = reason


class Socket(Protocol):
    """An open WebSocket. `async for message in socket` ends when it is closed."""

    @property
    def subprotocol(self) -> str | None:
        """The one that was agreed on, of those that the site speaks."""
        ...

    async def receive(self) -> Message:
        """Return the next whole message: `str` for text, `bytes` for binary. Raise SocketClosed."""
        ...

    async def send(self, message: Message) -> None:
        """Send a message, and wait until the client takes more. Raise SocketClosed."""
        ...

    async def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Say that this is the end, and wait some seconds for the client's answer. A second call does nothing."""
        ...

    def __aiter__(self) -> AsyncIterator[Message]: ...
