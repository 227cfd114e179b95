"""What the functions of a definition read in an execution: parameters, results of steps, JSON in S3."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.plane import Record, World
from clary.services.sagemaker.pipelines.definition import JSON
from clary.services.sagemaker.pipelines.executions import names, results
from clary.services.sagemaker.pipelines.executions.noun import STEP, step_id
from clary.services.sagemaker.pipelines.executions.plan import Plan
from clary.workloads import s3_data

# A property file is read by the controllers, so it must not be large.
MOST_BYTES = 2 * 1024 * 1024


class StepValues:
    """What one step of an execution may read. Each result is read once."""

    def __init__(self, world: World, execution: Record, plan: Plan, name: str, record: Record) -> None:
        self._world = world
        self._execution = execution
        self._plan = plan
        self._name = name
        self._record = record
        self._steps: dict[str, Mapping[str, JSON]] = {}
        self._documents: dict[str, JSON] = {}

    def parameter(self, name: str) -> Any:
        return self._execution.private["parameters"][name]

    def execution(self, name: str) -> str:
        return execution_values(self._execution, self._record.created)[name] if name in _SAID else self._job()

    def _job(self) -> str:
        attempt = int(self._record.observed.get("AttemptCount", 1))
        return names.child(self._execution, self._name, attempt)

    def experiment(self, name: str) -> str:
        return self._execution.observed["PipelineExperimentConfig"][name]

    def step(self, name: str) -> Mapping[str, JSON]:
        """Return what a step shows. Raise ValidationException for one that has no results."""
        if name not in self._steps:
            record = self._world.get(STEP.kind, step_id(self._execution, name))
            if record is None or record.status != "Succeeded":
                raise validation(f"Step {name} has no results in this execution.")
            self._steps[name] = self._results(name, record)
        return self._steps[name]

    def _results(self, name: str, record: Record) -> Mapping[str, JSON]:
        try:
            return results.of(self._describe, self._plan.steps[name].type, record)
        except AwsError as error:
            if not error.senders_fault:
                raise
            made = record.private.get("begun") or name
            raise validation(f"The results of step {name} ({made}) cannot be read: {error.message}") from None

    def property_file(self, step: str, file: str) -> JSON:
        """Return the content of a property file, which is below the output that the step's job has written."""
        wanted = next(one for one in self._plan.steps[step].property_files if one.name == file)
        outputs = self.step(step).get("ProcessingOutputConfig", {}).get("Outputs", [])
        target = next((one for one in outputs if one["OutputName"] == wanted.output), None)
        if target is None:
            raise validation(f"Step {step} has no output {wanted.output}, in which property file {file} is.")
        return self.s3_json(f"{target['S3Output']['S3Uri'].rstrip('/')}/{wanted.path.lstrip('/')}")

    def s3_json(self, uri: str) -> JSON:
        """Return the content of a JSON object, read as the execution's role."""
        if uri not in self._documents:
            self._documents[uri] = self._read(uri)
        return self._documents[uri]

    def _describe(self, operation: str, request: Mapping[str, Any]) -> Mapping[str, JSON]:
        return self.call("sagemaker", operation, request)

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Call an operation as the execution's role, in a session that is named as AWS names it."""
        session = f"sagemaker-pipeline-{names.short_id(self._execution)}-{self._name}"
        role = self._execution.private["role"]
        return self._world.call(service, operation, request, role=role, session=session)

    def _read(self, uri: str) -> JSON:
        bucket, key = s3_data.split(uri)
        place = {"Bucket": bucket, "Key": key}
        try:
            size = self.call("s3", "HeadObject", place)["ContentLength"]
            if size > MOST_BYTES:
                raise validation(f"{uri} has {size} bytes; a property file may have {MOST_BYTES}.")
            body = self.call("s3", "GetObject", place)["Body"]
        except AwsError as error:
            if not error.senders_fault:
                raise
            raise validation(f"{uri} cannot be read: {error.message or error.code}") from None
        return _parsed(body, uri)


_SAID = (
    *("StartDateTime", "CurrentDateTime", "PipelineName", "PipelineArn"),
    *("PipelineExecutionId", "PipelineExecutionArn"),
)


def execution_values(execution: Record, moment: float) -> Mapping[str, str]:
    """Return what `Execution.…` reads. CurrentDateTime is the moment at which the step began, so that a repeated attempt
    asks for the same."""
    return {
        "StartDateTime": _iso(execution.created),
        "CurrentDateTime": _iso(moment),
        "PipelineName": execution.id.partition("/")[0],
        "PipelineArn": execution.arn.partition("/execution/")[0],
        "PipelineExecutionId": names.short_id(execution),
        "PipelineExecutionArn": execution.arn,
    }


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _parsed(body: bytes, uri: str) -> JSON:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise validation(f"{uri} is not a JSON document.") from None
