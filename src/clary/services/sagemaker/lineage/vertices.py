"""The entities that associations connect, by their ARNs: artifacts, actions, contexts, trial components, experiments."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from clary.kernel import Arn, AwsError
from clary.plane import Context, Record
from clary.services.sagemaker.service import sagemaker

# The resource part of an ARN -> the noun, which is also the LineageType of QueryLineage's model.
_NOUNS = {
    "artifact": "Artifact",
    "action": "Action",
    "context": "Context",
    "experiment-trial-component": "TrialComponent",
    "experiment": "Experiment",
}
_JOB = "SageMaker"  # begins the SourceType of a job's trial component: SageMakerTrainingJob
_JOBS = ("TrainingJob", "ProcessingJob", "TransformJob")


class Named(NamedTuple):
    """What an ARN of an entity says: its noun and the id of its record."""

    noun: str
    id: str


def named(arn: str) -> Named:
    """Return what an ARN of an entity says. The model's pattern has let no other ARN through."""
    kind, _, id = Arn.parse(arn).resource.partition("/")
    return Named(_NOUNS[kind], id)


def found(ctx: Context, arn: str) -> Record:
    """Return the entity that an ARN names in this account and region. Raise ResourceNotFound."""
    noun, id = named(arn)
    record = ctx.tx.get(sagemaker.kind(noun), ctx.scope, id)
    if record is None or record.arn != arn:
        raise missing(arn)
    return record


def missing(arn: str) -> AwsError:
    """Return the error for an entity that is not there."""
    return AwsError("ResourceNotFound", f"The lineage entity {arn} does not exist.")


def type_of(record: Record) -> str:
    """Return the type of an entity as queries show it: `DataSet`, `ModelDeployment`, `TrainingJob`."""
    noun = record.kind.partition(":")[2]
    return _TYPES.get(noun, _type_member)(record, noun)


def listed_type(arn: str, type: str) -> str:
    """Return the type of an entity as ListAssociations shows it. A job has its whole name there: SageMakerTrainingJob
    (tests/integ/sagemaker/lineage/conftest.py of the SDK); LineageSourceEnum of the SDK has those of queries."""
    return f"{_JOB}{type}" if type in _JOBS and named(arn).noun == "TrialComponent" else type


def asked_type(listed: str) -> str:
    """Return the type as queries show it that a filter of ListAssociations asks for."""
    type = listed.removeprefix(_JOB)
    return type if type in _JOBS else listed


def _type_member(record: Record, noun: str) -> str:
    return record.spec.get(f"{noun}Type", noun)


def _type_of_component(record: Record, noun: str) -> str:
    """Return the kind of job that a trial component is of; for one that a user made, what it is."""
    source = record.private.get("source") or {}
    return source.get("SourceType", noun).removeprefix(_JOB)


_TYPES: dict[str, Callable[[Record, str], str]] = {"TrialComponent": _type_of_component}
