"""Questions that only the server's own code can answer, and work that only it can do, as a process: no platform need run."""

from __future__ import annotations

import json
import signal
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


def have_server_do(task: str, *options: str) -> Any:
    """The JSON that `python -m clary.server TASK` prints when it has done its work, which may take long. Raises CliError with
    the last line of its complaint. Interrupted, it is given the time to clear away what it began."""
    words = [sys.executable, "-m", "clary.server", task, *options]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as worker:
        try:
            answer, complaint = worker.communicate()
        except KeyboardInterrupt:
            worker.send_signal(signal.SIGTERM)
            worker.communicate()
            raise
    if worker.returncode:
        raise CliError((complaint.strip().splitlines() or [f"the {task} ended with {worker.returncode}"])[-1])
    return json.loads(answer)
