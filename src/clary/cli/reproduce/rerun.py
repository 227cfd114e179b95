"""Run a training job again: the same request under another name, with the same inputs, image, code and parameters."""

from __future__ import annotations

import secrets
import time
from typing import Any

from clary.cli.aws import message_of
from clary.cli.errors import CliError
from clary.cli.reproduce.clients import Clients, Document
from clary.cli.screen import Screen

_PAUSE = 0.2
_ENDED = ("Completed", "Failed", "Stopped")
_NAME = 63  # characters that the name of a job may have
MARK = "clary:reproduces"
# What is about the one job: its name, its tags, and the trial that it belongs to.
_OWN = ("TrainingJobName", "Tags", "ExperimentConfig")


def described(clients: Clients, job: str) -> Document:
    """Return the description of a job that can be run again. Raise CliError for one that made no model."""
    found = clients.sagemaker.describe_training_job(TrainingJobName=job)
    if found["TrainingJobStatus"] not in _ENDED:
        raise CliError(f"training job {job} is {found['TrainingJobStatus']}; wait until it has ended")
    if not found.get("ModelArtifacts"):
        raise CliError(f"training job {job} is {found['TrainingJobStatus']} and made no model")
    return found


def run(clients: Clients, then: Document, screen: Screen) -> Document:
    """Start the job again and wait for its end; return its description. An interruption stops it."""
    name = again(then["TrainingJobName"])
    _create(clients, request(clients, then, name))
    screen.line(f"again: training job {screen.paint(name, 'bold')}")
    try:
        return _ended(clients, name, screen)
    except KeyboardInterrupt:
        clients.sagemaker.stop_training_job(TrainingJobName=name)
        raise


def again(job: str) -> str:
    """Return a new name that shows which job it is of."""
    end = f"-again-{secrets.token_hex(3)}"
    return f"{job[: _NAME - len(end)].rstrip('-')}{end}"


def request(clients: Clients, then: Document, name: str) -> Document:
    """Return the CreateTrainingJob request that made a job, under another name.

    Checkpoints go to a folder of their own: a job that finds those of the first one would go on where it ended.
    """
    members = clients.sagemaker.meta.service_model.operation_model("CreateTrainingJob").input_shape.members
    asked = {member: then[member] for member in members if member not in _OWN and then.get(member)}
    if "CheckpointConfig" in asked:
        checkpoints = asked["CheckpointConfig"]
        asked["CheckpointConfig"] = {**checkpoints, "S3Uri": f"{checkpoints['S3Uri'].rstrip('/')}/{name}"}
    return {**asked, "TrainingJobName": name, "Tags": [{"Key": MARK, "Value": then["TrainingJobArn"]}]}


def _create(clients: Clients, asked: Document) -> None:
    """Create the job. Describe shows the metrics of a built-in algorithm, which no request may define: then without."""
    try:
        clients.sagemaker.create_training_job(**asked)
    except clients.sagemaker.exceptions.ClientError as error:
        message = message_of(error)
        specification = dict(asked["AlgorithmSpecification"])
        if not _is_about_metrics(message) or specification.pop("MetricDefinitions", None) is None:
            raise CliError(f"the job cannot be run again: {message}") from None
        _create(clients, {**asked, "AlgorithmSpecification": specification})


def _is_about_metrics(message: str) -> bool:
    """Return whether a refusal is about MetricDefinitions: they are the algorithm's own, or too many."""
    return "override the metric definitions" in message or ".metricDefinitions'" in message


def _ended(clients: Clients, name: str, screen: Screen) -> Document:
    while True:
        found: dict[str, Any] = clients.sagemaker.describe_training_job(TrainingJobName=name)
        if found["TrainingJobStatus"] in _ENDED:
            return found
        screen.over(f"  {found['SecondaryStatus']}")
        time.sleep(_PAUSE)
