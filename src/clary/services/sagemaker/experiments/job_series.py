"""The series of a training job's metrics: "Set to true to enable SageMaker Metrics Time Series"
(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AlgorithmSpecification.html)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from clary.plane import Record
from clary.plane.controller import Write
from clary.services.sagemaker.experiments.job_components import component_arn
from clary.services.sagemaker.metrics import points, summaries
from clary.services.sagemaker.metrics.points import MOST_POINTS, Point
from clary.store.api import Tx

Values = Sequence[tuple[str, float]]


def keeper(job: Record) -> Callable[[Values, float], Write] | None:
    """Return what keeps values of a job's metrics in the series of its trial component, if the job asks for it."""
    if not job.spec["AlgorithmSpecification"].get("EnableSageMakerMetricsTimeSeries"):
        return None
    left = max(0, MOST_POINTS - summaries.points_in(job.private.get("metrics", {})))
    return lambda values, at: _write(component_arn(job), values[:left], at)


def _write(owner: str, values: Values, at: float) -> Write:
    series: dict[str, list[Point]] = defaultdict(list)
    for name, value in values:
        series[name].append(Point(at, None, value))

    def write(tx: Tx) -> None:
        for name, found in series.items():
            points.add(tx, owner, name, found)

    return write
