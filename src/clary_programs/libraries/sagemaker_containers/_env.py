"""The training and the serving environment: folders, configuration files, hosts, devices, and the model server's settings."""

from __future__ import annotations

import logging
import os
from typing import Any

from clary_programs.libraries._shared.job import Job
from clary_programs.libraries._shared.mapping import MappingMixin, to_env_vars
from clary_programs.libraries._shared.places import *  # noqa: F403
from clary_programs.libraries._shared.places import code_dir, model_dir, num_cpus, num_gpus

from . import _content_types, _params

_TRUE = ("y", "yes", "t", "true", "on", "1")

# Properties that have no variable of their own, or one with another name.
_UNNAMED = frozenset(
    {
        "additional_framework_parameters",
        "channel_input_dirs",
        "hyperparameters",
        "is_master",
        "job_name",
        "master_hostname",
    }
)


class TrainingEnv(Job):
    """A snapshot of the training job, also a dictionary of its properties."""

    def to_env_vars(self) -> dict[str, str]:
        """Return the `SM_*` variables."""
        values: dict[str, Any] = {name: value for name, value in self.items() if name not in _UNNAMED}
        values |= {
            "hps": self.hyperparameters,
            "framework_params": self.additional_framework_parameters,
            "channels": sorted(self.channel_input_dirs),
            "training_env": dict(self),
            "user_args": self.to_cmd_args(),
        }
        values |= {f"channel_{name}": path for name, path in self.channel_input_dirs.items()}
        values |= {f"hp_{name}": value for name, value in self.hyperparameters.items()}
        return to_env_vars(values)


class ServingEnv(MappingMixin):
    """A snapshot of what the variables say of a model server, also a dictionary of its properties."""

    def __init__(self) -> None:
        self._variables = dict(os.environ)

    @property
    def current_host(self) -> str | None:
        """This host's name."""
        return self._variables.get(_params.CURRENT_HOST_ENV)

    @property
    def num_gpus(self) -> int:
        """How many GPUs this container has."""
        return num_gpus()

    @property
    def num_cpus(self) -> int:
        """How many CPUs this container has."""
        return num_cpus()

    @property
    def model_dir(self) -> str:
        """The model's folder."""
        return model_dir

    @property
    def user_entry_point(self) -> str | None:
        """The name of the user's script."""
        return self._variables.get(_params.USER_PROGRAM_ENV)

    @property
    def module_name(self) -> str | None:
        """The name of the user's module."""
        return (self.user_entry_point or "").removesuffix(".py") or None

    @property
    def module_dir(self) -> str:
        """Where the user's code comes from."""
        return self._variables.get(_params.SUBMIT_DIR_ENV, code_dir)

    @property
    def log_level(self) -> int:
        """The level of the log."""
        return int(self._variables.get(_params.LOG_LEVEL_ENV, logging.INFO))

    @property
    def use_nginx(self) -> bool:
        """Whether AWS's server would put nginx in front; there is none here."""
        return self._variables.get(_params.USE_NGINX_ENV, "true").lower() in _TRUE

    @property
    def model_server_timeout(self) -> int:
        """After how many seconds a silent worker is replaced."""
        return int(self._variables.get(_params.MODEL_SERVER_TIMEOUT_ENV, "60"))

    @property
    def model_server_workers(self) -> int:
        """How many workers the model server has."""
        return int(self._variables.get(_params.MODEL_SERVER_WORKERS_ENV) or num_cpus())

    @property
    def framework_module(self) -> str | None:
        """`package.module:application` of the framework's server."""
        return self._variables.get(_params.FRAMEWORK_SERVING_MODULE_ENV)

    @property
    def default_accept(self) -> str:
        """The content type of answers to requests that ask for none."""
        return self._variables.get(_params.DEFAULT_INVOCATIONS_ACCEPT_ENV, _content_types.JSON)

    @property
    def http_port(self) -> str:
        """The port of pings and invocations."""
        return self._variables.get(_params.SAGEMAKER_BIND_TO_PORT_ENV, "8080")

    @property
    def safe_port_range(self) -> str | None:
        """Ports that the container may use beside, `first-last`."""
        return self._variables.get(_params.SAGEMAKER_SAFE_PORT_RANGE_ENV)
