"""What takes long at the first start of a home and needs no store: its certificate authority. Done beside the start of the
workers, in a process that ends with it, so that none of them keeps what only this needs (cryptography: 9 MiB)."""

from __future__ import annotations

from clary.server.authority import Authority
from clary.server.home import Home
from clary.server.options import Options


def prepare(home: Home, options: Options) -> None:
    """Make it. Call it within `home.alone()`."""
    Authority(home.ca, options.host_names)
