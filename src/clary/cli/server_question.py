"""Questions that only the server's own code can answer, asked of it as a process: no platform need run."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from clary.cli.errors import CliError


def ask_server(duty: str, *options: str) -> Any:
    """The JSON that `python -m clary.server DUTY` prints. Raises CliError with the last line of its complaint."""
    words = [sys.executable, "-m", "clary.server", duty, *options]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word why"])[-1]
        raise CliError(f"the server's {duty} failed: {last}")
    return json.loads(done.stdout)
