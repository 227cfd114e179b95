"""The page about a version of a model package."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clary.cli.drawing.page import Cell, code, facts, page, section, table
from clary.cli.errors import CliError
from clary.cli.report import quality_page
from clary.cli.report.clients import Clients, Document
from clary.cli.report.footer import footer
from clary.cli.report.results import Result, all_results
from clary.cli.report.subject import Subject
from clary.cli.report.words import at, failure, joined, status, uri

_MOST_VERTICES = 200


def written_of_group(clients: Clients, subject: Subject) -> str:
    """Return the page about the newest version of a group. Raise CliError where it has none."""
    asked = {"SortBy": "CreationTime", "SortOrder": "Descending", "MaxResults": 1}
    found = clients.sagemaker.list_model_packages(ModelPackageGroupName=subject.name, **asked)
    for one in found["ModelPackageSummaryList"]:
        arn = one["ModelPackageArn"]
        return written(
            clients, Subject("", arn, clients.sagemaker.describe_model_package(ModelPackageName=arn))
        )
    raise CliError(f"the model package group {subject.name} has no versions")


def written(clients: Clients, subject: Subject) -> str:
    """Return the page about a version."""
    found, unread = all_results(clients, [place for _, place in _documents(subject.about)])
    return rendered(subject.about, found, unread, _lineage(clients, subject.about["ModelPackageArn"]))


def rendered(
    package: Document, found: Sequence[Result], unread: Sequence[str], lineage: Sequence[Document]
) -> str:
    """Return the page about a package, the results in its metrics, places that could not be read, and what it was made of."""
    groups = [group for one in found for group in one.groups]
    approval = package.get("ModelApprovalStatus", "")
    name = (
        package.get("ModelPackageGroupName") or package.get("ModelPackageName") or package["ModelPackageArn"]
    )
    version = package.get("ModelPackageVersion")
    sections = (
        *(failure(text, "Not read") for text in unread),
        quality_page.headline(groups),
        *(part for one in found for part in quality_page.parts(one.uri, one.groups)),
        _table("Documents", "What its ModelMetrics name.", ["Name", "S3 URI"], _rows(_documents(package))),
        _table("Models", "What it serves.", ["Image", "Model data"], list(_containers(package))),
        _table(
            "Lineage", "What it was made of, by its lineage.", ["Name", "Kind", "Type"], _vertices(lineage)
        ),
        section("About it", "As the platform describes it.", facts(_facts(package))),
    )
    lede = joined(status(approval), package["ModelPackageStatus"], at(package.get("CreationTime")))
    return page(f"{name} {version}" if version else name, "Model package", lede, sections, footer())


def _documents(package: Document) -> Iterator[tuple[str, str]]:
    """Yield the names and places of the documents in ModelMetrics."""
    for kind, found in package.get("ModelMetrics", {}).items():
        for member, one in found.items():
            if place := one.get("S3Uri"):
                yield f"{kind} {member}", place


def _rows(found: Iterator[tuple[str, str]]) -> list[list[Cell]]:
    return [[name, uri(place)] for name, place in found]


def _containers(package: Document) -> Iterator[list[Cell]]:
    for one in package.get("InferenceSpecification", {}).get("Containers", []):
        source = one.get("ModelDataSource", {}).get("S3DataSource", {})
        yield [uri(one.get("Image")), uri(one.get("ModelDataUrl") or source.get("S3Uri"))]


def _table(title: str, lede: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    return section(title, lede, table(columns, rows)) if rows else ""


# lineage ---------------------------------------------------------------------------------------------------------


def _lineage(clients: Clients, arn: str) -> list[Document]:
    """Return what leads to a package, [] where the platform does not tell."""
    try:
        known = clients.sagemaker.list_artifacts(SourceUri=arn)["ArtifactSummaries"]
        started = [one["ArtifactArn"] for one in known][:1]
        if not started:
            return []
        answer = clients.sagemaker.query_lineage(
            StartArns=started, Direction="Ascendants", IncludeEdges=False
        )
        found = [one for one in answer.get("Vertices", []) if one.get("Arn") not in started]
        return [{**one, "Source": _source(clients, one)} for one in found[:_MOST_VERTICES]]
    except clients.error:  # a page without lineage is better than none
        return []


def _source(clients: Clients, vertex: Document) -> str | None:
    """Return the URI that an artifact is about, whose ARN says nothing to people; None for other entities."""
    if vertex.get("LineageType") != "Artifact":
        return None
    found = clients.described("describe_artifact", ArtifactArn=vertex["Arn"]) or {}
    return found.get("Source", {}).get("SourceUri")


def _vertices(found: Sequence[Document]) -> list[list[Cell]]:
    rows = [
        [code(one.get("Source") or _short(one.get("Arn", ""))), one.get("LineageType"), one.get("Type")]
        for one in found
    ]
    return sorted(rows, key=lambda row: (str(row[1]), str(row[0])))


def _short(arn: str) -> str:
    return arn.split(":", 5)[-1].partition("/")[2] or arn


def _facts(package: Document) -> list[tuple[str, Cell]]:
    return [
        ("ARN", code(package["ModelPackageArn"])),
        ("Approval", package.get("ModelApprovalStatus")),
        ("Description of the approval", package.get("ApprovalDescription")),
        ("Description", package.get("ModelPackageDescription")),
        ("Task", package.get("Task")),
        ("Created", at(package.get("CreationTime"))),
        ("Last change", at(package.get("LastModifiedTime"))),
        *(
            (f"Property {name}", value)
            for name, value in package.get("CustomerMetadataProperties", {}).items()
        ),
    ]
