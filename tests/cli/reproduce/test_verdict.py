"""Whether two runs came to the same, and why not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from clary.cli.reproduce import records
from clary.cli.reproduce.records import Input, RunRecord
from clary.cli.reproduce.verdict import Pair, of, seeds

JOB: dict[str, Any] = {
    "TrainingJobStatus": "Completed",
    "AlgorithmSpecification": {"TrainingImage": "1.dkr.ecr/sagemaker-xgboost:1.7-1"},
    "HyperParameters": {"seed": '"7"'},
}
DATA = Input("s3://b/train", 2, 1234, "a" * 64)
RECORD = RunRecord({"train": DATA}, {"numpy": "1.26.0", "scipy": "1.11"}, "3.11.2")
PAIR = Pair(JOB, JOB, RECORD, RECORD, {"model": "d1"}, {"model": "d1"})


def metrics(**values: float) -> dict[str, Any]:
    return {
        **JOB,
        "FinalMetricDataList": [{"MetricName": name, "Value": value} for name, value in values.items()],
    }


def other(**members: Any) -> Pair:
    """The second run made another model."""
    return replace(PAIR, **{"new_files": {"model": "d2"}, **members})


def test_the_same_bytes() -> None:
    verdict = of(PAIR)
    assert verdict.good
    assert verdict.sentence == "identical: every file of the model has the same bytes"
    assert {row.now for row in verdict.rows} == {"the same"}


def test_the_same_bytes_though_the_data_has_changed() -> None:
    changed = replace(RECORD, inputs={"train": replace(DATA, digest="b" * 64)})
    assert of(replace(PAIR, new_record=changed)).good


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"inputs": {"train": replace(DATA, digest="b" * 64)}}, "the data at s3://b/train has changed"),
        ({"inputs": {"train": Input("s3://b/train", 0, 0, "")}}, "the data at s3://b/train is missing"),
        ({"python": "3.12.0"}, "Python is 3.12.0 and was 3.11.2"),
        (
            {"libraries": {"numpy": "2.0.1", "scipy": "1.11"}},
            "libraries have changed (numpy 1.26.0 → 2.0.1)",
        ),
        (
            {"libraries": {"a": "1", "b": "2", "c": "3"}},
            "libraries have changed (a was not there → 1, b was not there → 2, c was not there → 3 and 2 more)",
        ),
    ],
)
def test_what_has_changed_is_why(changed: dict[str, Any], reason: str) -> None:
    verdict = of(other(new_record=replace(RECORD, **changed)))
    assert (verdict.good, verdict.sentence) == (False, f"different: {reason}")


def test_code_is_told_from_data() -> None:
    for place in ("s3://b/sourcedir.tar.gz", "code"):
        code = Input("s3://b/sourcedir.tar.gz", 1, 9, "c" * 64)
        before, after = (
            replace(RECORD, inputs={place: one}) for one in (code, replace(code, digest="d" * 64))
        )
        verdict = of(other(record=before, new_record=after))
        assert verdict.sentence == "different: the code at s3://b/sourcedir.tar.gz has changed"


CHECKPOINTED = {**JOB, "CheckpointConfig": {"S3Uri": "s3://b/checkpoints"}}


@pytest.mark.parametrize(("objects", "then", "now"), [(0, "none", "the same"), (2, "2 objects", "none")])
def test_checkpoints_that_the_first_run_found(objects: int, then: str, now: str) -> None:
    """Not data that is missing: the second run has a folder of its own for them."""
    found = Input("s3://b/checkpoints/", objects, 5 * objects, "e" * 64)
    record = replace(RECORD, inputs={"checkpoints": found})
    verdict = of(other(then=CHECKPOINTED, record=record, new_record=RECORD))
    (row,) = (one for one in verdict.rows if one.what == "checkpoints")
    assert row.then.startswith(then)
    assert row.now == now
    cause = "the first run went on from the checkpoints at s3://b/checkpoints/, and this one began anew"
    assert (cause in verdict.sentence) is bool(objects)
    assert "is missing" not in verdict.sentence


def test_a_program_that_does_not_repeat() -> None:
    assert "the program does not repeat" in of(other()).sentence
    unseeded = {**JOB, "HyperParameters": {}}
    assert "no seed was given" in of(other(then=unseeded)).sentence


def test_equal_metrics_are_enough_and_no_metrics_are_not() -> None:
    job = metrics(rmse=0.5)
    verdict = of(other(then=job, now=metrics(rmse=0.5 + 1e-9)))
    assert verdict.good
    assert verdict.sentence.startswith("equal: the metrics are the same")
    assert not of(other(then=job, now=metrics(rmse=0.6))).good
    assert not of(other(then=job, now=metrics())).good
    assert not of(other()).good


def test_what_is_not_known_is_said() -> None:
    assert "not recorded what the first run began with" in of(other(record=None)).sentence
    assert "can no longer be read" in of(other(files=None)).sentence
    failed = {**JOB, "TrainingJobStatus": "Failed", "FailureReason": "AlgorithmError: 1"}
    verdict = of(other(now=failed, new_files=None, new_record=None))
    assert (verdict.good, "has failed (AlgorithmError: 1)" in verdict.sentence) == (False, True)


def test_a_model_that_was_deleted_is_compared_by_its_digest() -> None:
    job = {**JOB, "ModelArtifacts": {"S3ModelArtifacts": "s3://b/m.tar.gz"}}
    record = replace(RECORD, outputs={"s3://b/m.tar.gz": "d1"})
    pair = replace(PAIR, then=job, now=job, record=record, new_record=record, files=None)
    assert of(pair).sentence == "identical: the archive of the model has the digest of then"
    changed = replace(record, outputs={"s3://b/m.tar.gz": "d2"})
    assert not of(replace(pair, new_record=changed)).good
    assert not of(replace(pair, record=RECORD, new_record=RECORD)).good


def test_seeds_by_their_names() -> None:
    given = {"HyperParameters": {"random_state": "1", "depth": "3"}, "Environment": {"PYTHONHASHSEED": "0"}}
    assert seeds(given) == {"random_state": "1", "PYTHONHASHSEED": "0"}


def test_a_record_from_the_properties_of_its_artifact() -> None:
    text = " ".join(f"library-{n}=={n}" for n in range(300))
    properties = {
        "Input:input/data/train": json.dumps(
            {"path": "p", "uri": "s3://b/t", "objects": 1, "bytes": 2, "digest": "x"}
        ),
        "Environment:python": "3.11.2",
        "Libraries:0": text[:1000],
        "Libraries:1": text[1000:],
        "Installed:0": "library-7==7.1 more==1",
    }
    record = records.parsed(properties)
    assert record.inputs == {"train": Input("s3://b/t", 1, 2, "x")}
    assert len(record.libraries) == 301
    assert (record.libraries["library-7"], record.libraries["more"]) == ("7.1", "1")
    assert record.python == "3.11.2"
