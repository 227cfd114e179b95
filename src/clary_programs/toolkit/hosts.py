"""Wait until the other hosts of a job have names. Does not know what is said to them.

Source: aws/sagemaker-training-toolkit `entry_point.py`: 15 minutes, waits growing from 0.1 to 30 seconds;
SM_STUDIO_LOCAL_MODE switches it off.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Mapping

from clary_programs.toolkit.errors import ClientError

PATIENCE_SECONDS = 15 * 60
LONGEST_WAIT_SECONDS = 30.0


def wait_for_hosts(
    hosts: Iterable[str],
    environ: Mapping[str, str],
    resolve: Callable[[str], object] = socket.gethostbyname,
    patience: float = PATIENCE_SECONDS,
) -> None:
    """Return once every name resolves. Raise ClientError naming the host that did not within `patience`
    seconds."""
    if environ.get("SM_STUDIO_LOCAL_MODE", "").lower() == "true":
        return
    deadline = time.monotonic() + patience
    for host in hosts:
        _wait(host, resolve, deadline)


def _wait(host: str, resolve: Callable[[str], object], deadline: float) -> None:
    wait = 0.1
    while True:
        try:
            resolve(host)
            return
        except OSError as error:
            if time.monotonic() + wait > deadline:
                raise ClientError(f"the host {host} of this job does not resolve: {error}") from error
        time.sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT_SECONDS)
