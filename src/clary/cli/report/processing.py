"""The pages about a processing job and about results in S3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clary.cli.drawing.page import Cell, code, facts, page, section, table
from clary.cli.errors import CliError
from clary.cli.report import quality_page
from clary.cli.report.clients import Clients, Document
from clary.cli.report.footer import footer
from clary.cli.report.results import Result, all_results, results
from clary.cli.report.subject import Subject
from clary.cli.report.words import at, failure, joined, status, took, uri


def written(clients: Clients, subject: Subject) -> str:
    """Return the page about a processing job and what it wrote."""
    return rendered(subject.about, *all_results(clients, _outputs(subject.about)))


def rendered(job: Document, found: Sequence[Result], unread: Sequence[str] = ()) -> str:
    """Return the page about a processing job and the results that it wrote; `unread` are places that could not be read."""
    groups = [group for one in found for group in one.groups]
    span = took(job.get("ProcessingStartTime"), job.get("ProcessingEndTime"))
    lede = joined(status(job["ProcessingJobStatus"]), at(job.get("CreationTime")), span)
    sections = (
        failure(job.get("FailureReason") or job.get("ExitMessage"), job["ProcessingJobStatus"]),
        quality_page.headline(groups),
        *_quality(found),
        *(failure(text, "Not read") for text in unread),
        _places("Inputs", "From S3 into the job.", list(_inputs(job))),
        _places("Outputs", "From the job to S3.", list(_given(job))),
        _about(job),
    )
    return page(job["ProcessingJobName"], "Processing job", lede, sections, footer())


def written_of_results(clients: Clients, subject: Subject) -> str:
    """Return the page about results in S3. Raise CliError where there are none."""
    found = results(clients, subject.name)
    if not found:
        raise CliError(f"{subject.name} has no document with metrics of model quality")
    groups = [group for one in found for group in one.groups]
    sections = (quality_page.headline(groups), *_quality(found))
    return page(
        subject.name.rstrip("/").rpartition("/")[2], "Model quality", code(subject.name), sections, footer()
    )


def _quality(found: Sequence[Result]) -> Iterator[str]:
    for one in found:
        yield from quality_page.parts(one.uri, one.groups)


def _outputs(job: Document) -> list[str]:
    found = job.get("ProcessingOutputConfig", {}).get("Outputs", [])
    return [uri for one in found if (uri := one.get("S3Output", {}).get("S3Uri"))]


def _given(job: Document) -> Iterator[list[Cell]]:
    for one in job.get("ProcessingOutputConfig", {}).get("Outputs", []):
        yield [one["OutputName"], uri(one.get("S3Output", {}).get("S3Uri"))]


def _inputs(job: Document) -> Iterator[list[Cell]]:
    for one in job.get("ProcessingInputs", []):
        yield [one["InputName"], uri(one.get("S3Input", {}).get("S3Uri"))]


def _places(title: str, lede: str, rows: Sequence[Sequence[Cell]]) -> str:
    return section(title, lede, table(["Name", "S3 URI"], rows)) if rows else ""


def _about(job: Document) -> str:
    cluster = job.get("ProcessingResources", {}).get("ClusterConfig", {})
    rows: list[tuple[str, Cell]] = [
        ("ARN", code(job["ProcessingJobArn"])),
        ("Image", uri(job.get("AppSpecification", {}).get("ImageUri"))),
        ("Instances", f"{cluster['InstanceCount']} × {cluster['InstanceType']}" if cluster else None),
        ("Role", uri(job.get("RoleArn"))),
        ("Began", at(job.get("ProcessingStartTime"))),
        ("Ended", at(job.get("ProcessingEndTime"))),
    ]
    return section("About it", "As it was asked for.", facts(rows))
