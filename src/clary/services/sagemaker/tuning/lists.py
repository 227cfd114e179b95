"""ListTrainingJobsForHyperParameterTuningJob."""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Query, Record
from clary.plane.paging import bad_token, read_token, sign_token
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.tuning import children
from clary.services.sagemaker.tuning.noun import hyper_parameter_tuning_job
from clary.services.sagemaker.tuning.tally import value_in
from clary.store.api import Column

Params = dict[str, Any]

_BY_VALUE = "FinalObjectiveMetricValue"
_COLUMNS: dict[str, Column] = {"Name": "id", "CreationTime": "created", "Status": "status"}


def _by_value(params: Params) -> bool:
    return params.get("SortBy") == _BY_VALUE


@sagemaker.operation(on=hyper_parameter_tuning_job.arn, heavy=_by_value)
def list_training_jobs_for_hyper_parameter_tuning_job(ctx: Context, params: Params) -> Params:
    """Return a page of the training jobs that a tuning job has made. Names are their default order."""
    tuner = hyper_parameter_tuning_job.load(ctx, params)
    order, descending = params.get("SortBy", "Name"), params.get("SortOrder") == "Descending"
    size = params.get("MaxResults") or sagemaker.dialect.page
    after = read_token(ctx, params["NextToken"]) if params.get("NextToken") else None
    if after is not None and (not isinstance(after, list | tuple) or after[0] != order):
        raise bad_token()
    find = _sorted_by_value if order == _BY_VALUE else _sorted_by_column
    found, place = find(ctx, tuner, params, descending, after and after[1], size)
    shown = {"TrainingJobSummaries": [children.summary(child, tuner) for child in found]}
    return shown if place is None else {**shown, "NextToken": sign_token(ctx, [order, place])}


def _sorted_by_column(
    ctx: Context, tuner: Record, params: Params, descending: bool, after: Any, size: int
) -> tuple[list[Record], Any]:
    """Return a page and the place of the next one, None where there is none."""
    column = _COLUMNS[params.get("SortBy", "Name")]
    query = Query(_where(tuner, params), column, descending, tuple(after) if after else None, size + 1)  # type: ignore[arg-type]
    found = ctx.tx.list(children.KIND, tuner.scope, query)
    if len(found) <= size:
        return found, None
    last = found[size - 1]
    return found[:size], [getattr(last, column), last.id]


def _sorted_by_value(
    ctx: Context, tuner: Record, params: Params, descending: bool, after: Any, size: int
) -> tuple[list[Record], Any]:
    """Return the same by the objective: "any training jobs that did not return an objective metric are not listed"."""
    status = params.get("StatusEquals")
    made = [child for child in children.of(ctx.tx, tuner) if status in (None, child.status)]
    valued = [(summary, child) for child in made if _has_value(summary := children.summary(child, tuner))]
    valued.sort(key=lambda one: (value_in(one[0]), one[1].id), reverse=descending)
    start = after or 0
    page = [child for _, child in valued[start : start + size]]
    return page, start + size if start + size < len(valued) else None


def _has_value(summary: Params) -> bool:
    return "FinalHyperParameterTuningJobObjectiveMetric" in summary


def _where(tuner: Record, params: Params) -> list[Any]:
    status = params.get("StatusEquals")
    return children.where(tuner) + ([("status", "=", status)] if status else [])
