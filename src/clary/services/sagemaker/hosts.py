"""The hosts of a SageMaker job: their names, and the resource configuration that each of them finds below /opt/ml."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from clary.runs.api import Host

NETWORK_INTERFACE = "eth0"


def host_names(count: int) -> list[str]:
    """Return `algo-1` …, sorted by their letters as AWS sorts them: `algo-10` comes before `algo-2`."""
    return sorted(f"algo-{n}" for n in range(1, count + 1))


def below_ml(path: str) -> str:
    """Return a path of the container as one below /opt/ml: `/opt/ml/checkpoints` -> `checkpoints`."""
    return path.removeprefix("/opt/ml/").strip("/")


def hosts(count: int, path: str, config: Mapping[str, Any]) -> tuple[Host, ...]:
    """Return every host with a resource configuration of its own, in the file `path` below /opt/ml."""
    names = host_names(count)
    return tuple(
        Host(name, files={path: json.dumps({"current_host": name, "hosts": names, **config})})
        for name in names
    )
