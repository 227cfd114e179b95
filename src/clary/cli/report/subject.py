"""What an ARN, an S3 URI or a bare name means: the kind of thing, and what describes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from clary.cli.errors import CliError
from clary.cli.report.clients import Clients, Document


class Subject(NamedTuple):
    """A thing of a kind, and what Describe says of it ({} for an S3 URI)."""

    kind: str
    name: str
    about: Document


class Kind(NamedTuple):
    """How things of a kind are found: the Describe operation and the member that takes the name."""

    operation: str
    member: str
    takes_arn: bool = False


# The word in an ARN -> its kind. A bare name is tried as each of them, in this order.
KINDS: dict[str, Kind] = {
    "hyper-parameter-tuning-job": Kind("describe_hyper_parameter_tuning_job", "HyperParameterTuningJobName"),
    "processing-job": Kind("describe_processing_job", "ProcessingJobName"),
    "pipeline": Kind("describe_pipeline", "PipelineName"),
    "experiment": Kind("describe_experiment", "ExperimentName"),
    "experiment-trial": Kind("describe_trial", "TrialName"),
    "training-job": Kind("describe_training_job", "TrainingJobName"),
    "model-package-group": Kind("describe_model_package_group", "ModelPackageGroupName"),
    "model-package": Kind("describe_model_package", "ModelPackageName", takes_arn=True),
}
_WORDS = "tuning job, processing job, pipeline, experiment, trial, training job or model package"


def find(clients: Clients, name: str) -> Subject:
    """Return what a name means. Raise CliError where it means nothing that is reported."""
    if name.startswith("s3://"):
        return Subject("s3", name, {})
    for looked in _looks(name):
        if (found := looked(clients)) is not None:
            return found
    raise CliError(f"{name} is not a {_WORDS} of this account and region")


def _looks(name: str) -> Iterator[Callable[[Clients], Subject | None]]:
    if not name.startswith("arn:"):
        yield from (_look(kind, name) for kind in KINDS if kind != "model-package" or "/" not in name)
        return
    kind, _, rest = name.split(":", 5)[-1].partition("/")
    if kind == "pipeline" and "/execution/" in rest:
        yield lambda clients: _execution(clients, name)
    elif kind in KINDS:
        yield _look(kind, name if KINDS[kind].takes_arn else rest)


def _look(kind: str, name: str) -> Callable[[Clients], Subject | None]:
    operation, member, _ = KINDS[kind]

    def look(clients: Clients) -> Subject | None:
        found = clients.described(operation, **{member: name})
        return None if found is None else Subject(kind, name, found)

    return look


def _execution(clients: Clients, arn: str) -> Subject | None:
    found = clients.described("describe_pipeline_execution", PipelineExecutionArn=arn)
    return None if found is None else Subject("pipeline-execution", arn, found)
