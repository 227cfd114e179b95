"""BatchPutMetrics: append values to the series of a trial component, and bring its summaries up
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_metrics_BatchPutMetrics.html)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from clary.kernel import AwsError
from clary.plane import Context, Record, revise
from clary.plane.nouns.noun import kind_of
from clary.services.sagemaker.metrics import points, summaries
from clary.services.sagemaker.metrics.points import Point
from clary.services.sagemaker.metrics.service import metrics
from clary.workloads import metric_summary
from clary.workloads.metric_summary import Summary

TRIAL_COMPONENT = kind_of("sagemaker", "TrialComponent")
# "between two weeks before and two hours from now" (sagemaker/experiments/_metrics.py of AWS's SDK), in seconds.
_OLDEST, _NEWEST = 14 * 86400.0, 2 * 3600.0
# Of one trial component. The summaries are part of its record, which every Describe reads.
MOST_METRICS = 300

Params = dict[str, Any]


def arn_of(ctx: Context, name: str) -> str:
    """Return the ARN of a trial component, whether or not there is one."""
    return ctx.arn(f"experiment-trial-component/{name}")


@metrics.operation(on=lambda ctx, params: [arn_of(ctx, params["TrialComponentName"])])
def batch_put_metrics(ctx: Context, params: Params) -> Params:
    """Keep what is valid; return an error for each value that is not. Raise ResourceNotFound for a component that is not
    there."""
    component = _find(ctx, params["TrialComponentName"])
    held: dict[str, Summary] = dict(component.private.get("metrics", {}))
    left = points.MOST_POINTS - summaries.points_in(held)
    kept: dict[str, list[Point]] = defaultdict(list)
    errors: list[Params] = []
    for index, one in enumerate(params["MetricData"]):
        name, point = one["MetricName"], Point(one["Timestamp"], one.get("Step"), one["Value"])
        if code := _refusal(ctx, name, point, held, left):
            errors.append({"Code": code, "MetricIndex": index})
            continue
        summary = metric_summary.extended(held.get(name), point.value, point.at)
        held[name] = {"SourceArn": component.arn, **summary}
        kept[name].append(point)
        left -= 1
    _keep(ctx, component, held, kept)
    return {"Errors": errors} if errors else {}


def _find(ctx: Context, name: str) -> Record:
    component = ctx.tx.get(TRIAL_COMPONENT, ctx.scope, name)
    if component is None:
        raise AwsError("ResourceNotFound", f"TrialComponent '{arn_of(ctx, name)}' does not exist.")
    return component


def _refusal(ctx: Context, name: str, point: Point, held: dict[str, Summary], left: int) -> str:
    """Return the code of the error of a value; an empty text where there is none."""
    if not abs(point.value) <= metric_summary.LARGEST or "\0" in name:  # NaN is no value either
        return "VALIDATION_ERROR"
    if not ctx.now - _OLDEST <= point.at <= ctx.now + _NEWEST:
        return "VALIDATION_ERROR"
    if left < 1 or (name not in held and len(held) >= MOST_METRICS):
        return "METRIC_LIMIT_EXCEEDED"
    return ""


def _keep(ctx: Context, component: Record, held: dict[str, Summary], kept: dict[str, list[Point]]) -> None:
    if not kept:
        return
    for name, values in kept.items():
        points.add(ctx.tx, component.arn, name, values)
    ctx.tx.update(revise(component, private={"metrics": held}))
