"""Run the server's own code in a process for what only it can answer or do, without a running platform."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import Any

from clary.cli.errors import CliError


def query_server(duty: str, *options: str) -> Any:
    """Run `python -m clary.server DUTY` and return its JSON output. Raise CliError with its last line on
    failure."""
    words = [sys.executable, "-m", "clary.server", duty, *options]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise CliError(f"the server's {duty} failed: {last}")
    return json.loads(done.stdout)


def run_server_task(task: str, *options: str) -> Any:
    """Run `python -m clary.server TASK`, which may take long, and return its JSON output.

    Raise CliError with its last line on failure. On Ctrl-C, let it clean up first.
    """
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
