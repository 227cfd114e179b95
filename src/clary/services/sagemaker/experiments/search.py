"""What Search shows of trials and trial components beside what their records hold, and how it finds components by their
parents (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_SearchRecord.html)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clary.plane import Context, Record
from clary.services.sagemaker.experiments import membership
from clary.services.sagemaker.experiments.components import component
from clary.services.sagemaker.search.match import number_of
from clary.services.sagemaker.search.resources import SEARCHED, Searched
from clary.services.sagemaker.service import sagemaker
from clary.store.api import Condition

# A trial may have thousands of components here; AWS's quota is 50. ListTrialComponents has all of them.
_MOST_SUMMARIES = 100
_COLUMNS = {"Parents.TrialName": "trial", "Parents.ExperimentName": "experiment"}
_DETAILS = ("TrainingJob", "ProcessingJob", "TransformJob")


def parents(ctx: Context, records: Sequence[Record]) -> list[membership.Parents]:
    """Return the trials of each component, with their experiments."""
    found = membership.parents(ctx.tx, ctx.scope, (record.id for record in records))
    return [found.get(record.id, []) for record in records]


def narrow(scope: str, path: str, filters: Sequence[Mapping[str, str]]) -> Condition | None:
    """Return the condition for a parent that meets all of these filters, as far as they say that a name equals another; or
    for the job that a component is of."""
    first = filters[0] if filters else {}
    if first.get("Name") == "Source.SourceArn" and first.get("Operator", "Equals") == "Equals":
        return "parent", "=", first.get("Value", "").lower()
    if path != "Parents":
        return None
    wanted = {
        _COLUMNS[one["Name"]]: one.get("Value", "")
        for one in filters
        if one["Name"] in _COLUMNS and one.get("Operator", "Equals") == "Equals"
        # Search compares what looks like numbers as numbers.
        if number_of(one.get("Value", "")) is None
    }
    return membership.components_in(scope, **wanted) if wanted else None


def source_details(ctx: Context, records: Sequence[Record]) -> list[dict[str, Any] | None]:
    """Return the job of each component that one made, as Describe shows it."""
    return [_source_detail(ctx, record) for record in records]


def _source_detail(ctx: Context, record: Record) -> dict[str, Any] | None:
    source = record.private.get("source")
    if source is None:
        return None
    job = ctx.tx.by_arn(source["SourceArn"])
    noun = next((name for name in _DETAILS if job and job.kind == sagemaker.kind(name)), None)
    detail = {noun: sagemaker.nouns[noun].describe(job)} if job and noun else {}
    return {"SourceArn": source["SourceArn"], **detail}


def summaries(ctx: Context, records: Sequence[Record]) -> list[list[dict[str, Any]]]:
    """Return the components of each trial in short, at most a hundred."""
    return [_summaries(ctx, record) for record in records]


def _summaries(ctx: Context, trial: Record) -> list[dict[str, Any]]:
    names = membership.components(ctx.tx, trial.scope, trial.id, _MOST_SUMMARIES)
    found = (ctx.tx.get(component.kind, trial.scope, name) for name in names)
    return [component.summary(record) for record in found if record]


SEARCHED["TrialComponent"] = Searched({"Parents": parents, "SourceDetail": source_details}, narrow)
SEARCHED["Trial"] = Searched({"TrialComponentSummaries": summaries})
