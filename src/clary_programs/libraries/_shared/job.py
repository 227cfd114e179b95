"""A training job's environment as an object whose properties are a dictionary's entries too.

Source: aws/sagemaker-training-toolkit `environment.py`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from clary_programs.contract import hyperparameters
from clary_programs.contract.paths import Paths
from clary_programs.contract.resources import Resources
from clary_programs.contract.training_env import Devices, TrainingEnv

from . import params, places
from .mapping import MappingMixin


class Member(property):
    """A property that shows the entry of its own name in `SM_TRAINING_ENV`."""

    def __init__(self, doc: str) -> None:
        super().__init__(doc=doc)

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else instance._document[self._name]


class Job(MappingMixin):
    """A snapshot of the job's files and variables; what is not passed is read from the files."""

    def __init__(
        self,
        resource_config: Mapping[str, Any] | None = None,
        input_data_config: Mapping[str, Any] | None = None,
        hyperparameters: Mapping[str, Any] | None = None,
    ) -> None:
        self._contract = _contract(
            resource_config or places.read_resource_config(),
            input_data_config or places.read_input_data_config(),
            hyperparameters or places.read_hyperparameters(),
        )
        self._document = self._contract.document()
        # The toolkit tells the process itself these three, beside the variables that a script gets.
        os.environ.update(self._contract.process_variables())

    def sagemaker_s3_output(self) -> str | None:
        """Return the S3 address to which intermediate output is copied; None where there is none."""
        return self._contract.hyperparameters.platform.get(params.S3_OUTPUT_LOCATION_PARAM)

    def to_cmd_args(self) -> list[str]:
        """Return the hyperparameters as arguments of a command."""
        return self._contract.user_args

    def to_env_vars(self) -> dict[str, str]:
        """Return the `SM_*` variables."""
        return self._contract.variables()

    additional_framework_parameters = Member(
        "Hyperparameters named `sagemaker_…` that the toolkit does not use."
    )
    channel_input_dirs = Member("The folder of each channel's data, by name.")
    current_host = Member("This host's name, for example `algo-1`.")
    framework_module = Member("`package.module:function` to call in place of a script; None without one.")
    hosts = Member("The names of all hosts, in the order of their names.")
    hyperparameters = Member("The user's hyperparameters, by name.")
    input_config_dir = Member("The folder of the configuration files.")
    input_data_config = Member("The configuration of each channel, by name.")
    input_dir = Member("The folder of the data and the configuration files.")
    is_master = Member("Whether this host is the first one.")
    job_name = Member("The training job's name.")
    log_level = Member("The level of the log.")
    master_hostname = Member("The first host's name.")
    model_dir = Member("The folder of which a model artifact is made.")
    module_dir = Member("Where the user's code comes from.")
    module_name = Member("The entry point without `.py`.")
    network_interface_name = Member("The network interface to the other hosts.")
    num_cpus = Member("How many CPUs this host has.")
    num_gpus = Member("How many GPUs this host has.")
    output_data_dir = Member("The folder of output that is no model.")
    output_dir = Member("The folder of `success` and `failure`.")
    output_intermediate_dir = Member("The folder of output that is copied while training goes on.")
    resource_config = Member("The job's hosts and instance groups, as the file has them.")
    user_entry_point = Member("The name of the script, package or command.")


def _contract(
    resources: Mapping[str, Any], channels: Mapping[str, Any], values: Mapping[str, Any]
) -> TrainingEnv:
    environ = dict(os.environ)
    return TrainingEnv(
        paths=Paths.of(environ),
        hyperparameters=hyperparameters.split(values),
        input_data_config=channels,
        resources=Resources.of(resources),
        devices=Devices.count(),
        environ=environ,
    )
