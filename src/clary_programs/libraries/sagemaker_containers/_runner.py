"""The ways in which an entry point can be run: one process, or MPI."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Any

from clary_programs.libraries._shared import running

from . import _process, training_env


class RunnerType(enum.Enum):
    """One process, or MPI."""

    MPI = "MPI"
    Process = "Process"


ProcessRunnerType = RunnerType.Process
MPIRunnerType = RunnerType.MPI


def get(
    identifier: RunnerType | _process.ProcessRunner,
    user_entry_point: str | None = None,
    args: Sequence[str] | None = None,
    env_vars: Mapping[str, str] | None = None,
    extra_opts: Mapping[str, Any] | None = None,
) -> _process.ProcessRunner:
    """Return what runs the entry point; what is not passed is taken from the training environment.

    `extra_opts` are framework parameters of a run by MPI. Raise ValueError for an unknown identifier.
    """
    if isinstance(identifier, _process.ProcessRunner):
        return identifier
    if not isinstance(identifier, RunnerType):
        raise ValueError(f"Invalid identifier {identifier}")
    env = training_env()
    name = user_entry_point or env.user_entry_point
    arguments = list(args or env.to_cmd_args())
    variables = env_vars or env.to_env_vars()
    if identifier is RunnerType.Process:
        return _process.ProcessRunner(name, arguments, variables)
    command = running.distributed_command("mpirun", env._contract, name, arguments, extra_opts or {})
    return _MpiRunner(name, arguments, variables, command)


class _MpiRunner(_process.ProcessRunner):
    """Runs mpirun."""

    def __init__(
        self, name: str, arguments: Sequence[str], variables: Mapping[str, str], command: list[str]
    ) -> None:
        super().__init__(name, arguments, variables)
        self._command = command

    def _create_command(self) -> list[str]:
        return self._command
