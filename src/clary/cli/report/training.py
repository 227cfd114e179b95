"""The page about a training job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from clary.cli.drawing.numbers import number
from clary.cli.drawing.page import Cell, code, facts, figure, figures, page, section, table, tile, tiles
from clary.cli.drawing.plot import Axis, Line, plot
from clary.cli.pipelines.states import duration
from clary.cli.report import series
from clary.cli.report.clients import Clients, Document
from clary.cli.report.footer import footer
from clary.cli.report.series import Points
from clary.cli.report.subject import Subject
from clary.cli.report.words import at, failure, joined, status, took, uri

_MOST_TILES = 4
_LONGEST = 500  # letters of a hyperparameter


def written(clients: Clients, subject: Subject) -> str:
    """Return the page."""
    return rendered(subject.about, series.of_job(clients, subject.about, _names(subject.about)))


def _names(job: Document) -> list[str]:
    """Return the names of a job's metrics: those that it has reported, then those that it could report."""
    given = job.get("AlgorithmSpecification", {}).get("MetricDefinitions", [])
    final = [one["MetricName"] for one in job.get("FinalMetricDataList", [])]
    return list(dict.fromkeys([*final, *(one["Name"] for one in given)]))


def rendered(job: Document, found: Mapping[str, Points]) -> str:
    """Return the page about a job and the series of its metrics, at seconds since its beginning."""
    span = took(job.get("TrainingStartTime"), job.get("TrainingEndTime"))
    word, detail = job["TrainingJobStatus"], job.get("SecondaryStatus", "")
    lede = joined(status(word), detail if detail != word else "", at(job.get("CreationTime")), span)
    sections = (
        failure(job.get("FailureReason"), job["TrainingJobStatus"]),
        _headline(job),
        _curves(found),
        _metrics(job),
        _hyperparameters(job),
        _data(job),
        section("About it", "As the platform describes it.", facts(_facts(job))),
    )
    return page(job["TrainingJobName"], "Training job", lede, sections, footer())


def _headline(job: Document) -> str:
    """Return the figures on top: the last values of some metrics."""
    final = job.get("FinalMetricDataList", [])[:_MOST_TILES]
    return (
        tiles(tile(one["MetricName"], number(one["Value"]), "last value") for one in final) if final else ""
    )


def _curves(found: Mapping[str, Points]) -> str:
    drawn = [
        figure(
            name,
            _said(points),
            plot([Line(name, points)], Axis("Since its beginning", words=_time), Axis(name)),
        )
        for name, points in found.items()
        if len(points) > 1
    ]
    return section("Metrics over time", "As CloudWatch has them.", figures(drawn)) if drawn else ""


def _time(seconds: float) -> str:
    return duration(seconds) if seconds else "0"


def _said(points: Points) -> str:
    values = [value for _, value in points]
    return f"{number(len(points))} values from {number(min(values))} to {number(max(values))}, at the end {number(values[-1])}"


def _metrics(job: Document) -> str:
    final = job.get("FinalMetricDataList", [])
    rows: list[list[Cell]] = [[one["MetricName"], one["Value"], at(one.get("Timestamp"))] for one in final]
    return (
        section("Metrics", "The last value of each.", table(["Metric", "Value", "Time"], rows))
        if rows
        else ""
    )


def _hyperparameters(job: Document) -> str:
    rows = [(name, value[:_LONGEST]) for name, value in sorted(job.get("HyperParameters", {}).items())]
    return section("Hyperparameters", "As the job had them.", facts(rows)) if rows else ""


def _data(job: Document) -> str:
    rows = [*_inputs(job), *_outputs(job)]
    return (
        section("Data", "What it read and what it wrote.", table(["Name", "Kind", "S3 URI"], rows))
        if rows
        else ""
    )


def _inputs(job: Document) -> Iterator[Sequence[Cell]]:
    for one in job.get("InputDataConfig", []):
        source = one.get("DataSource", {}).get("S3DataSource", {})
        yield [one["ChannelName"], "input", uri(source.get("S3Uri"))]


def _outputs(job: Document) -> Iterator[Sequence[Cell]]:
    places = {
        "model": job.get("ModelArtifacts", {}).get("S3ModelArtifacts"),
        "checkpoints": job.get("CheckpointConfig", {}).get("S3Uri"),
    }
    yield from ([name, "output", uri(place)] for name, place in places.items() if place)


def _facts(job: Document) -> list[tuple[str, Cell]]:
    resources = job.get("ResourceConfig", {})
    type = resources.get("InstanceType")
    billable = job.get("BillableTimeInSeconds")
    return [
        ("ARN", code(job["TrainingJobArn"])),
        ("Image", uri(job.get("AlgorithmSpecification", {}).get("TrainingImage"))),
        ("Instances", f"{resources.get('InstanceCount', 1)} × {type}" if type else None),
        ("Role", uri(job.get("RoleArn"))),
        ("Tuning job", uri(job.get("TuningJobArn"))),
        ("Began", at(job.get("TrainingStartTime"))),
        ("Ended", at(job.get("TrainingEndTime"))),
        ("Billable", duration(float(billable)) if billable is not None else None),
    ]
