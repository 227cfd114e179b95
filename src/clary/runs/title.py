"""The title of a process in `ps`, as the supervisor writes its own."""

from __future__ import annotations

from clary_supervisor.title import write

__all__ = ["write"]
