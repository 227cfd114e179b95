"""From HTTP to another protocol on one connection: what a Connection keeps meanwhile, and the end of it."""

from __future__ import annotations

import asyncio
import logging

from clary.server.http.response_head import head_of
from clary.server.http.stream import Stream
from clary.server.http.turn import Owner
from clary.wire import Response, Switch

log = logging.getLogger("clary.http")


class Upgraded:
    """Stands in for the parser after a request with an Upgrade: nothing that follows is HTTP. Keeps it for the protocol that
    the connection may be switched to."""

    def __init__(self, version: str, rest: bytes) -> None:
        self._version = version
        self._rest = bytearray(rest)

    def feed_data(self, data: bytes) -> None:
        """Keep more; how much there may be is up to the connection."""
        self._rest += data

    def get_http_version(self) -> str:
        """Return the version of the request."""
        return self._version

    def take(self) -> bytes:
        """Return what was kept."""
        rest, self._rest = bytes(self._rest), bytearray()
        return rest


async def speak(server: Owner, transport: asyncio.Transport, kept: object, response: Response) -> None:
    """Send a 101, let its Switch speak on the connection, and close it. `kept` is the Upgraded of the connection; without
    it nobody asked for an upgrade, and the connection is broken off."""
    switch = response.body
    assert isinstance(switch, Switch)
    try:
        if not isinstance(kept, Upgraded) or kept.get_http_version() == "1.0":
            log.error("an upgrade that was not asked for")
            transport.abort()
        elif server.closing or transport.is_closing():
            transport.close()
        else:
            await _speak(server, transport, kept, response, switch)
    finally:
        switch.end()


async def _speak(
    server: Owner, transport: asyncio.Transport, kept: Upgraded, response: Response, switch: Switch
) -> None:
    transport.write(head_of(response, None, server.date, False))
    stream = Stream(server, transport, kept.take(), switch.idle)
    try:
        await switch.speak(stream)
    except ConnectionError:
        pass
    except Exception:
        log.exception("an upgraded connection was broken off")
    finally:
        stream.close()
