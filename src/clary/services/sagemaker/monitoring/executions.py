"""Monitoring executions: the processing jobs that a schedule starts, and what they found."""

from __future__ import annotations

import hashlib
import json
import math
from datetime import UTC, datetime
from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.plane import Context, Query, Record, World
from clary.plane.signals import DUE
from clary.services.sagemaker.hosting import traffic
from clary.services.sagemaker.monitoring import timing
from clary.services.sagemaker.service import sagemaker
from clary.store.api import Tx
from clary.workloads.s3_data import has_objects

# The variable of the analyser's contract by which a processing job is known as an execution.
MARK = "sagemaker_monitoring_schedule_name"
_PREFIX = "model-monitoring-"
_INPUT = "/opt/ml/processing/input/endpoint"
_BASELINE = "/opt/ml/processing/baseline"
_OUTPUT = "/opt/ml/processing/output"


def inline(doc: dict[str, Any]) -> dict[str, Any]:
    """A data-quality job definition in the form that a schedule's own definition has."""
    application, baseline = doc["DataQualityAppSpecification"], doc.get("DataQualityBaselineConfig", {})
    return {
        "BaselineConfig": baseline,
        "MonitoringInputs": [{"EndpointInput": doc["DataQualityJobInput"]["EndpointInput"]}],
        "MonitoringOutputConfig": doc["DataQualityJobOutputConfig"],
        "MonitoringResources": doc["JobResources"],
        "MonitoringAppSpecification": application,
        "Environment": application.get("Environment", {}),
        "StoppingCondition": doc.get("StoppingCondition", {"MaxRuntimeInSeconds": 3600}),
        "NetworkConfig": doc.get("NetworkConfig"),
        "RoleArn": doc["RoleArn"],
    }


def start(record: Record, world: World, at: float) -> None:
    """Start the execution of a schedule for a moment of business time; a second call for the same starts nothing."""
    request = request_of(record, world, at)
    try:
        world.call("sagemaker", "CreateProcessingJob", request)
    except AwsError as error:
        if error.code != "ResourceInUse":
            raise
    world.platform.signals.notify(DUE)


def request_of(record: Record, world: World, at: float) -> dict[str, Any]:
    """The processing job of an execution. What was captured in its window of business time is dated, as everything is, by
    the machine's clock; so are the window that it is told and the metrics that it makes."""
    definition = record.private["definition"]
    source = definition["MonitoringInputs"][0]["EndpointInput"]
    capture, variants = _captured(record, world, source["EndpointName"])
    when = record.spec["MonitoringScheduleConfig"].get("ScheduleConfig", {})
    begin, end = (world.business.timeline.machine(moment) for moment in timing.window(when, at))
    folders = [f"{variant}/{hour}" for variant in variants for hour in timing.hour_folders(begin, end)]
    root = f"{capture.rstrip('/')}/{source['EndpointName']}"
    role = definition["RoleArn"]
    filled = [one for one in folders if has_objects(world, role, f"{root}/{one}/")] or folders[-1:]
    local = source.get("LocalPath", _INPUT)
    inputs = [
        _input(
            f"input_{n}", f"{root}/{folder}/", f"{local}/{source['EndpointName']}/{folder}", _spread(source)
        )
        for n, folder in enumerate(filled, 1)
    ]
    moment = datetime.fromtimestamp(at, UTC)
    digest = hashlib.sha256(f"{record.arn}/{record.created}/{at}".encode()).hexdigest()[:24]
    output = definition["MonitoringOutputConfig"]["MonitoringOutputs"][0]["S3Output"]
    target = f"{output['S3Uri'].rstrip('/')}/{source['EndpointName']}/{record.id}/{moment:%Y/%m/%d/%H}"
    request: dict[str, Any] = {
        "ProcessingJobName": f"{_PREFIX}{moment:%Y%m%d%H%M}-{digest}",
        "AppSpecification": _application(definition["MonitoringAppSpecification"]),
        "Environment": environment(record, definition, source, begin, end, local),
        "ProcessingInputs": [*inputs, *_baseline_inputs(definition)],
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": "monitoring_output",
                    "S3Output": {
                        "S3Uri": target,
                        "LocalPath": output.get("LocalPath", _OUTPUT),
                        "S3UploadMode": output.get("S3UploadMode", "EndOfJob"),
                    },
                }
            ]
        },
        "ProcessingResources": {"ClusterConfig": definition["MonitoringResources"]["ClusterConfig"]},
        "StoppingCondition": definition.get("StoppingCondition") or {"MaxRuntimeInSeconds": 3600},
        "RoleArn": role,
    }
    if definition.get("NetworkConfig"):
        request["NetworkConfig"] = definition["NetworkConfig"]
    return request


def environment(
    record: Record, definition: dict[str, Any], source: dict[str, Any], begin: float, end: float, local: str
) -> dict[str, str]:
    """The variables of the analyser's contract."""
    baseline = definition.get("BaselineConfig") or {}
    application = definition["MonitoringAppSpecification"]
    variables = {
        "dataset_format": json.dumps(
            {"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}}
        ),
        "dataset_source": local,
        "output_path": _OUTPUT,
        "publish_cloudwatch_metrics": "Disabled",
        "sagemaker_endpoint_name": source["EndpointName"],
        MARK: record.id,
        "start_time": _iso(begin),
        # The analyser's end is exclusive and its records tell whole seconds: a second that has begun belongs to it,
        # while the full hour is where the next execution begins.
        "end_time": _iso(math.ceil(end)),
    }
    if baseline.get("ConstraintsResource"):
        variables["baseline_constraints"] = (
            f"{_BASELINE}/constraints/{_base(baseline['ConstraintsResource'])}"
        )
    if baseline.get("StatisticsResource"):
        variables["baseline_statistics"] = f"{_BASELINE}/stats/{_base(baseline['StatisticsResource'])}"
    for member, variable in _SCRIPTS.items():
        if application.get(member):
            variables[variable] = (
                f"/opt/ml/processing/code/{variable}/{application[member].rsplit('/', 1)[-1]}"
            )
    return variables | (definition.get("Environment") or {})


_SCRIPTS = {
    "RecordPreprocessorSourceUri": "record_preprocessor_script",
    "PostAnalyticsProcessorSourceUri": "post_analytics_processor_script",
}


def _baseline_inputs(definition: dict[str, Any]) -> list[dict[str, Any]]:
    baseline = definition.get("BaselineConfig") or {}
    inputs = []
    if baseline.get("ConstraintsResource"):
        inputs.append(
            _input("constraints", baseline["ConstraintsResource"]["S3Uri"], f"{_BASELINE}/constraints")
        )
    if baseline.get("StatisticsResource"):
        inputs.append(_input("baseline", baseline["StatisticsResource"]["S3Uri"], f"{_BASELINE}/stats"))
    application = definition["MonitoringAppSpecification"]
    for member, variable in _SCRIPTS.items():
        if application.get(member):
            inputs.append(_input(variable, application[member], f"/opt/ml/processing/code/{variable}"))
    return inputs


def _application(application: dict[str, Any]) -> dict[str, Any]:
    members = ("ImageUri", "ContainerEntrypoint", "ContainerArguments")
    return {name: application[name] for name in members if application.get(name)}


def _spread(source: dict[str, Any]) -> str:
    return source.get("S3DataDistributionType", "FullyReplicated")


def _input(name: str, uri: str, path: str, spread: str = "FullyReplicated") -> dict[str, Any]:
    source = {
        "S3Uri": uri,
        "LocalPath": path,
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
        "S3DataDistributionType": spread,
    }
    return {"InputName": name, "S3Input": source}


def _captured(record: Record, world: World, endpoint_name: str) -> tuple[str, list[str]]:
    """Where an endpoint's captured data lies, and the names of its variants."""
    endpoint = world.get(traffic.ENDPOINT, endpoint_name)
    capture = traffic.planned_capture(endpoint) if endpoint else None
    if endpoint is None or not capture:
        raise validation(f"Endpoint {endpoint_name} has no data capture.")
    return capture["DestinationS3Uri"], traffic.planned_variants(endpoint)


def of(tx: Tx, scope: str, schedule_name: str | None, limit: int = 10_000) -> list[Record]:
    """The executions of a schedule, the latest first."""
    where = (
        [(f"doc.spec.Environment.{MARK}", "=", schedule_name)]
        if schedule_name
        else [("id", "contains", _PREFIX)]
    )
    found = tx.list(
        sagemaker.kind("ProcessingJob"),
        scope,
        Query(where=where, order="created", descending=True, limit=limit),
    )
    return [job for job in found if job.id.startswith(_PREFIX) and MARK in job.spec.get("Environment", {})]


def status_of(job: Record) -> str:
    """MonitoringExecutionStatus from the job's own state and exit message."""
    if job.status == "Completed":
        violated = job.observed.get("ExitMessage", "").startswith("CompletedWithViolations")
        return "CompletedWithViolations" if violated else "Completed"
    return job.status


def _scheduled(job: Record) -> float:
    """The minute for which an execution was started stands in its name."""
    try:
        return datetime.strptime(job.id.split("-")[2], "%Y%m%d%H%M").replace(tzinfo=UTC).timestamp()
    except ValueError:  # a job of the user's own that carries a schedule's name
        return job.created


def summary(job: Record, owner: Record | None = None) -> dict[str, Any]:
    """A MonitoringExecutionSummary."""
    variables = job.spec.get("Environment", {})
    shown: dict[str, Any] = {
        "MonitoringScheduleName": variables[MARK],
        "ScheduledTime": _scheduled(job),
        "CreationTime": job.created,
        "LastModifiedTime": job.modified,
        "MonitoringExecutionStatus": status_of(job),
        "ProcessingJobArn": job.arn,
        "EndpointName": variables.get("sagemaker_endpoint_name"),
        "FailureReason": job.observed.get("FailureReason"),
        "MonitoringType": "DataQuality",
    }
    if owner:
        shown["MonitoringJobDefinitionName"] = owner.observed.get("MonitoringJobDefinitionName")
    return shown


def matching(ctx: Context, params: dict[str, Any]) -> list[dict[str, Any]]:
    """Summaries for ListMonitoringExecutions."""
    jobs = of(ctx.tx, ctx.scope, params.get("MonitoringScheduleName"))
    names = {job.spec["Environment"][MARK] for job in jobs}
    owners = {name: ctx.tx.get(sagemaker.kind("MonitoringSchedule"), ctx.scope, name) for name in names}
    found = [summary(job, owners[job.spec["Environment"][MARK]]) for job in jobs]
    tests = {
        "EndpointName": lambda s, v: s["EndpointName"] == v,
        "MonitoringJobDefinitionName": lambda s, v: s.get("MonitoringJobDefinitionName") == v,
        "StatusEquals": lambda s, v: s["MonitoringExecutionStatus"] == v,
        "MonitoringTypeEquals": lambda s, v: s["MonitoringType"] == v,
        "ScheduledTimeBefore": lambda s, v: s["ScheduledTime"] < v,
        "ScheduledTimeAfter": lambda s, v: s["ScheduledTime"] > v,
        "CreationTimeBefore": lambda s, v: s["CreationTime"] < v,
        "CreationTimeAfter": lambda s, v: s["CreationTime"] > v,
        "LastModifiedTimeBefore": lambda s, v: s["LastModifiedTime"] < v,
        "LastModifiedTimeAfter": lambda s, v: s["LastModifiedTime"] > v,
    }
    for member, test in tests.items():
        if member in params:
            found = [entry for entry in found if test(entry, params[member])]
    order = {"Status": "MonitoringExecutionStatus", "ScheduledTime": "ScheduledTime"}.get(
        params.get("SortBy", "CreationTime"), "CreationTime"
    )
    return sorted(
        found, key=lambda entry: entry[order], reverse=params.get("SortOrder", "Descending") == "Descending"
    )


def _base(resource: dict[str, str]) -> str:
    return resource["S3Uri"].rsplit("/", 1)[-1]


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
