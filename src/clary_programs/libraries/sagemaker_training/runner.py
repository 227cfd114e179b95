"""The ways in which an entry point can be run.

AWS's own launchers, SMDataParallel and PyTorchXLA, are closed software and are not here.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Any

from clary_programs.libraries._shared import running

from . import environment, params, process


class RunnerType(enum.Enum):
    """One process, MPI, or PyTorch's launcher."""

    MPI = "MPI"
    Process = "Process"
    TorchDistributed = "TorchDistributed"


ProcessRunnerType = RunnerType.Process
MPIRunnerType = RunnerType.MPI
TorchDistributedRunnerType = RunnerType.TorchDistributed

_LAUNCHERS = {RunnerType.MPI: "mpirun", RunnerType.TorchDistributed: "torchrun"}


def get(
    identifier: RunnerType | process.ProcessRunner,
    user_entry_point: str | None = None,
    args: Sequence[str] | None = None,
    env_vars: Mapping[str, str] | None = None,
    extra_opts: Mapping[str, Any] | None = None,
) -> process.ProcessRunner:
    """Return what runs the entry point; what is not passed is taken from the training environment.

    `extra_opts` are framework parameters of a distributed run. Raise ValueError for an unknown identifier.
    """
    if isinstance(identifier, process.ProcessRunner):
        return identifier
    if not isinstance(identifier, RunnerType):
        raise ValueError(f"Invalid identifier {identifier}")
    env, options = environment.Environment(), extra_opts or {}
    name = user_entry_point or env.user_entry_point
    arguments = list(args or env.to_cmd_args())
    variables = env_vars or env.to_env_vars()
    given = options.get(params.MPI_PROCESSES_PER_HOST) or env.additional_framework_parameters.get(
        params.MPI_PROCESSES_PER_HOST
    )
    per_host = int(given or env.num_gpus or 1)
    if identifier is RunnerType.Process:
        return process.ProcessRunner(name, arguments, variables, per_host)
    command = running.distributed_command(_LAUNCHERS[identifier], env._contract, name, arguments, options)
    return _LaunchedRunner(name, arguments, variables, per_host, command)


class _LaunchedRunner(process.ProcessRunner):
    """Runs a launcher's command."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        variables: Mapping[str, str],
        per_host: int,
        command: list[str],
    ) -> None:
        super().__init__(name, arguments, variables, per_host)
        self._command = command

    def _create_command(self) -> list[str]:
        return self._command
