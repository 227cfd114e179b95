"""The RunRecord of a job: what it really ran with, as its lineage tells it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

from clary.cli.reproduce.clients import Clients, Document

_TYPE = "RunRecord"
_PATIENCE = 15.0  # seconds: lineage is written by a consumer of changes, a moment after the job's end
_PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class Input:
    """What a run found at a source: its URI, how much there was, and a digest."""

    uri: str
    objects: int
    bytes: int
    digest: str


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Inputs by their place (`train` for a channel), libraries by name, the interpreter's version, and the digests of the
    archives that were made, by their URIs."""

    inputs: dict[str, Input] = field(default_factory=dict)
    libraries: dict[str, str] = field(default_factory=dict)
    python: str = ""
    outputs: dict[str, str] = field(default_factory=dict)


def of_job(clients: Clients, job: Document, wait: bool = False) -> RunRecord | None:
    """Return the record of a job; None where there is none, as for jobs of earlier versions. `wait` for one to come."""
    end = time.monotonic() + (_PATIENCE if wait else 0.0)
    while True:
        if (properties := _properties(clients, job["TrainingJobArn"])) is not None:
            return parsed(properties)
        if time.monotonic() >= end:
            return None
        time.sleep(_PAUSE)


def _properties(clients: Clients, arn: str) -> dict[str, str] | None:
    listed = clients.sagemaker.list_artifacts(SourceUri=arn, ArtifactType=_TYPE)["ArtifactSummaries"]
    for one in listed:
        return clients.sagemaker.describe_artifact(ArtifactArn=one["ArtifactArn"])["Properties"]
    return None


def parsed(properties: dict[str, str]) -> RunRecord:
    """Return the record in the properties of its artifact."""
    inputs = {
        name.removeprefix("Input:").removeprefix("input/data/"): _input(json.loads(value))
        for name, value in properties.items()
        if name.startswith("Input:")
    }
    words = _words(properties, "Libraries") + _words(properties, "Installed")  # what was installed goes first
    libraries = {name: version for name, _, version in (word.partition("==") for word in words)}
    made = [json.loads(value) for name, value in properties.items() if name.startswith("Output:")]
    outputs = {one["uri"]: one["digest"] for one in made}
    return RunRecord(inputs, libraries, properties.get("Environment:python", ""), outputs)


def _input(found: dict[str, Any]) -> Input:
    return Input(found["uri"], found["objects"], found["bytes"], found["digest"])


def _words(properties: dict[str, str], name: str) -> list[str]:
    """Return the words of a text that is split over numbered properties."""
    parts = [properties[f"{name}:{n}"] for n in range(len(properties)) if f"{name}:{n}" in properties]
    return "".join(parts).split()
