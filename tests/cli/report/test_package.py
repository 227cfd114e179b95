"""The page about a model package. Shapes: AWS's model."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from clary.cli.main import main
from clary.cli.report import command
from clary.cli.report.package import rendered
from tests.cli.report.conftest import Platform, body, words
from tests.cli.report.documents import DOCUMENT

Write = Callable[[str], str]
BEGUN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
PLACE = "arn:aws:sagemaker:us-east-1:111122223333:"
ARN = f"{PLACE}model-package/churn/7"
ARTIFACT = f"{PLACE}artifact/package"


def package(**changes: Any) -> dict[str, Any]:
    statistics = {"ContentType": "application/json", "S3Uri": "s3://b/evaluation.json"}
    return {
        "ModelPackageGroupName": "churn",
        "ModelPackageVersion": 7,
        "ModelPackageArn": ARN,
        "ModelPackageStatus": "Completed",
        "ModelApprovalStatus": "Approved",
        "ApprovalDescription": "better than 6",
        "CreationTime": BEGUN,
        "ModelMetrics": {"ModelQuality": {"Statistics": statistics}},
        "InferenceSpecification": {"Containers": [{"Image": "image", "ModelDataUrl": "s3://b/model.tar.gz"}]},
        **changes,
    }


@pytest.fixture
def registered(platform: Platform) -> Platform:
    group = f"{PLACE}model-package-group/churn"
    vertices = [
        {"Arn": ARTIFACT, "Type": "Model", "LineageType": "Artifact"},
        {"Arn": f"{PLACE}artifact/4c2eb6", "Type": "Model", "LineageType": "Artifact"},
        {
            "Arn": f"{PLACE}experiment-trial-component/train",
            "Type": "TrainingJob",
            "LineageType": "TrialComponent",
        },
    ]
    platform.answers |= {
        "DescribeModelPackage": package(),
        "DescribeModelPackageGroup": {"ModelPackageGroupName": "churn", "ModelPackageGroupArn": group},
        "ListModelPackages": {"ModelPackageSummaryList": [{"ModelPackageArn": ARN}]},
        "GetObject": lambda asked: body(json.dumps(DOCUMENT)),
        "ListArtifacts": {"ArtifactSummaries": [{"ArtifactArn": ARTIFACT}]},
        "QueryLineage": {"Vertices": vertices},
        "DescribeArtifact": {"Source": {"SourceUri": "s3://b/churn/model.tar.gz"}},
    }
    return platform


def test_a_version_by_arn_and_the_newest_of_a_group(registered: Platform, write: Write) -> None:
    for name in (ARN, "churn", f"{PLACE}model-package-group/churn"):
        said = words(write(name))
        assert "churn 7 Approved · Completed" in said
        assert "Description of the approval better than 6" in said
        assert "precision 0.3333 0.0125" in said
        assert "train TrialComponent TrainingJob" in said
        assert "model.tar.gz Artifact Model" in said


def test_a_page_without_documents_and_lineage(registered: Platform, write: Write) -> None:
    for operation in ("QueryLineage", "ListArtifacts"):
        registered.answers[operation] = {"Error": {"Code": "AccessDenied", "Message": "no"}}
    registered.answers["GetObject"] = {"Error": {"Code": "NoSuchBucket", "Message": "No bucket."}}
    said = words(write(ARN))
    assert "Not read: s3://b/evaluation.json: No bucket." in said
    assert "Lineage" not in said


def test_a_group_without_versions(
    registered: Platform, running: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "connect", lambda args, *services: registered.made)
    registered.answers["ListModelPackages"] = {"ModelPackageSummaryList": []}
    assert main(["report", "churn", "--home", str(running.path)]) == 1
    assert capsys.readouterr().err == "clary: the model package group churn has no versions\n"


EVIL = "\"><script>alert('x')</script>&'"


def test_every_text_is_escaped() -> None:
    about = package(
        ModelPackageGroupName=EVIL, ApprovalDescription=EVIL, CustomerMetadataProperties={EVIL: EVIL}
    )
    vertex = {"Arn": EVIL, "Type": EVIL, "LineageType": EVIL}
    assert EVIL in words(rendered(about, [], [EVIL], [vertex]))  # and it parses
