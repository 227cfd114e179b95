"""What an execution of the pipeline came to, without names, times and marks: two that went alike are equal."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import Any

from tests.recovery.loop import definition
from tests.support.live import Live

Json = dict[str, Any]
_LOGS = {"Training": "TrainingJobs", "Processing": "ProcessingJobs", "Transform": "TransformJobs"}
_MARKS = "starts"  # a file with a mark for each start of the program; all other files are the same each time


class Picture:
    """Reads what there is of one execution."""

    def __init__(self, live: Live, arn: str) -> None:
        self._sm, self._s3, self._logs = (live.client(one) for one in ("sagemaker", "s3", "logs"))
        self._arn, self._id = arn, arn.rpartition("/")[2]
        self._prefix = f"runs/{self._id}/"

    def taken(self) -> Json:
        """Return all of it, once the execution has ended."""
        steps = self._steps()
        found = self._sm.describe_pipeline_execution(PipelineExecutionArn=self._arn)
        return {
            "status": (found["PipelineExecutionStatus"], found.get("FailureReason")),
            "steps": {name: self._step(step) for name, step in steps.items()},
            "tuning": self._tuning(steps.get("tune", {})),
            "jobs": {kind: self._jobs(kind) for kind in _LOGS},
            "models": len(self._sm.list_models(NameContains=self._id)["Models"]),
            "packages": self._packages(),
            "files": self._files(),
        }

    def _steps(self) -> dict[str, Json]:
        listed = self._sm.list_pipeline_execution_steps(PipelineExecutionArn=self._arn, MaxResults=100)
        steps = listed["PipelineExecutionSteps"]
        assert len({one["StepName"] for one in steps}) == len(steps), "a step is listed twice"
        return {one["StepName"]: one for one in steps}

    def _step(self, step: Json) -> tuple[str, int, list[str], str]:
        """Return status, attempts, what it created, and the outcome of a condition or why it failed."""
        metadata = step.get("Metadata", {})
        told = metadata.get("Condition", {}).get("Outcome", "") or step.get("FailureReason", "")
        return step["StepStatus"], step["AttemptCount"], sorted(metadata), told

    # the tuning job --------------------------------------------------------------------------------------------------
    def _tuning(self, step: Json) -> Json:
        if "TuningJob" not in step.get("Metadata", {}):
            return {}
        name = step["Metadata"]["TuningJob"]["Arn"].rpartition("/")[2]
        found = self._sm.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        listed = self._sm.list_training_jobs_for_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name, MaxResults=100
        )
        trials = listed["TrainingJobSummaries"]
        return {
            "status": found["HyperParameterTuningJobStatus"],
            "counters": (found["TrainingJobStatusCounters"], found["ObjectiveStatusCounters"]),
            "trials": sorted(_trial(one) for one in trials),
            "best": _trial(found["BestTrainingJob"]) if "BestTrainingJob" in found else (),
            "numbers": sorted(int(one["TrainingJobName"].split("-")[-2]) for one in trials),
        }

    # jobs ------------------------------------------------------------------------------------------------------------
    def _jobs(self, kind: str) -> list[tuple[str, str, str]]:
        """Return the jobs of a kind: status, why it failed, and what their programs logged. All of their names have the
        execution's id in them."""
        listed = getattr(self._sm, f"list_{kind.lower()}_jobs")(NameContains=self._id, MaxResults=100)
        names = [one[f"{kind}JobName"] for one in listed[f"{kind}JobSummaries"]]
        describe = getattr(self._sm, f"describe_{kind.lower()}_job")
        shown = [describe(**{f"{kind}JobName": name}) for name in names]
        return sorted(
            (one[f"{kind}JobStatus"], one.get("FailureReason", ""), self._said(kind, one[f"{kind}JobName"]))
            for one in shown
        )

    def _said(self, kind: str, job: str) -> str:
        """Return what a job's program logged, its mark told by a word. A second start would have another mark."""
        lines = [
            line for line in self._lines(f"/aws/sagemaker/{_LOGS[kind]}", job) if line.startswith("loop ")
        ]
        said = "; ".join(lines)
        for line in lines[:1]:
            said = said.replace(line.split()[-1], "MARK")
        return said

    def _lines(self, group: str, job: str) -> list[str]:
        page = {"logGroupName": group, "logStreamNamePrefix": f"{job}/"}
        streams = self._logs.describe_log_streams(**page)["logStreams"]
        events = [
            self._logs.get_log_events(
                logGroupName=group, logStreamName=one["logStreamName"], startFromHead=True
            )
            for one in streams
        ]
        return [event["message"] for found in events for event in found["events"]]

    # what was made ---------------------------------------------------------------------------------------------------
    def _packages(self) -> int:
        """Return how many versions were registered with a model of this execution."""
        listed = self._sm.list_model_packages(ModelPackageGroupName=definition.GROUP, MaxResults=100)
        arns = [one["ModelPackageArn"] for one in listed["ModelPackageSummaryList"]]
        shown = [self._sm.describe_model_package(ModelPackageName=arn) for arn in arns]
        urls = [one["InferenceSpecification"]["Containers"][0]["ModelDataUrl"] for one in shown]
        return sum(self._prefix in url for url in urls)

    def _files(self) -> list[tuple[str, str]]:
        """Return what lies in S3: where, less the names of jobs, and a digest."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket="data", Prefix=self._prefix)
        return sorted(self._file(one["Key"]) for page in pages for one in page.get("Contents", []))

    def _file(self, key: str) -> tuple[str, str]:
        body = self._s3.get_object(Bucket="data", Key=key)["Body"].read()
        place = key.removeprefix(self._prefix)
        if place.startswith("models/"):
            return "models/" + place.split("/", 2)[2], _archive(body)
        if place.endswith(f"/{_MARKS}"):
            return place, str(len(body.split()))
        return place, body.decode() if place.endswith(".json") else _digest(body)


def differences(one: Json, other: Json) -> list[str]:
    """Return where two pictures differ, a line for each."""
    found: list[str] = []
    for name in one.keys() | other.keys():
        mine, theirs = one.get(name), other.get(name)
        if isinstance(mine, dict) and isinstance(theirs, dict):
            found += [f"{name} {line}" for line in differences(mine, theirs)]
        elif mine != theirs:
            found.append(f"{name}: {mine} and not {theirs}")
    return found


def _trial(summary: Json) -> tuple[str, str, str, str]:
    """Return a point, the status of its training job, and its value or what is there in its place."""
    point, status = summary["TunedHyperParameters"], summary["TrainingJobStatus"]
    objective = summary.get("FinalHyperParameterTuningJobObjectiveMetric")
    value = str(objective["Value"]) if objective else summary.get("FailureReason", "no value")
    return point["a"], point["b"], status, value


def _archive(body: bytes) -> str:
    """Return a digest of each file of a model, and how many marks it has."""
    with tarfile.open(fileobj=io.BytesIO(body)) as packed:
        files = {one.name: packed.extractfile(one) for one in packed if one.isfile()}
        read = {name: file.read() if file else b"" for name, file in files.items()}
    told = {
        name: str(len(content.split())) if name == _MARKS else _digest(content)
        for name, content in read.items()
    }
    return json.dumps(told, sort_keys=True)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
