"""A job's folder in a temporary place and the toolkit run over it as a real process."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

SRC = Path(__file__).parents[3] / "src"


@dataclass
class Job:
    """One training job below `base`."""

    base: Path
    hyperparameters: dict[str, object] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        config = self.base / "input" / "config"
        config.mkdir(parents=True)
        (config / "resourceconfig.json").write_text('{"current_host":"algo-1","hosts":["algo-1"]}')
        (config / "inputdataconfig.json").write_text('{"train":{"TrainingInputMode":"File"}}')
        (self.base / "input" / "data" / "train").mkdir(parents=True)

    def code(self, files: dict[str, str], program: str) -> None:
        """Pack `files` as the SDK does and name them in the hyperparameters."""
        archive = self.base / "sourcedir.tar.gz"
        archive.write_bytes(tarball(files))
        self.hyperparameters |= {"sagemaker_program": program, "sagemaker_submit_directory": str(archive)}

    def variables(self) -> dict[str, str]:
        path = self.base / "input" / "config" / "hyperparameters.json"
        path.write_text(json.dumps({name: json.dumps(value) for name, value in self.hyperparameters.items()}))
        return {
            **os.environ,
            "SAGEMAKER_BASE_DIR": str(self.base),
            "SM_STUDIO_LOCAL_MODE": "true",
            "PYTHONPATH": str(SRC),
            **self.environ,
        }

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", *(command or ("clary_programs.toolkit.train",))],
            env=self.variables(),
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    @property
    def failure(self) -> str:
        return (self.base / "output" / "failure").read_text()


def tarball(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            data = text.encode()
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()
