"""The training environment that AWS's toolkit shows to a user's script: `SM_*` and `SM_TRAINING_ENV`.

A read-only snapshot of `/opt/ml` and of the process's variables; starts nothing.
Source: aws/sagemaker-training-toolkit `environment.py`; contracts, section 2.1.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clary_programs.contract import devices, hyperparameters
from clary_programs.contract.hyperparameters import Hyperparameters
from clary_programs.contract.paths import Paths
from clary_programs.contract.resources import Resources
from clary_programs.contract.variables import to_arguments, to_variables


@dataclass(frozen=True, slots=True)
class Devices:
    """Counted once, because counting GPUs starts a process."""

    cpus: int
    gpus: int
    neurons: int

    @classmethod
    def count(cls) -> Devices:
        return cls(devices.cpus(), devices.gpus(), devices.neurons())


@dataclass(frozen=True, slots=True)
class TrainingEnv:
    """Everything the toolkit knows about one training job on one host."""

    paths: Paths
    hyperparameters: Hyperparameters
    input_data_config: Mapping[str, Mapping[str, object]]
    resources: Resources
    devices: Devices
    environ: Mapping[str, str]

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> TrainingEnv:
        """Read the job's files below the base folder named by `environ` (default: this process's)."""
        variables = dict(os.environ if environ is None else environ)
        paths = Paths.of(variables)
        return cls(
            paths=paths,
            hyperparameters=hyperparameters.read(paths.hyperparameters),
            input_data_config=read_channels(paths.input_data_config),
            resources=Resources.read(paths.resource_config),
            devices=Devices.count(),
            environ=variables,
        )

    @property
    def user_entry_point(self) -> str | None:
        """The script to run; None if this is not a script-mode job."""
        return self.environ.get("SAGEMAKER_PROGRAM") or self._platform("sagemaker_program")

    @property
    def module_name(self) -> str | None:
        name = self.user_entry_point
        return name[:-3] if name and name.endswith(".py") else name

    @property
    def module_dir(self) -> str:
        """Where the code comes from: an S3 address, a tarball or a folder."""
        named = self._platform("sagemaker_submit_directory") or self.environ.get("SAGEMAKER_SUBMIT_DIRECTORY")
        return named or str(self.paths.code)

    @property
    def log_level(self) -> int:
        level = self.hyperparameters.platform.get("sagemaker_container_log_level")
        if level is None:
            level = self.environ.get("SAGEMAKER_CONTAINER_LOG_LEVEL", logging.INFO)
        return int(level)

    @property
    def framework_module(self) -> str | None:
        """`package.module:function` to call in place of a user's script."""
        return self.environ.get("SAGEMAKER_TRAINING_MODULE")

    @property
    def channel_input_dirs(self) -> dict[str, str]:
        return {name: str(self.paths.channel(name)) for name in self.input_data_config}

    @property
    def distribution_groups(self) -> list[str]:
        return self.resources.distribution_groups(self.hyperparameters.framework)

    @property
    def distribution_hosts(self) -> list[str]:
        return self.resources.distribution_hosts(self.distribution_groups)

    @property
    def master_hostname(self) -> str:
        return (self.distribution_hosts or self.resources.hosts)[0]

    @property
    def user_args(self) -> list[str]:
        """The command line of the user's script."""
        return to_arguments(self.hyperparameters.user)

    def _platform(self, name: str) -> str | None:
        value = self.hyperparameters.platform.get(name)
        return None if value is None else str(value)

    def document(self) -> dict[str, object]:
        """Return the object of `SM_TRAINING_ENV`, with exactly the toolkit's keys."""
        return {**self._shared(), **self._cluster(), "job_name": self.environ.get("TRAINING_JOB_NAME")}

    def variables(self) -> dict[str, str]:
        """Every `SM_*` variable of the user's script."""
        values = {
            **self._shared(),
            "hps": dict(self.hyperparameters.user),
            "framework_params": dict(self.hyperparameters.framework),
            "channels": sorted(self.channel_input_dirs),
            "training_env": self.document(),
            "user_args": self.user_args,
        }
        for absent in ("hyperparameters", "additional_framework_parameters", "channel_input_dirs"):
            del values[absent]
        if values["topology"] is None:
            del values["topology"]
        values |= {f"channel_{name}": path for name, path in self.channel_input_dirs.items()}
        values |= {f"hp_{name}": value for name, value in self.hyperparameters.user.items()}
        return to_variables(values)

    def process_variables(self) -> dict[str, str]:
        """Return what the toolkit also writes to its own environment, beside `SM_*`."""
        region = self._platform("sagemaker_region") or self.environ.get("AWS_REGION")
        return {
            "SAGEMAKER_JOB_NAME": self._platform("sagemaker_job_name") or "",
            "CURRENT_HOST": self.resources.current_host,
            "SAGEMAKER_REGION": region or self.environ.get("AWS_DEFAULT_REGION", ""),
        }

    def _shared(self) -> dict[str, object]:
        """Return the names that are both a variable and a key of `SM_TRAINING_ENV`."""
        resources = self.resources
        return {
            "additional_framework_parameters": dict(self.hyperparameters.framework),
            "channel_input_dirs": self.channel_input_dirs,
            "current_host": resources.current_host,
            "current_instance_group": resources.current_instance_group,
            "current_instance_group_hosts": resources.current_group_hosts,
            "current_instance_type": resources.current_instance_type,
            "distribution_instance_groups": self.distribution_groups,
            "framework_module": self.framework_module,
            "hosts": resources.hosts,
            "hyperparameters": dict(self.hyperparameters.user),
            "input_data_config": self.input_data_config,
            "instance_groups": list(resources.groups),
            "instance_groups_dict": resources.groups,
            "is_hetero": len(resources.groups) > 1,
            "log_level": self.log_level,
            "module_dir": self.module_dir,
            "module_name": self.module_name,
            "network_interface_name": resources.network_interface_name,
            "num_cpus": self.devices.cpus,
            "num_gpus": self.devices.gpus,
            "num_neurons": self.devices.neurons,
            "resource_config": dict(resources.document),
            "topology": resources.topology,
            "user_entry_point": self.user_entry_point,
            **self._folders(),
        }

    def _folders(self) -> dict[str, object]:
        return {
            "input_config_dir": str(self.paths.input_config),
            "input_dir": str(self.paths.input),
            "model_dir": str(self.paths.model),
            "output_data_dir": str(self.paths.output_data),
            "output_dir": str(self.paths.output),
            "output_intermediate_dir": str(self.paths.output_intermediate),
        }

    def _cluster(self) -> dict[str, object]:
        """Return the keys of `SM_TRAINING_ENV` that have no variable of their own."""
        model_parallel = self.environ.get("SM_HP_MP_PARAMETERS")
        return {
            "distribution_hosts": self.distribution_hosts,
            "is_master": self.resources.current_host == self.master_hostname,
            # The toolkit's own expression, which leaves null where nothing was asked for.
            "is_modelparallel_enabled": model_parallel and model_parallel != "{}",
            "is_smddpmprun_installed": shutil.which("smddpmprun") is not None,
            "is_smddprun_installed": shutil.which("smddprun") is not None,
            "master_hostname": self.master_hostname,
        }


def read_channels(path: Path) -> dict[str, dict[str, object]]:
    """Return `inputdataconfig.json` by channel name; empty if the file does not exist."""
    if not path.exists():
        return {}
    return json.loads(path.read_text(encoding="utf-8"))
