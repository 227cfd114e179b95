"""The lineage of jobs: what contributed to a job, and what it produced.

Artifacts of AWS's page: the image, the data of each channel or input, the model, checkpoints, outputs. Beside them there
is one for the archive of a script (Code), and for the model that a transform job asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from clary.plane import Change, Record
from clary.services.sagemaker.lineage.automatic import containers, run_record
from clary.services.sagemaker.lineage.automatic.recorder import Recorder
from clary.services.sagemaker.training.run import code_of

ENDED = ("Completed", "Failed", "Stopped")


class Part(NamedTuple):
    """An artifact of a job: its URI and type, and below /opt/ml where its data lay, if it was fetched."""

    uri: str
    type: str
    path: str = ""


class Family(NamedTuple):
    """One kind of jobs: what ends the names of their trial components, and which artifacts a job has."""

    suffix: str
    inputs: Callable[[Recorder, Record], Iterator[Part]]
    outputs: Callable[[Record], Iterator[Part]]


def record(to: Recorder, job: Record, change: Change) -> None:
    """Write the lineage of a job as it is now: its inputs, and when it has ended its outputs and its run."""
    kind = job.kind.partition(":")[2]
    family = FAMILIES[kind]
    component = to.component(f"{job.id}{family.suffix}", kind)
    for part in family.inputs(to, job):
        properties = run_record.properties_of_input(job, part.path)
        to.associate(to.artifact(part.uri, part.type, properties), component, "ContributedTo")
    if job.status not in ENDED:
        return
    for part in family.outputs(job):
        properties = run_record.properties_of_output(job, part.uri)
        to.associate(component, to.artifact(part.uri, part.type, properties), "Produced")
    run_record.write(to, job)


# training --------------------------------------------------------------------------------------------------------


def _training_inputs(to: Recorder, job: Record) -> Iterator[Part]:
    yield Part(job.spec["AlgorithmSpecification"]["TrainingImage"], "Image", run_record.ENVIRONMENT)
    for channel in job.spec.get("InputDataConfig", []):
        source = channel["DataSource"]["S3DataSource"]
        yield Part(source["S3Uri"], "DataSet", f"input/data/{channel['ChannelName']}")
    if uri := code_of(job.spec):
        yield Part(uri, "Code", uri)


def _training_outputs(job: Record) -> Iterator[Part]:
    if model := job.observed.get("ModelArtifacts"):
        yield Part(model["S3ModelArtifacts"], "Model")
    if "CheckpointConfig" in job.spec:
        yield Part(job.spec["CheckpointConfig"]["S3Uri"], "Checkpoint")


# processing ------------------------------------------------------------------------------------------------------


def _processing_inputs(to: Recorder, job: Record) -> Iterator[Part]:
    yield Part(job.spec["AppSpecification"]["ImageUri"], "Image", run_record.ENVIRONMENT)
    for one in job.spec.get("ProcessingInputs", []):
        if "S3Input" in one:
            source = one["S3Input"]
            yield Part(source["S3Uri"], "DataSet", source.get("LocalPath", "").removeprefix("/opt/ml/"))


def _processing_outputs(job: Record) -> Iterator[Part]:
    for one in job.spec.get("ProcessingOutputConfig", {}).get("Outputs", []):
        if "S3Output" in one:
            yield Part(one["S3Output"]["S3Uri"], "DataSet")


# transform -------------------------------------------------------------------------------------------------------


def _transform_inputs(to: Recorder, job: Record) -> Iterator[Part]:
    source = job.spec["TransformInput"]["DataSource"]["S3DataSource"]
    yield Part(source["S3Uri"], "DataSet", "processing/transform/input")
    model = to.find("Model", job.spec["ModelName"])
    for uri, type in containers.parts_of(model.spec, model.private.get("package")) if model else ():
        yield Part(uri, type)


def _transform_outputs(job: Record) -> Iterator[Part]:
    yield Part(job.spec["TransformOutput"]["S3OutputPath"], "DataSet")


FAMILIES: dict[str, Family] = {
    "TrainingJob": Family("-aws-training-job", _training_inputs, _training_outputs),
    "ProcessingJob": Family("-aws-processing-job", _processing_inputs, _processing_outputs),
    "TransformJob": Family("-aws-transform-job", _transform_inputs, _transform_outputs),
}
