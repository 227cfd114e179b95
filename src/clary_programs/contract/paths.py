"""Where things lie under `/opt/ml`. Knows names only; opens nothing.

Source: AWS developer guide "How Amazon SageMaker provides training information" and "Use your own inference code";
`SAGEMAKER_BASE_DIR` is how AWS's own toolkits are moved elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

BASE_DIR_VARIABLE = "SAGEMAKER_BASE_DIR"
DEFAULT_BASE_DIR = "/opt/ml"


@dataclass(frozen=True, slots=True)
class Paths:
    """The folder tree of one job, below `base`."""

    base: Path

    @classmethod
    def of(cls, environ: Mapping[str, str] | None = None) -> Paths:
        """Return the tree that `environ` (default: this process's) points at."""
        variables = os.environ if environ is None else environ
        return cls(Path(variables.get(BASE_DIR_VARIABLE) or DEFAULT_BASE_DIR))

    @property
    def input(self) -> Path:
        return self.base / "input"

    @property
    def input_config(self) -> Path:
        return self.base / "input" / "config"

    @property
    def input_data(self) -> Path:
        return self.base / "input" / "data"

    @property
    def hyperparameters(self) -> Path:
        return self.input_config / "hyperparameters.json"

    @property
    def input_data_config(self) -> Path:
        return self.input_config / "inputdataconfig.json"

    @property
    def resource_config(self) -> Path:
        return self.input_config / "resourceconfig.json"

    @property
    def code(self) -> Path:
        return self.base / "code"

    @property
    def packages(self) -> Path:
        """The folder for packages of `requirements.txt`, if those of the interpreter must not be changed."""
        return self.base / "packages"

    @property
    def model(self) -> Path:
        return self.base / "model"

    @property
    def output(self) -> Path:
        return self.base / "output"

    @property
    def output_data(self) -> Path:
        return self.output / "data"

    @property
    def output_intermediate(self) -> Path:
        return self.output / "intermediate"

    @property
    def failure(self) -> Path:
        return self.output / "failure"

    @property
    def success(self) -> Path:
        return self.output / "success"

    @property
    def checkpoints(self) -> Path:
        return self.base / "checkpoints"

    @property
    def config(self) -> Path:
        """Where processing and transform jobs find their description (not under `input`)."""
        return self.base / "config"

    def channel(self, name: str) -> Path:
        """Return the folder of one input channel."""
        return self.input_data / name
