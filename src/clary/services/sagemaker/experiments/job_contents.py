"""What the trial component of a job shows of it: parameters, artifacts, status, times, metrics. Knows no store.

The names are those of recorded answers of AWS (sagemaker-python-sdk, tests/unit/sagemaker/core; sagemaker-experiments,
tests/integ; opendatadiscovery/odd-collector-aws)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from clary.plane import Record
from clary.services.sagemaker.metrics import summaries

Doc = dict[str, Any]
_LONGEST_TEXT, _LONGEST_MESSAGE, _LONGEST_VALUE = 2500, 1024, 2048


def parameter(value: Any) -> Doc:
    """Return a value as a parameter: a number where its text is one, as hyperparameters are texts."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    return {"NumberValue": number} if math.isfinite(number) else {"StringValue": str(value)[:_LONGEST_TEXT]}


def _artifact(uri: str, media_type: str | None = None) -> Doc:
    return {"Value": uri[:_LONGEST_VALUE], **({"MediaType": media_type} if media_type else {})}


def _machine(cluster: Mapping[str, Any]) -> Doc:
    names = ("InstanceCount", "InstanceType", "VolumeSizeInGB")
    return {f"SageMaker.{name}": parameter(cluster[name]) for name in names if name in cluster}


@dataclass(frozen=True, slots=True)
class Contents:
    """The contents of one kind of job. `name` ends the name of its component, `began` and `ended` are the members with its
    times, `message` is the sentence of its status."""

    suffix: str
    source_type: str
    began: str
    ended: str
    parameters: Callable[[Doc], Doc]
    inputs: Callable[[Doc], Doc]
    outputs: Callable[[Record], Doc]
    message: Callable[[Record], str]

    def name_of(self, job: str) -> str:
        """Return the name of the component of a job with this name."""
        return f"{job}-{self.suffix}"

    def given(self, job: Record) -> Doc:
        """Return what a job is asked for: the members that do not change any more."""
        return {"Parameters": self.parameters(job.spec), "InputArtifacts": self.inputs(job.spec)}

    def so_far(self, job: Record) -> Doc:
        """Return what became of a job so far."""
        times = {"StartTime": job.observed.get(self.began), "EndTime": job.observed.get(self.ended)}
        message = self.message(job)[:_LONGEST_MESSAGE]
        status = {"PrimaryStatus": _STATUSES.get(job.status, job.status), "Message": message}
        return {"Status": status, **{name: at for name, at in times.items() if at}}

    def metrics(self, job: Record) -> Doc:
        """Return the summaries of the metrics in a job's output."""
        return summaries.of_job(job.private.get("metrics", {}), job.arn)


_STATUSES = {"Deleting": "Stopped"}


# training ----------------------------------------------------------------------------------------------------------


def _training_parameters(spec: Doc) -> Doc:
    given = {name: parameter(value) for name, value in spec.get("HyperParameters", {}).items()}
    image = spec["AlgorithmSpecification"].get("TrainingImage")
    return {
        **given,
        **_machine(spec["ResourceConfig"]),
        **({"SageMaker.ImageUri": {"StringValue": image}} if image else {}),
    }


def _training_inputs(spec: Doc) -> Doc:
    image = spec["AlgorithmSpecification"].get("TrainingImage")
    channels = spec.get("InputDataConfig", [])
    return {
        **({"SageMaker.ImageUri": _artifact(image)} if image else {}),
        **{
            channel["ChannelName"]: _artifact(source["S3Uri"], channel.get("ContentType"))
            for channel in channels
            if (source := channel["DataSource"].get("S3DataSource"))
        },
    }


def _training_outputs(job: Record) -> Doc:
    model = job.observed.get("ModelArtifacts", {}).get("S3ModelArtifacts")
    hook = job.spec.get("DebugHookConfig", {}).get("S3OutputPath")
    return {
        **({"SageMaker.DebugHookOutput": _artifact(hook)} if hook else {}),
        **({"SageMaker.ModelArtifact": _artifact(model)} if model else {}),
    }


def _training_message(job: Record) -> str:
    secondary, reason = job.observed.get("SecondaryStatus", ""), job.observed.get("FailureReason") or ""
    return f"Status: {job.status}, secondary status: {secondary}, failure reason: {reason}."


# processing --------------------------------------------------------------------------------------------------------


def _processing_inputs(spec: Doc) -> Doc:
    return {
        "SageMaker.ImageUri": _artifact(spec["AppSpecification"]["ImageUri"]),
        **dict(_places(spec.get("ProcessingInputs", []), "InputName", "S3Input")),
    }


def _processing_outputs(job: Record) -> Doc:
    outputs = job.spec.get("ProcessingOutputConfig", {}).get("Outputs", [])
    return dict(_places(outputs, "OutputName", "S3Output"))


def _places(items: list[Doc], name: str, place: str) -> Iterator[tuple[str, Doc]]:
    for item in items:
        if uri := item.get(place, {}).get("S3Uri"):
            yield item[name], _artifact(uri)


def _processing_message(job: Record) -> str:
    message, reason = job.observed.get("ExitMessage"), job.observed.get("FailureReason")
    return f"Status: {job.status}, exit message: {message or 'null'}, failure reason: {reason or 'null'}"


# transform ---------------------------------------------------------------------------------------------------------


def _transform_parameters(spec: Doc) -> Doc:
    return {**_machine(spec["TransformResources"]), "SageMaker.ModelName": {"StringValue": spec["ModelName"]}}


def _transform_inputs(spec: Doc) -> Doc:
    given = spec["TransformInput"]
    uri = given["DataSource"]["S3DataSource"]["S3Uri"]
    return {"SageMaker.TransformInput": _artifact(uri, given.get("ContentType"))}


def _transform_outputs(job: Record) -> Doc:
    given = job.spec["TransformOutput"]
    return {"SageMaker.TransformOutput": _artifact(given["S3OutputPath"], given.get("Accept"))}


def _transform_message(job: Record) -> str:
    return f"Status: {job.status}, failure reason: {job.observed.get('FailureReason') or 'null'}"


OF_NOUN = {
    "TrainingJob": Contents(
        "aws-training-job",
        "SageMakerTrainingJob",
        "TrainingStartTime",
        "TrainingEndTime",
        _training_parameters,
        _training_inputs,
        _training_outputs,
        _training_message,
    ),
    "ProcessingJob": Contents(
        "aws-processing-job",
        "SageMakerProcessingJob",
        "ProcessingStartTime",
        "ProcessingEndTime",
        lambda spec: _machine(spec["ProcessingResources"]["ClusterConfig"]),
        _processing_inputs,
        _processing_outputs,
        _processing_message,
    ),
    "TransformJob": Contents(
        "aws-transform-job",
        "SageMakerTransformJob",
        "TransformStartTime",
        "TransformEndTime",
        _transform_parameters,
        _transform_inputs,
        _transform_outputs,
        _transform_message,
    ),
}
