"""What the interpreter asks of the world around it."""

from __future__ import annotations

from typing import Any, Protocol


class Outside(Protocol):
    """Time, chance, and names for what waits."""

    def now(self) -> float:
        """Return machine time, by which events are dated and tasks time out."""
        ...

    def business(self) -> float:
        """Return business time, by which Wait states and retries wait."""
        ...

    def random(self) -> float:
        """Return a number from 0 up to 1."""
        ...

    def token(self) -> str:
        """Return a new task token."""
        ...

    def refusal(self, resource: str, arguments: Any) -> str | None:
        """Return why a task cannot begin with these arguments, such as an activity that does not exist; None if it can."""
        ...

    def map_run(self, name: str, label: str | None) -> str:
        """Return the ARN of a new Map Run of the state of this name."""
        ...
