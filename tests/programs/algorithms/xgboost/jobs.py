"""Folders laid out like `/opt/ml` for the tests, and running the program on them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from clary_programs.algorithms.xgboost.train import main

SOURCE = Path(__file__).parents[4] / "src"
CHANNEL = {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated", "RecordWrapperType": "None"}


def csv_of(features: np.ndarray, labels: np.ndarray) -> bytes:
    """Label-first CSV."""
    rows = np.column_stack([labels, features]).tolist()
    return "".join(",".join(map(repr, row)) + "\n" for row in rows).encode()


@dataclass(frozen=True)
class Job:
    """One host's folder."""

    base: Path

    def config(self, name: str, content: object) -> Job:
        path = self.base / "input" / "config" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
        return self

    def parameters(self, **values: object) -> Job:
        return self.config("hyperparameters", {name: str(value) for name, value in values.items()})

    def channel(
        self, name: str, body: bytes, content_type: str | None = "text/csv", file: str = "data", **more: str
    ) -> Job:
        path = self.base / "input" / "data" / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return self.declare(name, content_type, **more)

    def declare(self, name: str, content_type: str | None = "text/csv", **more: str) -> Job:
        path = self.base / "input" / "config" / "inputdataconfig.json"
        config = json.loads(path.read_text()) if path.exists() else {}
        config[name] = {**CHANNEL, **({"ContentType": content_type} if content_type else {}), **more}
        return self.config("inputdataconfig", config)

    def hosts(self, current: str, *hosts: str) -> Job:
        return self.config("resourceconfig", {"current_host": current, "hosts": list(hosts)})

    def environ(self) -> dict[str, str]:
        return {**os.environ, "SAGEMAKER_BASE_DIR": str(self.base), "PYTHONPATH": str(SOURCE)}

    def run(self, monkeypatch) -> int:
        monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(self.base))
        return main(["train"])

    def start(self, **environ: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "clary_programs.algorithms.xgboost.train", "train"]
        return subprocess.Popen(
            command,
            env={**self.environ(), **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def model(self) -> Path:
        return self.base / "model" / "xgboost-model"

    @property
    def failure(self) -> str:
        path = self.base / "output" / "failure"
        return path.read_text() if path.exists() else ""
