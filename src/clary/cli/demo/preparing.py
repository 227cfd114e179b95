"""The demo's first two steps: upload the data to S3, and run a processing job that splits it into files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clary.cli.demo.cloud import Cloud, finished, wait
from clary.cli.demo.dataset import Source
from clary.cli.demo.journey import Progress, StepFailed, counted

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
INSTANCE = "ml.m5.large"
LOG_GROUP = "/aws/sagemaker/ProcessingJobs"
_ROOT = "/opt/ml/processing"
_OUTPUTS = ("train", "validation", "test", "answers", "baseline", "facts")


@dataclass(frozen=True, slots=True)
class Prepared:
    """The result of the processing job. `test` are CSV lines, `labels` their true values as numbers."""

    problem: str
    classes: tuple[str, ...]
    columns: tuple[str, ...]
    continuous: tuple[str, ...]
    left_out: tuple[str, ...]
    rows: dict[str, int]
    trivial: Any
    spread: dict[str, float]
    test: tuple[str, ...]
    labels: tuple[float, ...]

    @property
    def is_regression(self) -> bool:
        return self.problem == "Regression"


def upload(cloud: Cloud, source: Source, progress: Progress) -> None:
    """Upload the data and the job's script to this run's bucket."""
    cloud.create_bucket()
    cloud.put(source.content, "input", "data.csv")
    cloud.put(Path(__file__).with_name("prepare_job.py").read_bytes(), "code", "prepare_job.py")
    size = cloud.s3.head_object(Bucket=cloud.bucket, Key=f"{cloud.prefix}/input/data.csv")["ContentLength"]
    if size != len(source.content):
        raise StepFailed(f"S3 holds {size} bytes of {len(source.content)}")
    progress.detail = f"{size:,} bytes to {cloud.uri('input', 'data.csv')}"


def prepare(cloud: Cloud, source: Source, progress: Progress) -> Prepared:
    """Run the processing job and return its result."""
    job = cloud.name("prepare")
    cloud.sagemaker.create_processing_job(
        ProcessingJobName=job,
        RoleArn=cloud.role,
        AppSpecification={
            "ImageUri": IMAGE,
            "ContainerEntrypoint": ["python3", f"{_ROOT}/code/prepare_job.py"],
            "ContainerArguments": ["--target", source.target, "--delimiter", source.delimiter],
        },
        ProcessingInputs=[file_input(part, cloud.uri(part), f"{_ROOT}/{part}") for part in ("input", "code")],
        ProcessingOutputConfig={
            "Outputs": [file_output(part, cloud.uri(part), f"{_ROOT}/output/{part}") for part in _OUTPUTS]
        },
        ProcessingResources=resources(),
    )
    run_processing(cloud, job, progress)
    return _read(cloud, progress)


def run_processing(cloud: Cloud, job: str, progress: Progress) -> dict[str, Any]:
    """Wait for a processing job and show its state. Raise StepFailed if it fails."""
    found = wait(
        lambda: cloud.sagemaker.describe_processing_job(ProcessingJobName=job),
        "ProcessingJobStatus",
        lambda seen: progress.tell(seen["ProcessingJobStatus"]),
        ("Completed",),
    )
    return finished(cloud, found, "ProcessingJobStatus", LOG_GROUP, job)


def file_input(name: str, uri: str, path: str) -> dict[str, Any]:
    """Return a ProcessingInput that downloads a prefix."""
    return {
        "InputName": name,
        "S3Input": {"S3Uri": uri, "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File"},
    }


def file_output(name: str, uri: str, path: str) -> dict[str, Any]:
    """Return a ProcessingOutput that uploads a folder when the job ends."""
    return {"OutputName": name, "S3Output": {"S3Uri": uri, "LocalPath": path, "S3UploadMode": "EndOfJob"}}


def resources() -> dict[str, Any]:
    """Return the resources of one small instance."""
    return {"ClusterConfig": {"InstanceCount": 1, "InstanceType": INSTANCE, "VolumeSizeInGB": 10}}


def _read(cloud: Cloud, progress: Progress) -> Prepared:
    facts = json.loads(cloud.get(cloud.uri("facts", "facts.json")))
    test = cloud.get(cloud.uri("test", "test.csv")).decode().splitlines()
    labels = [float(line) for line in cloud.get(cloud.uri("answers", "labels.csv")).split()]
    if not test or len(test) != len(labels):
        raise StepFailed(f"{len(test)} rows to test with, and {len(labels)} labels")
    progress.detail = f"{facts['problem'].lower()}, {counted(len(facts['columns']), 'column')}; " + ", ".join(
        f"{count:,} {name}" for name, count in facts["rows"].items()
    )
    return Prepared(
        problem=facts["problem"],
        classes=tuple(facts["classes"]),
        columns=tuple(facts["columns"]),
        continuous=tuple(facts["continuous"]),
        left_out=tuple(facts["left_out"]),
        rows=facts["rows"],
        trivial=facts["trivial"],
        spread=json.loads(cloud.get(cloud.uri("facts", "spread.json"))),
        test=tuple(test),
        labels=tuple(labels),
    )
