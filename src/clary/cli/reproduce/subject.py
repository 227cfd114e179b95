"""Which training job a name or an ARN leads to: by itself, by what made it, or from the model's data through the lineage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from clary.cli.aws import code_of
from clary.cli.errors import CliError
from clary.cli.reproduce.clients import Clients, Document

_SUFFIX = "-aws-training-job"


class Subject(NamedTuple):
    """A training job, and how it was found, for people to read."""

    job: str
    how: str


class _Missing(Exception):
    """There is nothing of this name."""


def find(clients: Clients, name: str) -> Subject:
    """Return the training job of what a name or an ARN means. Raise CliError if there is none."""
    kind, _, rest = name.rpartition(":")[2].partition("/") if name.startswith("arn:") else ("", "", name)
    looks = {kind: _LOOKS[kind]} if kind in _LOOKS else _LOOKS if not kind else {}
    for looked, look in looks.items():
        try:
            found = look(clients, name if looked in _BY_ARN and kind else rest)
        except _Missing:
            continue
        arn = _arn(clients, found)
        if not kind or arn.split(":")[3:5] == name.split(":")[3:5]:
            return found
    raise CliError(
        f"{name} is not a model, training job, tuning job, execution of a pipeline, model package or endpoint of this account "
        "and region"
    )


def _arn(clients: Clients, found: Subject) -> str:
    """Return the ARN of the training job that was found. Raise CliError if it was deleted: lineage outlives it."""
    try:
        return _described(clients, "describe_training_job", TrainingJobName=found.job)["TrainingJobArn"]
    except _Missing:
        raise CliError(
            f"{found.how}: training job {found.job} was deleted, and its request with it"
        ) from None


def _described(clients: Clients, operation: str, **names: Any) -> Document:
    """Return what a Describe call answers; raise _Missing where there is nothing of the name."""
    try:
        return getattr(clients.sagemaker, operation)(**names)
    except clients.sagemaker.exceptions.ClientError as error:
        if code_of(error) in ("ValidationException", "ResourceNotFound"):
            raise _Missing from None
        raise


def _job(clients: Clients, name: str) -> Subject:
    _described(clients, "describe_training_job", TrainingJobName=name)
    return Subject(name, "found")


def _model(clients: Clients, name: str) -> Subject:
    found = _described(clients, "describe_model", ModelName=name)
    containers = [found["PrimaryContainer"]] if "PrimaryContainer" in found else found.get("Containers", [])
    if len(containers) != 1:
        raise CliError(f"model {name} has {len(containers)} containers; name the training job of one of them")
    return _of_container(clients, containers[0], f"model {name}")


def _tuning_job(clients: Clients, name: str) -> Subject:
    found = _described(clients, "describe_hyper_parameter_tuning_job", HyperParameterTuningJobName=name)
    best = found.get("BestTrainingJob")
    if best is None:
        raise CliError(f"tuning job {name} has no best training job: none has a value of its objective")
    return Subject(best["TrainingJobName"], f"best training job of tuning job {name}")


def _execution(clients: Clients, arn: str) -> Subject:
    if "/execution/" not in arn:
        raise _Missing
    made = [one.get("Metadata", {}).get("TrainingJob", {}).get("Arn", "") for one in _steps(clients, arn)]
    jobs = [one.rpartition("/")[2] for one in made if one]
    if len(jobs) != 1:
        named = f"; name one of them: {', '.join(jobs)}" if jobs else ""
        raise CliError(f"{arn} has {len(jobs) or 'no'} training jobs{named}")
    return Subject(jobs[0], f"execution {arn.rpartition('/')[2]} of a pipeline")


def _steps(clients: Clients, execution: str) -> Iterator[Document]:
    asked = {"PipelineExecutionArn": execution, "SortOrder": "Ascending", "MaxResults": 100}
    while True:
        found = _described(clients, "list_pipeline_execution_steps", **asked)
        yield from found["PipelineExecutionSteps"]
        if "NextToken" not in found:
            return
        asked["NextToken"] = found["NextToken"]


def _endpoint(clients: Clients, name: str) -> Subject:
    found = _described(clients, "describe_endpoint", EndpointName=name)
    config = clients.sagemaker.describe_endpoint_config(EndpointConfigName=found["EndpointConfigName"])
    models = sorted({variant["ModelName"] for variant in config["ProductionVariants"]})
    if len(models) > 1:
        raise CliError(f"endpoint {name} serves several models; name one of them: {', '.join(models)}")
    subject = _model(clients, models[0])
    return Subject(subject.job, f"endpoint {name}, {subject.how}")


def _package(clients: Clients, name: str) -> Subject:
    """Return the job of a version, or of the newest version of a group."""
    if not name.startswith("arn:") and "/" not in name:
        name = _newest(clients, name)
    elif not name.startswith("arn:"):
        group, _, version = name.rpartition("/")
        known = _described(clients, "describe_model_package_group", ModelPackageGroupName=group)
        arn = known["ModelPackageGroupArn"].replace(":model-package-group/", ":model-package/", 1)
        name = f"{arn}/{version}"
    found = _described(clients, "describe_model_package", ModelPackageName=name)
    label = f"model package {found['ModelPackageArn'].partition('/')[2]}"
    return _of_container(clients, found.get("InferenceSpecification", {}).get("Containers", [{}])[0], label)


def _newest(clients: Clients, group: str) -> str:
    _described(clients, "describe_model_package_group", ModelPackageGroupName=group)
    asked = {"SortBy": "CreationTime", "SortOrder": "Descending", "MaxResults": 1}
    found = clients.sagemaker.list_model_packages(ModelPackageGroupName=group, **asked)
    for version in found["ModelPackageSummaryList"]:
        return version["ModelPackageArn"]
    raise CliError(f"the model package group {group} has no versions")


def _of_container(clients: Clients, container: Document, label: str) -> Subject:
    """Return the job that produced the data of a container."""
    if "ModelPackageName" in container:
        subject = _package(clients, container["ModelPackageName"])
        return Subject(subject.job, f"{label}, {subject.how}")
    source = container.get("ModelDataSource", {}).get("S3DataSource", {})
    uri = container.get("ModelDataUrl") or source.get("S3Uri")
    if not uri:
        raise CliError(f"{label} has no model data, so no training job made it")
    job = next(_producers(clients, uri), None)
    if job is None:
        raise CliError(f"the lineage does not tell which training job made {uri} ({label})")
    return Subject(job, label)


def _producers(clients: Clients, uri: str) -> Iterator[str]:
    """Yield the training jobs that produced the artifact of a URI, the latest first."""
    for artifact in clients.sagemaker.list_artifacts(SourceUri=uri)["ArtifactSummaries"]:
        asked = {"DestinationArn": artifact["ArtifactArn"], "AssociationType": "Produced"}
        for edge in clients.sagemaker.list_associations(**asked)["AssociationSummaries"]:
            name = edge["SourceArn"].partition("/")[2]
            if name.endswith(_SUFFIX):
                yield name.removesuffix(_SUFFIX)


# The word of an ARN -> what finds the job; a name is tried as each of them, in this order.
_LOOKS: dict[str, Callable[[Clients, str], Subject]] = {
    "training-job": _job,
    "model": _model,
    "endpoint": _endpoint,
    "model-package": _package,
    "model-package-group": _package,
    "hyper-parameter-tuning-job": _tuning_job,
    "pipeline": _execution,
}
_BY_ARN = ("model-package", "pipeline")  # what AWS's operations know by its whole ARN
