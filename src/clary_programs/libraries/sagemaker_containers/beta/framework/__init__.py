"""The names by which scripts import the library's modules.

`mpi` is not here: its runners are those of the module `runner`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ... import _content_types as content_types
from ... import _encoders as encoders
from ... import _env as env
from ... import _errors as errors
from ... import _files as files
from ... import _functions as functions
from ... import _logging as logging
from ... import _mapping as mapping
from ... import _modules as modules
from ... import _params as params
from ... import _process as process
from ... import _runner as runner
from ... import _server as server
from ... import _trainer as trainer
from ... import _transformer as transformer
from ... import _worker as worker
from ... import entry_point


def training_env(
    resource_config: Mapping[str, Any] | None = None,
    input_data_config: Mapping[str, Any] | None = None,
    hyperparameters: Mapping[str, Any] | None = None,
) -> env.TrainingEnv:
    """Return the training environment; what is not passed is read from the job's files."""
    return env.TrainingEnv(resource_config, input_data_config, hyperparameters)


__all__ = [
    "content_types",
    "encoders",
    "entry_point",
    "env",
    "errors",
    "files",
    "functions",
    "logging",
    "mapping",
    "modules",
    "params",
    "process",
    "runner",
    "server",
    "trainer",
    "training_env",
    "transformer",
    "worker",
]
