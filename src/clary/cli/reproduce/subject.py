"""Which training job a name or an ARN leads to: by itself, or from the model's data through the lineage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

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
            return look(clients, name if looked == "model-package" and kind else rest)
        except _Missing:
            continue
    raise CliError(f"{name} is no model, training job, model package or endpoint of this account and region")


def _described(clients: Clients, operation: str, **names: str) -> Document:
    """Return what a Describe call answers; raise _Missing where there is nothing of the name."""
    try:
        return getattr(clients.sagemaker, operation)(**names)
    except clients.sagemaker.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in ("ValidationException", "ResourceNotFound"):
            raise _Missing from None
        raise CliError(str(error)) from None


def _job(clients: Clients, name: str) -> Subject:
    _described(clients, "describe_training_job", TrainingJobName=name)
    return Subject(name, "found")


def _model(clients: Clients, name: str) -> Subject:
    found = _described(clients, "describe_model", ModelName=name)
    container = found.get("PrimaryContainer") or found["Containers"][0]  # as the request named it
    return _of_container(clients, container, f"model {name}")


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
}
