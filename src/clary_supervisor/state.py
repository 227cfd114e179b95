"""What is known of a run, written down at each change of phase and announced to the platform."""

from __future__ import annotations

import os
import time

from .folder import EXIT, STATE, get_json, put_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Ledger:
    """The run's state.json and, at the very end, its exit.json. Members are those of RunState."""

    def __init__(self, run: str, bell: str) -> None:
        self._run = run
        self._bell = bell
        self.facts: dict[str, Any] = get_json(f"{run}/{STATE}") or {
            "phase": "preparing",
            "steps": [],
            "notes": [],
        }

    def phase(self, phase: str) -> None:
        self.facts["phase"] = phase
        put_json(f"{self._run}/{STATE}", self.facts)
        self._ring()

    def step(self, name: str) -> float:
        """Return the time at which a step began; it begins now unless it has before."""
        for known, began in self.facts["steps"]:
            if known == name:
                return began
        self.facts["steps"].append([name, time.time()])
        return self.facts["steps"][-1][1]

    def note(self, text: str) -> None:
        if text and text not in self.facts["notes"]:
            self.facts["notes"].append(text)

    def close(self, phase: str) -> None:
        """Write the final state; nothing is written after it."""
        self.facts |= {"phase": phase, "ended": time.time()}
        put_json(f"{self._run}/{EXIT}", self.facts)
        self._ring()

    def _ring(self) -> None:
        """Best effort: the reader looks again at the folder, which is the truth."""
        if not self._bell:
            return
        import _socket  # the C module itself: the Python one costs as much time as all the rest

        line = _socket.socket(
            _socket.AF_UNIX, _socket.SOCK_DGRAM | _socket.SOCK_NONBLOCK | _socket.SOCK_CLOEXEC
        )
        try:
            line.sendto(os.path.basename(self._run).encode(), self._bell)
        except OSError:
            pass
        finally:
            line.close()
