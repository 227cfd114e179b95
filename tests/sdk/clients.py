"""Where a client that is not part of the project is: an interpreter with it, found or made. It runs nothing."""

from __future__ import annotations

import fcntl
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Client:
    """A set of packages that live together, and what to import to know that they are there."""

    name: str
    packages: tuple[str, ...]
    module: str

    @property
    def variable(self) -> str:
        return f"CLARY_SDK_{self.name.upper()}_PYTHON"


# The two lines of the SageMaker SDK cannot be in one environment: both own the package `sagemaker`.
V2 = Client("v2", ("sagemaker>=2.250,<3", "scikit-learn"), "sagemaker.estimator")
V3 = Client("v3", ("sagemaker-train>=1.27,<2",), "sagemaker.train")
DATA = Client("data", ("s3fs", "awswrangler"), "awswrangler, s3fs, pyarrow")
# By itself, for it wants another botocore than s3fs does.
CLI = Client("cli", ("awscli>=1.40,<2",), "awscli")

# What users' own images bring along. sagemaker-training compiles a helper when it is installed.
TOOLKITS = Client("toolkits", ("sagemaker-training>=5,<6",), "sagemaker_training")


def python_of(client: Client) -> Path:
    """The interpreter that has `client`: the one its variable names, or one made before; made now where asked for.

    Skips the test when there is none and none was asked for (see README.md). Raises CalledProcessError when it cannot be made.
    """
    if given := os.environ.get(client.variable):
        return Path(given)
    made = ROOT / ".venv" / f"sdk-{client.name}" / "bin" / "python"
    if not _has(made, client.module):
        if not (os.environ.get("CI") or os.environ.get("CLARY_SDK_INSTALL")):
            pytest.skip(f"{client.name}: set {client.variable}, or CLARY_SDK_INSTALL=1 to install it")
        _make(client, made)
    return made


def _make(client: Client, made: Path) -> None:
    """Have `./run` make the environment, once even where two processes of one test run ask for it."""
    with open(ROOT / ".venv" / f"sdk-{client.name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _has(made, client.module):
            subprocess.run([ROOT / "run", "client-venv", made.parents[1], *client.packages], check=True)


def _has(python: Path, module: str) -> bool:
    return python.exists() and subprocess.run([python, "-c", f"import {module}"]).returncode == 0
