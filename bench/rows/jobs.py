"""Row 11: a training job that does nothing, from Create to Completed; limit a bare interpreter and SQLite writes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench import peers
from bench.ours import Ours
from bench.table import Goal, Line, median

ROW = 11
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-base-python:3.11"
_JOBS = 12


def measure(folder: Path, seconds: float, rounds: int) -> list[Line]:
    """The lines of this row. `seconds` is not used."""
    count = max(_JOBS, rounds * 4)
    took: dict[str, list[float]] = {"isolated": [], "plain": []}
    limits = []
    modes: dict[str, Mapping[str, str]] = {"isolated": {}, "plain": {"CLARY_ISOLATION": "none"}}
    for mode, env in modes.items():
        inside = folder / mode
        inside.mkdir()
        with Ours(inside, env) as clary:
            clary.client("s3").create_bucket(Bucket="bench")
            run = Jobs(clary, clary.role())
            run.job("warm-up")
            for turn in range(3):
                took[mode] += [run.job(f"{mode}-{turn}-{n}") for n in range(count // 3)]
                limits.append(_limit(folder))
    limit = median(limits)
    note = "peer: the documented 1.9-4.3 s of a Ray job (reference figure, not measured here)"
    peer = {"Ray job, reference": 1900.0}
    return [
        Line(
            ROW, "no-op job, isolated", "ms", Goal("less", 0.05), median(took["isolated"]), peer, limit, note
        ),
        Line(ROW, "no-op job, no isolation", "ms", Goal("less", 0.05, 2), median(took["plain"]), peer, limit),
    ]


class Jobs:
    """Creates jobs and waits for them."""

    def __init__(self, clary: Ours, role: str) -> None:
        self._role = role
        self._sagemaker = clary.client("sagemaker")

    def job(self, name: str) -> float:
        """Milliseconds from CreateTrainingJob to Completed, as a client sees it."""
        request: dict[str, Any] = {
            "TrainingJobName": name,
            "AlgorithmSpecification": {
                "TrainingImage": IMAGE,
                "TrainingInputMode": "File",
                "ContainerEntrypoint": ["/bin/true"],
            },
            "RoleArn": self._role,
            "OutputDataConfig": {"S3OutputPath": "s3://bench/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        }
        began = time.perf_counter()
        self._sagemaker.create_training_job(**request)
        while True:
            said = self._sagemaker.describe_training_job(TrainingJobName=name)
            if said["TrainingJobStatus"] == "Completed":
                return (time.perf_counter() - began) * 1e3
            if said["TrainingJobStatus"] != "InProgress" or time.perf_counter() - began > 60:
                raise RuntimeError(f"the job did not complete: {said}")
            time.sleep(0.001)


def _limit(folder: Path) -> float:
    """Milliseconds of an interpreter that does nothing, with its writes."""
    program = str(peers.PROGRAMS / "noop_job.py")
    done = subprocess.run(
        [sys.executable, program, str(folder), "10"], check=True, capture_output=True, text=True
    )
    return float(done.stdout)
