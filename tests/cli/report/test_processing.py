"""The page about a processing job and what it measured. The golden document is AWS's own example of
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html, whose metrics tell which way its
confusion matrix is to be read: recall 1.0, precision 1/3, true negative rate 1/3."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clary.cli.main import main
from clary.cli.report import command
from clary.cli.report.files import file_name
from clary.cli.report.processing import rendered
from clary.cli.report.quality import Confusion, groups
from clary.cli.report.results import Result
from tests.cli.report.conftest import Platform, body, parsed, words
from tests.cli.report.documents import DOCUMENT, PRECISION_RECALL

Write = Callable[[str], str]
BEGUN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def job(**changes: Any) -> dict[str, Any]:
    return {
        "ProcessingJobName": "evaluate",
        "ProcessingJobArn": "arn:aws:sagemaker:us-east-1:111122223333:processing-job/evaluate",
        "ProcessingJobStatus": "Completed",
        "CreationTime": BEGUN,
        "ProcessingStartTime": BEGUN,
        "ProcessingEndTime": BEGUN + timedelta(seconds=12),
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
        },
        "AppSpecification": {"ImageUri": "image"},
        "ProcessingInputs": [{"InputName": "model", "S3Input": {"S3Uri": "s3://bucket/model"}}],
        "ProcessingOutputConfig": {
            "Outputs": [{"OutputName": "evaluation", "S3Output": {"S3Uri": "s3://bucket/out"}}]
        },
        **changes,
    }


@pytest.fixture
def evaluated(platform: Platform) -> Platform:
    """A job whose output has a document, something else, and too large a one."""
    files = [("out/evaluation.json", 10), ("out/data.csv", 10), ("out/large.json", 2**30)]
    platform.answers["DescribeProcessingJob"] = job()
    platform.answers["ListObjectsV2"] = {"Contents": [{"Key": key, "Size": size} for key, size in files]}
    platform.answers["GetObject"] = lambda asked: body(json.dumps(DOCUMENT))
    return platform


def test_a_page_about_a_job(evaluated: Platform, write: Write) -> None:
    said = words(write("evaluate"))
    assert "evaluation.json" in said
    assert "precision 0.3333 0.0125" in said
    assert "recall 1 –" in said
    asked = [(name, about) for name, about in evaluated.asked if name in ("ListObjectsV2", "GetObject")]
    assert asked[0][1]["Prefix"] == "out/"  # and not out-of-another-job/
    assert [about["Key"] for name, about in asked if name == "GetObject"] == ["out/evaluation.json"]


def test_a_page_about_a_document(evaluated: Platform, write: Write) -> None:
    for place in ("s3://bucket/out/evaluation.json", "s3://bucket/out/"):
        assert "precision 0.3333 0.0125" in words(write(place))


def test_rows_of_the_matrix_are_the_actual_classes(evaluated: Platform, write: Write) -> None:
    """Shares by hand: of three actual 0s one was found, of one actual 1 it was."""
    matrix = parsed(write("evaluate")).find(".//table[@class='matrix']")
    assert matrix is not None
    said = " ".join(" ".join(matrix.itertext()).split())
    assert said == "Actual ↓ Predicted → 0 1 0 1 33% 2 67% 1 0 0% 1 100%"


def test_points_of_the_curves_lie_where_they_should(evaluated: Platform, write: Write) -> None:
    """By hand: x is 66 + 416 * rate, y is 384 - 356 * rate; areas by trapezoids: the ROC curve's 0.25 * 0.5 / 2 + 0.75 * 1.75 / 2,
    the other's, read from recall 0, 0.5 * 1.8 / 2 + 0.5 * 1.3 / 2."""
    html = write("evaluate")
    assert re.findall(r'points="([^"]*)"', html) == [
        "66.0,384.0 170.0,206.0 170.0,117.0 482.0,28.0",
        "66.0,28.0 274.0,99.2 482.0,206.0",
    ]
    assert 'x1="66.0" y1="384.0" x2="482.0" y2="28.0" class="ideal"' in html
    said = words(html)
    assert "Area 0.7188" in said
    assert "Area 0.775" in said


def test_regression_and_several_classes() -> None:
    text = json.dumps(
        {
            "regression_metrics": {"mae": {"value": 0.25, "standard_deviation": 0.01}, "plain": 3},
            "multiclass_classification_metrics": {
                "confusion_matrix": {"a": {"a": 3}, "b": {"a": 1, "b": 2}, "c": {"c": 1}},
                "accuracy": {"value": 0.8, "standard_deviation": "NaN"},
            },
        }
    )
    regression, classes = groups(text)
    assert [(one.name, one.value, one.deviation) for one in regression.metrics] == [
        ("mae", 0.25, 0.01),
        ("plain", 3, None),
    ]
    assert classes.confusion == Confusion(("a", "b", "c"), ((3, 0, 0), (1, 2, 0), (0, 0, 1)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "[]",
        "null",
        "[" * 100_000,
        '{"x": {}}',
        '{"x": {"confusion_matrix": {"a": 1}}}',
        '{"x": {"confusion_matrix": []}}',
        '{"x": {"precision_recall_curve": {"precisions": 1, "recalls": []}}}',
        '{"x": {"m": true, "n": "1"}}',
        b"\xff\xfe\x00",
    ],
)
def test_a_document_of_another_form_has_no_groups(text: str | bytes) -> None:
    assert groups(text) == []


def test_numbers_that_are_none() -> None:
    (group,) = groups(
        '{"x": {"a": {"value": NaN}, "b": {"value": 1e999}, "c": {"value": 1' + "0" * 400 + "}}}"
    )
    assert [one.value for one in group.metrics] == [None, None, None]
    assert "a – –" in words(rendered(job(), [Result("s3://b/k", [group])]))


def test_a_large_document_makes_a_page_of_bounded_size() -> None:
    points = [place / 100_000 for place in range(100_000)]
    names = [f"class-{place}" for place in range(300)]
    found = groups(
        json.dumps(
            {
                "binary_classification_metrics": {
                    "receiver_operating_characteristic_curve": {
                        "false_positive_rates": points,
                        "true_positive_rates": points,
                    },
                    "confusion_matrix": {name: {name: 1} for name in names},
                    **{f"m{place}": place for place in range(1000)},
                }
            }
        )
    )
    html = rendered(job(), [Result("s3://b/k", found)])
    assert "270 more classes are not shown" in words(html)
    assert len(html) < 300_000


def test_outputs_that_cannot_be_read_are_named(evaluated: Platform, write: Write) -> None:
    refused = {"Error": {"Code": "AccessDenied", "Message": "Access Denied"}}
    evaluated.answers["ListObjectsV2"] = refused
    evaluated.answers["DescribeProcessingJob"] = job(ProcessingJobStatus="Failed", FailureReason="exit 1")
    said = words(write("evaluate"))
    assert "Failed: exit 1" in said
    assert "Not read: s3://bucket/out: Access Denied" in said


EVIL = "\"><script>alert('x')</script>&'"


def test_every_text_is_escaped() -> None:
    found = groups(
        json.dumps(
            {
                EVIL: {
                    EVIL: {"value": 1},
                    "confusion_matrix": {EVIL: {EVIL: 1}},
                    "precision_recall_curve": PRECISION_RECALL,
                }
            }
        )
    )
    about = job(ProcessingJobName=EVIL, ProcessingJobStatus="Failed", FailureReason=EVIL, RoleArn=EVIL)
    about["ProcessingInputs"][0]["InputName"] = EVIL
    about["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"] = EVIL
    assert EVIL in words(rendered(about, [Result(EVIL, found)], [EVIL]))  # and it parses


# the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def refused(
    platform: Platform, running: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """What the command says of something that it cannot report on."""
    monkeypatch.setattr(command, "connect", lambda args, *services: platform.made)

    def run(*words: str) -> str:
        assert main(["report", *words, "--home", str(running.path)]) == 1
        out, error = capsys.readouterr()
        assert out == ""
        assert error.count("\n") == 1
        return error

    return run


def test_a_name_that_means_nothing(refused: Callable[..., str], platform: Platform) -> None:
    assert refused("nothing").startswith("clary: nothing is not a tuning job, processing job,")
    assert {name for name, _ in platform.asked} >= {"DescribeExperiment", "DescribeModelPackageGroup"}
    assert "is not a tuning job" in refused("arn:aws:sagemaker:us-east-1:111122223333:endpoint/e")
    platform.answers["GetObject"] = {
        "Error": {"Code": "NoSuchKey", "Message": "The specified key does not exist."}
    }
    assert "has no document" in refused("s3://bucket/none.json")


def test_an_error_of_the_platform_is_one_line(refused: Callable[..., str], platform: Platform) -> None:
    denied = {"Error": {"Code": "AccessDeniedException", "Message": "You may not."}}
    platform.answers["DescribeHyperParameterTuningJob"] = denied
    assert refused("x") == "clary: You may not.\n"


def test_a_file_that_cannot_be_written(
    evaluated: Platform, refused: Callable[..., str], tmp_path: Path
) -> None:
    assert "cannot be written" in refused("evaluate", "--out", str(tmp_path / "none" / "x.html"))


def test_a_platform_that_is_not_up(home: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "x", "--home", str(home.path)]) == 1
    assert "is not running" in capsys.readouterr().err


def test_the_name_of_the_file() -> None:
    arn = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/p/execution/abc"
    assert file_name(arn) == "report-pipeline-p-execution-abc.html"
    assert file_name("s3://bucket/../../etc/x.json") == "report-bucket-etc-x-json.html"
    assert file_name("\x1b[2J/" * 100).startswith("report-2J-2J")
    assert len(file_name("x" * 5000)) < 140
