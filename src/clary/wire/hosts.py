"""The host that a request was sent to, as its Host header has it."""

from __future__ import annotations


def host_of(authority: str) -> str:
    """Return the host of a Host header in lower case, without port, brackets and a trailing dot."""
    if authority.startswith("["):
        return authority[1:].partition("]")[0].lower()
    return authority.partition(":")[0].lower().removesuffix(".")
