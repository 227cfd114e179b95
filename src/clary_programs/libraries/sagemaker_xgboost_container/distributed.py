"""Training on several hosts: who has data trains, and xgboost adds up over all of them."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from clary_programs.algorithms.xgboost import cluster


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
    """Call `exec_fun(**args)` on every host that is included; the others leave with exit code 0.

    With `update_rabit_args` it is told `is_master`. How often a connection is tried is not the caller's choice here.
    """
    port = first_port or cluster.port_of(os.environ)
    included = cluster.hosts_with_data(hosts, current_host, include_in_training, port)
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
