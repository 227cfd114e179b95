"""TLS handshakes in memory, between a client that trusts one CA and a server."""

from __future__ import annotations

import ssl
from pathlib import Path

from clary.server.authority import Authority


def handshake(authority: Authority, name: str, trusted: Path) -> None:
    """A TLS handshake in memory; raises where the client does not believe."""
    handshake_with(authority.server_context(), name, trusted)


def handshake_with(server: ssl.SSLContext, name: str, trusted: Path) -> None:
    client = ssl.create_default_context(cafile=str(trusted))
    a, b = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(a, b, server_hostname=name)
    far = server.wrap_bio(b, a, server_side=True)
    for _ in range(4):
        for side in (near, far):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert near.getpeercert()
