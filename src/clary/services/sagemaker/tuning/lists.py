"""ListTrainingJobsForHyperParameterTuningJob."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clary.plane import Context, Query, Record
from clary.plane.paging import bad_token, read_token, sign_token
from clary.services.sagemaker.service import sagemaker
from clary.services.sagemaker.tuning import children
from clary.services.sagemaker.tuning.definitions import definitions_of, of_number
from clary.services.sagemaker.tuning.noun import hyper_parameter_tuning_job
from clary.services.sagemaker.tuning.tally import value_in
from clary.store.api import Column, Condition

Params = dict[str, Any]

_BY_VALUE = "FinalObjectiveMetricValue"
_OBJECTIVE = "FinalHyperParameterTuningJobObjectiveMetric"
_COLUMNS: dict[str, Column] = {"Name": "id", "CreationTime": "created", "Status": "status"}


def _by_value(params: Params) -> bool:
    return params.get("SortBy") == _BY_VALUE


@sagemaker.operation(on=hyper_parameter_tuning_job.arn, heavy=_by_value)
def list_training_jobs_for_hyper_parameter_tuning_job(ctx: Context, params: Params) -> Params:
    """Return a page of the training jobs that a tuning job has made, by name by default."""
    tuner = hyper_parameter_tuning_job.load(ctx, params)
    order, descending = params.get("SortBy", "Name"), params.get("SortOrder") == "Descending"
    size = params.get("MaxResults") or sagemaker.dialect.page
    find = _sorted_by_value if order == _BY_VALUE else _sorted_by_column
    found, place = find(ctx, tuner, params, descending, _place(ctx, params, order), size)
    shown = {"TrainingJobSummaries": found}
    return shown if place is None else {**shown, "NextToken": sign_token(ctx, [order, place])}


def _place(ctx: Context, params: Params, order: str) -> Any:
    """Return where the last page ended; a token is good for the order that it was made in."""
    if not params.get("NextToken"):
        return None
    token = read_token(ctx, params["NextToken"])
    if not isinstance(token, list | tuple) or token[0] != order:
        raise bad_token()
    return token[1]


def _sorted_by_column(
    ctx: Context, tuner: Record, params: Params, descending: bool, after: Any, size: int
) -> tuple[list[Params], Any]:
    """Return a page and the place of the next one, None where there is none."""
    column = _COLUMNS[params.get("SortBy", "Name")]
    query = Query(_where(tuner, params), column, descending, tuple(after) if after else None, size + 1)  # type: ignore[arg-type]
    found = ctx.tx.list(children.KIND, tuner.scope, query)
    shown = list(_summaries(found[:size], tuner))
    last = found[size - 1] if len(found) > size else None
    return shown, [getattr(last, column), last.id] if last else None


def _sorted_by_value(
    ctx: Context, tuner: Record, params: Params, descending: bool, after: Any, size: int
) -> tuple[list[Params], Any]:
    """Return the same by the objective: "any training jobs that did not return an objective metric are not listed"."""
    status = params.get("StatusEquals")
    made = [child for child in children.of(ctx.tx, tuner) if status in (None, child.status)]
    valued = [summary for summary in _summaries(made, tuner) if _OBJECTIVE in summary]
    valued.sort(key=lambda summary: (value_in(summary), summary["TrainingJobName"]), reverse=descending)
    start = after or 0
    end = start + size
    return valued[start:end], end if end < len(valued) else None


def _summaries(found: list[Record], tuner: Record) -> Iterator[Params]:
    definitions = definitions_of(tuner.spec)
    return (children.summary(child, of_number(definitions, children.number_in(child.id))) for child in found)


def _where(tuner: Record, params: Params) -> list[Condition]:
    status = params.get("StatusEquals")
    return children.where(tuner) + ([("status", "=", status)] if status else [])
