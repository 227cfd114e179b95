"""How many CPUs, GPUs and Neuron cores this process may use. Does not know who gave them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

TIMEOUT_SECONDS = 20


def cpus() -> int:
    """CPUs of the machine, as the toolkit counts them."""
    return os.cpu_count() or 1


def gpus() -> int:
    """GPUs that `nvidia-smi --list-gpus` names; 0 where the tool is absent or fails."""
    listing = _output(["nvidia-smi", "--list-gpus"])
    return sum(line.startswith("GPU ") for line in listing.splitlines())


def neurons() -> int:
    """Neuron cores that `neuron-ls -j` names; 0 where the tool is absent or fails."""
    try:
        return sum(device.get("nc_count", 0) for device in json.loads(_output(["neuron-ls", "-j"]) or "[]"))
    except (ValueError, AttributeError, TypeError):
        return 0


def _output(command: list[str]) -> str:
    if shutil.which(command[0]) is None:
        return ""
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return run.stdout
