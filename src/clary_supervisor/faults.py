"""Why a run ends before its time: the reason the control plane reads, and the detail in AWS's words."""

from __future__ import annotations


class Ended(Exception):
    """The platform ends or refuses the run. `reason` is one of RunState.reason."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Lost(Exception):
    """It cannot be known how a program ended."""
