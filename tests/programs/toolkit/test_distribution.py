"""Launch commands of distributed runs (aws/sagemaker-training-toolkit torch_distributed.py, mpi.py), and host names."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from clary_programs.contract.training_env import Devices, TrainingEnv
from clary_programs.toolkit.distribution import launch_command
from clary_programs.toolkit.errors import ClientError
from clary_programs.toolkit.hosts import wait_for_hosts


def env_of(base: Path, hosts: list[str], host: str, gpus: int = 0, **parameters: object) -> TrainingEnv:
    config = base / "input" / "config"
    config.mkdir(parents=True)
    groups = [
        {"instance_group_name": "homogeneousCluster", "instance_type": "ml.g4dn.xlarge", "hosts": hosts}
    ]
    (config / "resourceconfig.json").write_text(
        json.dumps({"current_host": host, "hosts": hosts, "instance_groups": groups})
    )
    values = {"sagemaker_program": "train.py", "epochs": 3, **parameters}
    (config / "hyperparameters.json").write_text(json.dumps({k: json.dumps(v) for k, v in values.items()}))
    env = TrainingEnv.read({"SAGEMAKER_BASE_DIR": str(base)})
    return TrainingEnv(
        env.paths, env.hyperparameters, env.input_data_config, env.resources, Devices(2, gpus, 0), env.environ
    )


def test_torchrun_over_two_hosts(tmp_path: Path) -> None:
    env = env_of(tmp_path, ["algo-1", "algo-2"], "algo-2", sagemaker_torch_distributed_enabled=True)
    command = launch_command(env, tmp_path)
    at = command.index("--nnodes")
    assert command[at:] == [
        *("--nnodes", "2", "--nproc_per_node", "1", "--master_addr", "algo-1", "--master_port", "7777"),
        *("--node_rank", "1", "train.py", "--epochs", "3"),
    ]


def test_torchrun_on_one_host_uses_every_gpu(tmp_path: Path) -> None:
    env = env_of(tmp_path, ["algo-1"], "algo-1", gpus=4, sagemaker_torch_distributed_enabled=True)
    command = launch_command(env, tmp_path)
    at = command.index("--nnodes")
    assert command[at:] == ["--nnodes", "1", "--nproc_per_node", "4", "train.py", "--epochs", "3"]


def test_torchrun_takes_no_package(tmp_path: Path) -> None:
    (tmp_path / "setup.py").touch()
    env = env_of(tmp_path, ["algo-1"], "algo-1", sagemaker_torch_distributed_enabled=True)
    with pytest.raises(ClientError, match="Python packages are not supported for torch_distributed"):
        launch_command(env, tmp_path)


def test_mpi_without_mpirun_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    env = env_of(tmp_path, ["algo-1"], "algo-1", sagemaker_mpi_enabled=True)
    with pytest.raises(ClientError, match="mpirun"):
        launch_command(env, tmp_path)


def test_mpi_parameters_become_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    options = {
        "sagemaker_mpi_num_of_processes_per_host": 2,
        "sagemaker_mpi_custom_mpi_options": "--verbose -x A=1",
    }
    command = launch_command(
        env_of(tmp_path, ["algo-1"], "algo-1", sagemaker_mpi_enabled=True, **options), tmp_path
    )
    assert command[:5] == ["mpirun", "--host", "localhost:2", "-np", "2"]
    assert command[command.index("--verbose") :][:3] == ["--verbose", "-x", "A=1"]
    assert command[-3:] == ["train.py", "--epochs", "3"]


def test_closed_distributions_are_refused_by_name(tmp_path: Path) -> None:
    env = env_of(tmp_path, ["algo-1"], "algo-1", sagemaker_distributed_dataparallel_enabled=True)
    with pytest.raises(ClientError, match=r"smdistributed\.dataparallel"):
        launch_command(env, tmp_path)


def test_hosts_are_awaited_until_they_resolve() -> None:
    tries: list[str] = []

    def resolve(host: str) -> None:
        tries.append(host)
        if tries.count(host) < 2:
            raise OSError("not yet")

    wait_for_hosts(["algo-1"], {}, resolve)
    assert tries == ["algo-1", "algo-1"]


def test_a_host_that_never_resolves_is_named() -> None:
    def resolve(host: str) -> None:
        raise OSError("unknown")

    with pytest.raises(ClientError, match="algo-9"):
        wait_for_hosts(["algo-9"], {}, resolve, patience=0)


def test_studio_local_mode_waits_for_nobody() -> None:
    wait_for_hosts(["nowhere"], {"SM_STUDIO_LOCAL_MODE": "true"}, lambda host: 1 / 0)
