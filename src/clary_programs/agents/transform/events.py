"""The job's `data-log`: one line for every event, in the form of AWS's own. Knows no log service.

Source of the form: `data-log` lines quoted in public issues (aws/amazon-sagemaker-examples 1620).
"""

from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO


class DataLog:
    """Writes to `data-log` beside the job's failure file, and to standard output."""

    def __init__(self, path: Path, echo: TextIO | None = None) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8", errors="replace")
        self._echo = sys.stdout if echo is None else echo
        self._lock = threading.Lock()

    def say(self, text: str, name: str = "") -> None:
        """One event, each of its lines with the time and, if it is about one, the object's name."""
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        start = f"{stamp}:[sagemaker logs]: " + (f"{name}: " if name else "")
        written = "".join(f"{start}{line}\n" for line in text.split("\n"))
        with self._lock:
            for target in (self._file, self._echo):
                target.write(written)
                target.flush()

    def close(self) -> None:
        self._file.close()
