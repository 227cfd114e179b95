"""The command `train`."""

from ..trainer import train as main

__all__ = ["main"]
