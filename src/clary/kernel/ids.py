"""Ids and secrets that cannot be guessed; in tests, predictable ones."""

from __future__ import annotations

import secrets
import uuid
from itertools import count
from typing import Protocol


class Ids(Protocol):
    """A source of ids."""

    def hex(self, n: int) -> str:
        """Return `n` lower-case hexadecimal digits."""
        ...

    def uuid(self) -> str:
        """Return a version 4 UUID in its usual form."""
        ...


class RandomIds:
    """Ids from the system's entropy."""

    def hex(self, n: int) -> str:
        return secrets.token_hex((n + 1) // 2)[:n]

    def uuid(self) -> str:
        return str(uuid.uuid4())


class CountingIds:
    """Ids that count up, for tests."""

    def __init__(self) -> None:
        self._counter = count(1)

    def hex(self, n: int) -> str:
        return f"{next(self._counter):0{n}x}"[-n:]

    def uuid(self) -> str:
        return str(uuid.UUID(int=next(self._counter), version=4))
