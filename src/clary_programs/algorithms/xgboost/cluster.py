"""Several hosts training one model: finding each other and adding up counts, by xgboost's own collective.

The first host by name runs the tracker. All hosts meet once to learn who has data, then those that have meet again
and train. Source: aws/sagemaker-xgboost-container, `distributed.py`; xgboost's collective C API.
"""

from __future__ import annotations

import ctypes
import json
import socket
import threading
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clary_programs.algorithms.xgboost.errors import AlgorithmError
from clary_programs.algorithms.xgboost.library import XGBoostError, check, last_error, library

if TYPE_CHECKING:
    import numpy as np

DEFAULT_PORT = 9099
WAIT_SECONDS = 900
BIND_SECONDS = 30.0
_FLOAT64, _SUM = 2, 2


def port_of(environ: Mapping[str, str]) -> int:
    """Return the tracker's port: the container's 9099, or one derived from the job's name, for hosts of
    several jobs may share a machine here. The next port is used as well."""
    job = environ.get("TRAINING_JOB_NAME")
    # Below the ports that kernels give to outgoing connections (from 32768), which would be in the way.
    return DEFAULT_PORT if not job else 20000 + zlib.crc32(job.encode()) % 6000 * 2


def wait_for_names(hosts: Sequence[str]) -> None:
    """Until every host name resolves, which takes a while on a starting cluster. Raise AlgorithmError."""
    deadline = time.monotonic() + WAIT_SECONDS
    for host in hosts:
        while not _resolves(host):
            if time.monotonic() > deadline:
                raise AlgorithmError(f"host {host} cannot be resolved")
            time.sleep(0.1)


@contextmanager
def together(hosts: Sequence[str], current: str, port: int) -> Iterator[None]:
    """Join all of `hosts` until the end of the block. Raise XGBoostError."""
    hosts = sorted(hosts)
    address = socket.gethostbyname(hosts[0])
    tracker = _start_tracker(address, port, len(hosts)) if current == hosts[0] else None
    config = {
        "dmlc_communicator": "rabit",
        "dmlc_tracker_uri": address,
        "dmlc_tracker_port": port,
        "dmlc_task_id": current,
        "dmlc_retry": 1,
        "dmlc_timeout": WAIT_SECONDS,
    }
    _join(config)
    try:
        yield
    finally:
        check(library().XGCommunicatorFinalize())
        if tracker is not None:
            tracker.join()


def add_up(counts: np.ndarray) -> np.ndarray:
    """Return the sum of every host's array; all hosts call with the same shape."""
    import numpy as np

    total = np.ascontiguousarray(counts, dtype=np.float64).copy()
    address = total.ctypes.data_as(ctypes.c_void_p)
    check(library().XGCommunicatorAllreduce(address, total.size, _FLOAT64, _SUM))
    return total


def hosts_with_data(hosts: Sequence[str], current: str, has_data: bool, port: int) -> list[str]:
    """Return which hosts have rows; every host learns the same. Raise AlgorithmError if none has."""
    import numpy as np

    ordered = sorted(hosts)
    mine = np.array([float(has_data and host == current) for host in ordered])
    with together(hosts, current, port):
        flags = add_up(mine)
    present = [host for host, flag in zip(ordered, flags.tolist(), strict=True) if flag]
    if not present:
        raise AlgorithmError("No hosts received training data.")
    return present


def _resolves(host: str) -> bool:
    try:
        socket.gethostbyname(host)
    except OSError:
        return False
    return True


def _join(config: dict[str, object]) -> None:
    """Join as soon as the tracker listens. libxgboost's own retries wait whole seconds, so each call tries once."""
    deadline = time.monotonic() + WAIT_SECONDS
    while library().XGCommunicatorInit(json.dumps(config).encode()):
        reason = last_error()
        if time.monotonic() > deadline:
            raise AlgorithmError(f"the other hosts cannot be joined: {reason}")
        time.sleep(0.05)


def _start_tracker(address: str, port: int, workers: int) -> threading.Thread:
    handle = ctypes.c_void_p()
    config = {
        "dmlc_communicator": "rabit",
        "host": address,
        "port": port,
        "n_workers": workers,
        "sortby": 1,
        "timeout": WAIT_SECONDS,
    }
    deadline = time.monotonic() + BIND_SECONDS
    while library().XGTrackerCreate(json.dumps(config).encode(), ctypes.byref(handle)):
        reason = last_error()
        if time.monotonic() > deadline:
            raise AlgorithmError(f"the tracker cannot listen at {address}:{port}: {reason}")
        time.sleep(0.1)
    check(library().XGTrackerRun(handle, b"{}"))
    thread = threading.Thread(target=_follow, args=(handle,), daemon=True)
    thread.start()
    return thread


def _follow(handle: ctypes.c_void_p) -> None:
    try:
        check(library().XGTrackerWaitFor(handle, json.dumps({"timeout": 0}).encode()))
    except XGBoostError:
        pass
    finally:
        library().XGTrackerFree(handle)
