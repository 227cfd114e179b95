"""Metrics over time: of trial components by BatchGetMetrics, of training jobs by CloudWatch. Knows no picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from clary.cli.report.clients import Clients, Document

Points = list[tuple[float, float]]
MOST_METRICS = 8
MOST_COMPONENTS = 6  # as many as there are colours
_MOST_DATAPOINTS = 1440  # in an answer of GetMetricStatistics
_PERIODS = (1, 5, 10, 30, 60, 300, 3600, 86_400)  # those of CloudWatch's resolutions, in seconds
_NAMESPACE = "/aws/sagemaker/TrainingJobs"


class Chart(NamedTuple):
    """A metric of several components: `by_step` says that the points are at steps, not at seconds."""

    metric: str
    by_step: bool
    series: Mapping[str, Points]


# trial components ------------------------------------------------------------------------------------------------


def charts(clients: Clients, components: Sequence[Document]) -> list[Chart]:
    """Return the metrics that have a series of two points or more, [] where the platform does not answer."""
    chosen = list(components[:MOST_COMPONENTS])
    names = list(dict.fromkeys(one["MetricName"] for each in chosen for one in each.get("Metrics", [])))
    found: list[Chart] = []
    for name in names[:MOST_METRICS]:
        having = [one for one in chosen if any(m["MetricName"] == name for m in one.get("Metrics", []))]
        if chart := _chart(clients, name, having):
            found.append(chart)
    return found


def _chart(clients: Clients, name: str, components: Sequence[Document]) -> Chart | None:
    for by_step in (True, False):
        found = _asked(clients, name, components, by_step)
        if any(len(points) > 1 for points in found.values()):
            return Chart(name, by_step, {one: points for one, points in found.items() if points})
    return None


def _asked(clients: Clients, name: str, components: Sequence[Document], by_step: bool) -> dict[str, Points]:
    queries = [
        {
            "MetricName": name,
            "ResourceArn": one["TrialComponentArn"],
            "MetricStat": "Last",
            "Period": "IterationNumber" if by_step else "OneMinute",
            "XAxisType": "IterationNumber" if by_step else "Timestamp",
        }
        for one in components
    ]
    try:
        answers = clients.metrics.batch_get_metrics(MetricQueries=queries)["MetricQueryResults"]
    except clients.error:  # a series is more than the page needs
        return {}
    named = zip((one["TrialComponentName"] for one in components), answers, strict=False)
    return {one: _points(answer, by_step) for one, answer in named}


def _points(answer: Document, by_step: bool) -> Points:
    """Return the points of an answer: at steps, or at seconds (of milliseconds) since the first one."""
    places = answer.get("XAxisValues", [])
    first = min(places, default=0)
    across = places if by_step else [(place - first) / 1000 for place in places]
    return [(float(x), y) for x, y in zip(across, answer.get("MetricValues", []), strict=False)]


# training jobs ---------------------------------------------------------------------------------------------------


def of_job(clients: Clients, job: Document, names: Sequence[str]) -> dict[str, Points]:
    """Return the series of a training job's metrics, at seconds since its beginning; {} for a job that has not begun."""
    begun, ended = job.get("TrainingStartTime"), job.get("TrainingEndTime") or job.get("LastModifiedTime")
    if not begun or not ended:
        return {}
    found = (
        (name, _statistics(clients, job["TrainingJobName"], name, begun, ended))
        for name in names[:MOST_METRICS]
    )
    return {name: points for name, points in found if points}


def _statistics(clients: Clients, job: str, name: str, begun: datetime, ended: datetime) -> Points:
    """Return a metric in the finest periods that CloudWatch still has."""
    for period in _periods((ended - begun).total_seconds() + 120):
        found = clients.cloudwatch.get_metric_statistics(
            Namespace=_NAMESPACE,
            MetricName=name,
            Dimensions=[{"Name": "TrainingJobName", "Value": job}],
            StartTime=begun - timedelta(seconds=60),
            EndTime=ended + timedelta(seconds=60),
            Period=period,
            Statistics=["Average"],
        )["Datapoints"]
        if found:
            return sorted(((one["Timestamp"] - begun).total_seconds(), one["Average"]) for one in found)
    return []


def _periods(span: float) -> Iterator[int]:
    """Yield the periods of which so many seconds have no more than an answer holds."""
    yield from (period for period in _PERIODS if span / period < _MOST_DATAPOINTS)
