"""Slow work at the first start of a home that needs no store: its certificate authority.

It runs in a process of its own while the workers start, so that none of them keeps what only this needs
(cryptography: 9 MiB).
"""

from __future__ import annotations

from clary.server.authority import Authority
from clary.server.home import Home
from clary.server.options import Options
from clary.server.sealing_key import sealing_key


def prepare(home: Home, options: Options) -> None:
    """Create it. Call this within `home.alone()`."""
    sealer = sealing_key(home, options)
    sealer.fingerprint(make=True)
    Authority(home.ca, options.host_names, sealer)
