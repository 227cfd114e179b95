"""The command of a distributed run: torchrun or mpirun, as the framework parameters ask.

Starts nothing. Source: aws/sagemaker-training-toolkit `torch_distributed.py`, `mpi.py`.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

from clary_programs.contract.training_env import TrainingEnv
from clary_programs.toolkit import entry_points
from clary_programs.toolkit.entry_points import Kind
from clary_programs.toolkit.errors import ClientError

MASTER_PORT = "7777"
# Distributions whose launchers are AWS's own closed software: refused by name rather than run undistributed.
CLOSED = {
    "sagemaker_distributed_dataparallel_enabled": "smdistributed.dataparallel",
    "sagemaker_pytorch_xla_multi_worker_enabled": "pytorchxla",
}


def launch_command(env: TrainingEnv, folder: Path) -> list[str]:
    """Return the command that this host runs for the user's entry point."""
    framework, name = env.hyperparameters.framework, env.user_entry_point
    for parameter, distribution in CLOSED.items():
        if framework.get(parameter):
            raise ClientError(f"the distribution {distribution} is not available in this environment")
    if framework.get("sagemaker_torch_distributed_enabled"):
        return torchrun(env, folder)
    if framework.get("sagemaker_mpi_enabled"):
        return mpirun(env, folder)
    return entry_points.command(folder, name, env.user_args)


def torchrun(env: TrainingEnv, folder: Path) -> list[str]:
    """torchrun over the hosts of the distribution; rendezvous at the first one."""
    kind = entry_points.kind_of(folder, env.user_entry_point)
    if kind is Kind.PACKAGE:
        raise ClientError(
            "Python packages are not supported for torch_distributed. "
            "Please use a python script as the entry-point"
        )
    if kind is not Kind.PROGRAM:
        raise ClientError("Unsupported entry point type for torch_distributed")
    hosts = env.distribution_hosts or env.resources.hosts
    command = [*_torchrun(), "--nnodes", str(len(hosts)), "--nproc_per_node", str(_processes_per_host(env))]
    if len(hosts) > 1:
        rank = str(hosts.index(env.resources.current_host))
        command += ["--master_addr", env.master_hostname, "--master_port", MASTER_PORT, "--node_rank", rank]
    return [*command, env.user_entry_point, *env.user_args]


def mpirun(env: TrainingEnv, folder: Path) -> list[str]:
    """mpirun on this host; several hosts need an SSH daemon on each, as they do on AWS."""
    if shutil.which("mpirun") is None:
        raise ClientError(
            "the distribution mpi needs mpirun (Open MPI), which this environment does not have"
        )
    hosts = env.distribution_hosts or env.resources.hosts
    if len(hosts) > 1 and not Path("/usr/sbin/sshd").exists():
        raise ClientError(
            "SSH daemon not found, please install SSH to allow MPI to communicate different nodes in cluster."
        )
    framework = env.hyperparameters.framework
    per_host = int(framework.get("sagemaker_mpi_num_of_processes_per_host") or 1)
    total = int(framework.get("sagemaker_mpi_num_processes") or per_host * len(hosts))
    where = [host if per_host == 1 else f"{host}:{per_host}" for host in _mpi_hosts(hosts)]
    command = ["mpirun", "--host", ",".join(where), "-np", str(total), "--allow-run-as-root", "--tag-output"]
    command += ["--oversubscribe", "-mca", "orte_abort_on_non_zero_status", "1", "-x", "PATH"]
    command += shlex.split(str(framework.get("sagemaker_mpi_custom_mpi_options") or ""))
    for name in env.variables():
        # mpirun splits -x at "=" and its own launcher at blanks, so names that shells cannot hold are left out.
        command += ["-x", name] if name.replace("_", "a").isalnum() else []
    return command + entry_points.command(folder, env.user_entry_point, env.user_args)


def _mpi_hosts(hosts: list[str]) -> list[str]:
    """Return the hosts for mpirun; a single host is `localhost`, for which it needs no SSH."""
    return hosts if len(hosts) > 1 else ["localhost"]


def _torchrun() -> list[str]:
    """Return the torchrun beside this interpreter, or the module that it is."""
    beside = Path(sys.executable).with_name("torchrun")
    return [str(beside)] if beside.exists() else [sys.executable, "-m", "torch.distributed.run"]


def _processes_per_host(env: TrainingEnv) -> int:
    return env.devices.gpus or env.devices.neurons or 1
