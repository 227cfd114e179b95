"""AWS's runner of user scripts. Scripts import it beside what they use; it has nothing here."""

from __future__ import annotations


def __getattr__(name: str) -> object:
    raise AttributeError(f"{__name__}.{name} is not available in this environment")
