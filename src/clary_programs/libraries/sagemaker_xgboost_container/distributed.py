"""Training on several hosts: who has data trains, and xgboost adds up over all of them."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

from clary_programs.algorithms.xgboost import cluster
from clary_programs.algorithms.xgboost.errors import AlgorithmError

LOCAL_HOSTNAME = "127.0.0.1"


def wait_hostname_resolution(sm_hosts: Sequence[str]) -> None:
    """Until every host name resolves."""
    cluster.wait_for_names(sm_hosts)


def rabit_run(
    exec_fun: Callable[..., object],
    args: dict[str, Any],
    include_in_training: bool,
    hosts: Sequence[str],
    current_host: str,
    first_port: int | None = None,
    second_port: int | None = None,
    max_connect_attempts: int | None = None,
    connect_retry_timeout: float = 3,
    update_rabit_args: bool = False,
) -> None:
    """Call `exec_fun(**args)` on every host that is included; the others end with exit code 0.

    With `update_rabit_args`, the function also gets `is_master`. The number of connection attempts cannot be
    set here.
    """
    _check_attempts(max_connect_attempts)
    port = first_port or cluster.port_of(os.environ)
    included = _included(hosts, current_host, include_in_training, port)
    if not include_in_training:
        logging.warning("Host %s not being used for distributed training.", current_host)
        sys.exit(0)
    if update_rabit_args:
        args = {**args, "is_master": current_host == included[0]}
    if len(included) == 1:
        exec_fun(**args)
        return
    with cluster.together(included, current_host, second_port or port + 1):
        exec_fun(**args)


class RabitHelper:
    """What a host knows inside of `Rabit`: its rank, whether it is the master, and what the others say."""

    def __init__(self, is_master: bool, current_host: str, master_port: int) -> None:
        from xgboost import collective

        self.is_master, self.current_host, self.master_port = is_master, current_host, master_port
        self.rank, self.world_size = collective.get_rank(), collective.get_world_size()

    def synchronize(self, data: Any) -> list[Any]:
        """Return what every host passed, in the order of ranks. All hosts must call."""
        from xgboost import collective

        return [
            collective.broadcast(data if rank == self.rank else None, rank) for rank in range(self.world_size)
        ]


class Rabit:
    """A context in which xgboost trains one model over all hosts.

    The first host by name runs the tracker; `master_host` only selects which host is called the master. The
    number of connection attempts cannot be set here.
    """

    def __init__(
        self,
        hosts: Sequence[str],
        current_host: str | None = None,
        master_host: str | None = None,
        port: int | None = None,
        max_connect_attempts: int | None = None,
        connect_retry_timeout: float = 3,
    ) -> None:
        _check_attempts(max_connect_attempts)
        self.current_host = current_host or LOCAL_HOSTNAME
        self.hosts = sorted(hosts)
        self.n_workers = len(self.hosts)
        self.master_host = master_host or self.hosts[0]
        self.is_master_host = self.current_host == self.master_host
        self.port = port or cluster.port_of(os.environ)
        self._joined = ExitStack()

    def start(self) -> RabitHelper:
        """Join the other hosts and return what this host then knows. A single host has nothing to join."""
        if self.n_workers > 1:
            self._joined.enter_context(cluster.together(self.hosts, self.current_host, self.port))
        is_master = self.is_master_host or self.n_workers == 1
        return RabitHelper(is_master, self.current_host, self.port)

    def stop(self) -> None:
        """Leave the others."""
        self._joined.close()

    def __enter__(self) -> RabitHelper:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()


def _included(hosts: Sequence[str], current_host: str, include: bool, port: int) -> list[str]:
    if len(hosts) == 1:
        return list(hosts) if include else []
    try:
        return cluster.hosts_with_data(hosts, current_host, include, port)
    except AlgorithmError as error:
        raise RuntimeError(str(error)) from error


def _check_attempts(attempts: int | None) -> None:
    if attempts is not None and attempts <= 0:
        raise ValueError("max_connect_attempts must be None or an integer greater than 0.")
