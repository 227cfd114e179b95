"""What a job ran with, as its lineage keeps it: digests of its inputs and code, the libraries that there were."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from clary.kernel import FakeClock
from clary.plane import Platform, Record, revise
from clary.runs.api import Seen, Sent
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.services.sagemaker.lineage.entities import artifact_of, finished
from tests.support.images import XGBOOST
from tests.support.sagemaker_requests import training_request
from tests.support.turns import turn

RAN = {
    "inputs": (
        Seen("input/data/train", "s3://bucket/train", 1, 4, "d1"),
        Seen("s3://bucket/code/sourcedir.tar.gz", "s3://bucket/code/sourcedir.tar.gz", 1, 9, "d2"),
    ),
    "outputs": (Sent("s3://bucket/out/job-1/output/model.tar.gz", 5, "d3"),),
    "environment": {
        "python": "3.12.1",
        "machine": "x86_64",
        "libraries": " ".join(f"library-{n}==1.{n}" for n in range(500)),
        "digest": "e1",
        "installed": "extra==1.0",
    },
}


def test_digests_of_a_run(
    sm: Any,
    role: str,
    runs: FakeExecutor,
    controllers: Controllers,
    clock: FakeClock,
    consume: Callable[[], None],
) -> None:
    script = {
        "sagemaker_submit_directory": '"s3://bucket/code/sourcedir.tar.gz"',
        "sagemaker_program": '"t.py"',
    }
    arn = sm.create_training_job(**training_request(role, HyperParameters=script))["TrainingJobArn"]
    turn(controllers, clock, 2)
    ((_run, spec),) = runs.specs.items()
    assert spec.sources == ("s3://bucket/code/sourcedir.tar.gz",)
    finished(runs, controllers, clock, **RAN)
    consume()
    record = artifact_of(sm, arn)
    facts = record["Properties"]
    assert record["ArtifactType"] == "RunRecord"
    assert json.loads(facts["Input:input/data/train"]) == asdict(RAN["inputs"][0])
    assert json.loads(facts["Input:s3://bucket/code/sourcedir.tar.gz"])["digest"] == "d2"
    assert (facts["Environment:python"], facts["Environment:digest"]) == ("3.12.1", "e1")
    texts = [facts[name] for name in sorted(facts) if name.startswith("Libraries:")]
    assert len(texts) > 1
    assert "".join(texts) == RAN["environment"]["libraries"]
    assert facts["Installed:0"] == "extra==1.0"
    assert artifact_of(sm, "s3://bucket/train")["Properties"] == {
        "Digest": "d1",
        "Objects": "1",
        "Bytes": "4",
    }
    assert artifact_of(sm, "s3://bucket/code/sourcedir.tar.gz")["Properties"]["Digest"] == "d2"
    model = artifact_of(sm, "s3://bucket/out/job-1/output/model.tar.gz")
    assert model["Properties"] == {"Digest": "d3", "Bytes": "5"}
    assert json.loads(facts["Output:s3://bucket/out/job-1/output/model.tar.gz"])["digest"] == "d3"
    assert artifact_of(sm, XGBOOST)["Properties"]["Environment:digest"] == "e1"
    assert sm.list_associations(SourceArn=record["ArtifactArn"])["AssociationSummaries"] == []
    mine = sm.create_artifact(Source={"SourceUri": arn}, ArtifactType="Job")  # a user's own, of the same URI
    assert mine["ArtifactArn"] != record["ArtifactArn"]


def test_the_record_of_the_last_run_of_a_name(
    sm: Any,
    role: str,
    runs: FakeExecutor,
    controllers: Controllers,
    clock: FakeClock,
    consume: Callable[[], None],
) -> None:
    """A job's ARN may be used again when the job was deleted; nothing of the earlier run stays in the record."""
    for digest in ("d1", "d2"):
        arn = sm.create_training_job(**training_request(role))["TrainingJobArn"]
        path = "input/data/train" if digest == "d2" else "input/data/other"
        ran = {**RAN, "inputs": (Seen(path, "s3://bucket/train", 1, 4, digest),)}
        finished(runs, controllers, clock, **ran)
        consume()
        sm.delete_training_job(TrainingJobName="job-1")
    inputs = {name: value for name, value in artifact_of(sm, arn)["Properties"].items() if "Input:" in name}
    assert [json.loads(value)["digest"] for value in inputs.values()] == ["d2"]


def test_the_record_of_a_job_does_not_repeat_the_libraries(
    sm: Any, role: str, runs: FakeExecutor, controllers: Controllers, clock: FakeClock, platform: Platform
) -> None:
    """ListTrainingJobs reads whole records: some kilobytes more in each made it an eighth slower."""
    sm.create_training_job(**training_request(role))
    finished(runs, controllers, clock, **RAN)
    assert "library-7==1.7" not in str(job_of(platform).doc)


def test_a_job_that_an_earlier_version_ended_has_its_libraries_too(
    sm: Any,
    role: str,
    runs: FakeExecutor,
    controllers: Controllers,
    clock: FakeClock,
    platform: Platform,
    consume: Callable[[], None],
) -> None:
    """Those versions wrote the lists into the record of the job."""
    arn = sm.create_training_job(**training_request(role))["TrainingJobArn"]
    finished(runs, controllers, clock, **RAN)
    with platform.store.write() as tx:
        ran = {"environment": RAN["environment"], "inputs": [], "outputs": []}
        tx.update(revise(job_of(platform), private={"ran": ran}))
    consume()
    facts = artifact_of(sm, arn)["Properties"]
    assert facts["Libraries:0"].startswith("library-0==1.0 library-1==1.1 ")
    assert facts["Installed:0"] == "extra==1.0"


def job_of(platform: Platform) -> Record:
    with platform.store.read() as tx:
        (job,) = tx.list("sagemaker:TrainingJob", None)
    return job
