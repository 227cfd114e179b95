"""Where a training job's files lie, read once when the library is imported, as AWS's libraries do.

Source: aws/sagemaker-training-toolkit `environment.py`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clary_programs.contract import devices, hyperparameters
from clary_programs.contract.paths import BASE_DIR_VARIABLE, DEFAULT_BASE_DIR, Paths

__all__ = [
    "BASE_PATH_ENV",
    "HYPERPARAMETERS_FILE",
    "INPUT_DATA_CONFIG_FILE",
    "RESOURCE_CONFIG_FILE",
    "SAGEMAKER_BASE_PATH",
    "base_dir",
    "channel_path",
    "code_dir",
    "hyperparameters_file_dir",
    "input_config_dir",
    "input_data_config_file_dir",
    "input_dir",
    "model_dir",
    "num_cpus",
    "num_gpus",
    "output_data_dir",
    "output_dir",
    "output_intermediate_dir",
    "read_hyperparameters",
    "read_input_data_config",
    "read_resource_config",
    "resource_config_file_dir",
    "write_env_vars",
]

_paths = Paths.of()

SAGEMAKER_BASE_PATH = DEFAULT_BASE_DIR
BASE_PATH_ENV = BASE_DIR_VARIABLE
HYPERPARAMETERS_FILE = "hyperparameters.json"
RESOURCE_CONFIG_FILE = "resourceconfig.json"
INPUT_DATA_CONFIG_FILE = "inputdataconfig.json"

base_dir = str(_paths.base)
code_dir = str(_paths.code)
model_dir = str(_paths.model)
input_dir = str(_paths.input)
input_config_dir = str(_paths.input_config)
output_dir = str(_paths.output)
output_data_dir = str(_paths.output_data)
output_intermediate_dir = str(_paths.output_intermediate)
hyperparameters_file_dir = str(_paths.hyperparameters)
input_data_config_file_dir = str(_paths.input_data_config)
resource_config_file_dir = str(_paths.resource_config)


def read_hyperparameters() -> dict[str, Any]:
    """Return the hyperparameters, each read as JSON where it is JSON."""
    return {name: hyperparameters.decode(value) for name, value in _read(_paths.hyperparameters).items()}


def read_resource_config() -> dict[str, Any]:
    """Return the job's hosts and instance groups."""
    return _read(_paths.resource_config)


def read_input_data_config() -> dict[str, Any]:
    """Return the configuration of each channel."""
    return _read(_paths.input_data_config)


def channel_path(channel: str) -> str:
    """Return the folder of a channel's data."""
    return str(_paths.channel(channel))


def num_gpus() -> int:
    """Return how many GPUs this container has."""
    return devices.gpus()


def num_cpus() -> int:
    """Return how many CPUs this container has."""
    return devices.cpus()


def write_env_vars(env_vars: Mapping[str, str] | None = None) -> None:
    """Set environment variables, and PYTHONPATH to where this process finds modules."""
    os.environ.update({**(env_vars or {}), "PYTHONPATH": ":".join(sys.path)})


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))
