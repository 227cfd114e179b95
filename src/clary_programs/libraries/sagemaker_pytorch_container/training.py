"""Training in the PyTorch image: the user's script, told where the first host is."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence

from sagemaker_training import entry_point, environment, errors, runner

MASTER_PORT = "7777"
_HARMLESS = "terminate called after throwing an instance of 'gloo::EnforceNotMet'"

logger = logging.getLogger(__name__)


def train(training_environment: environment.Environment) -> None:
    """Run the user's script on this host. Raise ExecuteUserScriptError."""
    _tell(training_environment.hosts, training_environment.network_interface_name)
    logger.info("Invoking user training script.")
    try:
        entry_point.run(
            uri=training_environment.module_dir,
            user_entry_point=training_environment.user_entry_point,
            args=training_environment.to_cmd_args(),
            env_vars=training_environment.to_env_vars(),
            capture_error=True,
            runner_type=runner.ProcessRunnerType,
        )
    except errors.ExecuteUserScriptError as error:
        # Gloo ends so where another host has finished before this one; the training itself is done.
        if _HARMLESS not in str(error):
            raise
        logger.warning("Known exception: %s", error)


def main() -> None:
    """Run the script that the job's files name."""
    train(environment.Environment())


def _tell(hosts: Sequence[str], interface: str) -> None:
    os.environ.update(
        MASTER_ADDR=hosts[0],
        MASTER_PORT=MASTER_PORT,
        NCCL_SOCKET_IFNAME=interface,
        NCCL_IB_DISABLE="1",
        NCCL_DEBUG="WARN",
    )
