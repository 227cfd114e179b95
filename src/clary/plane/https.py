"""Fetch a small document of a server on the internet for a user: one GET over TLS, with bounds.

The connection is opened by outbound.py, which checks the address. Redirects are not followed: their target could be
anything. Does not know what the documents mean.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import h11

from clary.plane.outbound import Outbound

SECONDS = 5.0  # for all of one document
_LARGEST = 256 << 10  # bytes
_CHUNK = 32 << 10


class Unreachable(OSError):
    """The document could not be fetched: no connection, or no answer in time."""


class NoDocument(Unreachable):
    """The server answers, but not with a document that is taken."""


class Untrusted(Unreachable):
    """The server's certificate is not accepted."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document is. `target` is its path and query."""

    host: str
    port: int
    target: str

    @classmethod
    def of(cls, url: str) -> Place:
        """Read an https URL. Raise ValueError for another one, and for one with a user name."""
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or not url.isascii():
            raise ValueError(f"not an https URL: {url!r}")
        if any(not "!" <= letter <= "~" for letter in url):
            raise ValueError(f"not an https URL: {url!r}")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(parts.hostname, parts.port or 443, target)

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == 443 else f"{host}:{self.port}"


async def fetch(outbound: Outbound, place: Place, tls: ssl.SSLContext) -> bytes:
    """Return the body of a document. Raise Untrusted, Unreachable."""
    try:
        async with asyncio.timeout(SECONDS):
            return await _fetched(outbound, place, tls)
    except ssl.SSLCertVerificationError as error:
        raise Untrusted(str(error)) from None
    except Unreachable:
        raise
    except h11.ProtocolError as error:
        raise NoDocument(str(error)) from None
    except OSError as error:
        raise Unreachable(str(error) or type(error).__name__) from None


async def certificates_of(outbound: Outbound, place: Place) -> list[bytes]:
    """Return the certificates (DER) that a server presents, its own first. Nothing is verified. Raise Unreachable."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    try:
        async with asyncio.timeout(SECONDS):
            _, writer = await outbound.connect(place.host, place.port, tls)
            try:
                return _presented(writer.get_extra_info("ssl_object"))
            finally:
                writer.close()
    except OSError as error:
        raise Unreachable(str(error) or type(error).__name__) from None


def trusting(*certificates: bytes) -> ssl.SSLContext:
    """Return a context that accepts a server whose certificate is one of these (DER), or is signed by way of one.

    The server's name is checked as always.
    """
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    tls.load_verify_locations(cadata=b"".join(certificates))
    return tls


def _presented(connection: Any) -> list[bytes]:
    # Public since Python 3.13; before, the same method of the object below.
    of = getattr(connection, "get_unverified_chain", None) or connection._sslobj.get_unverified_chain
    return [one if isinstance(one, bytes) else ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in of()]


async def _fetched(outbound: Outbound, place: Place, tls: ssl.SSLContext) -> bytes:
    reader, writer = await outbound.connect(place.host, place.port, tls)
    try:
        dialog = h11.Connection(h11.CLIENT)
        headers = [("host", place.authority), ("accept", "application/json"), ("connection", "close")]
        request = dialog.send(h11.Request(method="GET", target=place.target, headers=headers))
        writer.write((request or b"") + (dialog.send(h11.EndOfMessage()) or b""))
        await writer.drain()
        return await _body(dialog, reader)
    finally:
        writer.close()


async def _body(dialog: h11.Connection, reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    async for event in _events(dialog, reader):
        if isinstance(event, h11.Response) and event.status_code != 200:
            raise NoDocument(f"status {event.status_code}")
        if isinstance(event, h11.Data):
            body += event.data
            if len(body) > _LARGEST:
                raise NoDocument(f"more than {_LARGEST} bytes")
    return bytes(body)


async def _events(dialog: h11.Connection, reader: asyncio.StreamReader) -> AsyncIterator[Any]:
    """Yield what the server says, to the end of its answer."""
    while True:
        event = dialog.next_event()
        if event is h11.NEED_DATA:
            dialog.receive_data(await reader.read(_CHUNK))
            continue
        if isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
            return
        yield event
