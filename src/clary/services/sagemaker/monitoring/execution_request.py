"""The request for the processing job that is an execution of a monitoring schedule.

The variables are the contract of the analyser
(https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-contract-inputs.html).
"""

from __future__ import annotations

import hashlib
import json
import math
from datetime import UTC, datetime
from typing import Any

from clary.kernel.errors import validation
from clary.plane import Record, World
from clary.services.sagemaker.hosting import traffic
from clary.services.sagemaker.monitoring import timing
from clary.services.sagemaker.monitoring.executions import MARK, PREFIX
from clary.workloads.s3_data import has_objects

_INPUT = "/opt/ml/processing/input/endpoint"
_BASELINE = "/opt/ml/processing/baseline"
_OUTPUT = "/opt/ml/processing/output"


def request_of(record: Record, world: World, at: float) -> dict[str, Any]:
    """Return the CreateProcessingJob request of the execution for a moment of business time.

    Data that was captured in its window of business time is dated by the machine's clock, as everything is. So the window
    that the program is given, and the metrics that it publishes, are in the machine's time too.
    """
    definition = record.private["definition"]
    source = definition["MonitoringInputs"][0]["EndpointInput"]
    when = record.spec["MonitoringScheduleConfig"].get("ScheduleConfig", {})
    begin, end = (world.business.timeline.machine(moment) for moment in timing.window(when, at))
    captured = _captured_inputs(world, definition["RoleArn"], source, begin, end)
    request: dict[str, Any] = {
        "ProcessingJobName": _name(record, at),
        "AppSpecification": _application(definition["MonitoringAppSpecification"]),
        "Environment": environment(record, definition, begin, end),
        "ProcessingInputs": [*captured, *_baseline_inputs(definition)],
        "ProcessingOutputConfig": _outputs(record, definition, source["EndpointName"], at),
        "ProcessingResources": {"ClusterConfig": definition["MonitoringResources"]["ClusterConfig"]},
        "StoppingCondition": definition.get("StoppingCondition") or {"MaxRuntimeInSeconds": 3600},
        "RoleArn": definition["RoleArn"],
    }
    if definition.get("NetworkConfig"):
        request["NetworkConfig"] = definition["NetworkConfig"]
    return request


def _name(record: Record, at: float) -> str:
    """Return the same name for the same schedule and moment, so that a repeated request is refused as a duplicate."""
    digest = hashlib.sha256(f"{record.arn}/{record.created}/{at}".encode()).hexdigest()[:24]
    return f"{PREFIX}{datetime.fromtimestamp(at, UTC):%Y%m%d%H%M}-{digest}"


def _captured_inputs(
    world: World, role: str, source: dict[str, Any], begin: float, end: float
) -> list[dict[str, Any]]:
    """Return an input for each hour and variant that has captured data. Where none has any, the last one is asked for:
    the execution then fails in AWS's words."""
    endpoint = source["EndpointName"]
    capture, variants = _captured(world, endpoint)
    folders = [f"{variant}/{hour}" for variant in variants for hour in timing.hour_folders(begin, end)]
    root = f"{capture.rstrip('/')}/{endpoint}"
    filled = [one for one in folders if has_objects(world, role, f"{root}/{one}/")] or folders[-1:]
    local = f"{source.get('LocalPath', _INPUT)}/{endpoint}"
    spread = source.get("S3DataDistributionType", "FullyReplicated")
    return [
        _input(f"input_{n}", f"{root}/{folder}/", f"{local}/{folder}", spread)
        for n, folder in enumerate(filled, 1)
    ]


def _outputs(record: Record, definition: dict[str, Any], endpoint: str, at: float) -> dict[str, Any]:
    key = definition["MonitoringOutputConfig"].get("KmsKeyId")
    outputs = {"Outputs": [_output(record, definition, endpoint, at)]}
    return {**outputs, "KmsKeyId": key} if key else outputs


def _output(record: Record, definition: dict[str, Any], endpoint: str, at: float) -> dict[str, Any]:
    output = definition["MonitoringOutputConfig"]["MonitoringOutputs"][0]["S3Output"]
    hour = f"{datetime.fromtimestamp(at, UTC):%Y/%m/%d/%H}"
    target = {
        "S3Uri": f"{output['S3Uri'].rstrip('/')}/{endpoint}/{record.id}/{hour}",
        "LocalPath": output.get("LocalPath", _OUTPUT),
        "S3UploadMode": output.get("S3UploadMode", "EndOfJob"),
    }
    return {"OutputName": "monitoring_output", "S3Output": target}


def environment(record: Record, definition: dict[str, Any], begin: float, end: float) -> dict[str, str]:
    """Return the variables of the analyser's contract."""
    source = definition["MonitoringInputs"][0]["EndpointInput"]
    baseline = definition.get("BaselineConfig") or {}
    application = definition["MonitoringAppSpecification"]
    variables = {
        "dataset_format": json.dumps(
            {"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}}
        ),
        "dataset_source": source.get("LocalPath", _INPUT),
        "output_path": _OUTPUT,
        "publish_cloudwatch_metrics": "Disabled",
        "sagemaker_endpoint_name": source["EndpointName"],
        MARK: record.id,
        "start_time": _iso(begin),
        # The analyser's end is exclusive, and times of records are whole seconds: a second that has begun belongs to
        # this execution. At the full hour the next one begins.
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


def _input(name: str, uri: str, path: str, spread: str = "FullyReplicated") -> dict[str, Any]:
    source = {
        "S3Uri": uri,
        "LocalPath": path,
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
        "S3DataDistributionType": spread,
    }
    return {"InputName": name, "S3Input": source}


def _captured(world: World, endpoint_name: str) -> tuple[str, list[str]]:
    """Return where an endpoint's captured data is stored, and the names of its variants."""
    endpoint = world.get(traffic.ENDPOINT, endpoint_name)
    capture = traffic.planned_capture(endpoint) if endpoint else None
    if endpoint is None or not capture:
        raise validation(f"Endpoint {endpoint_name} has no data capture.")
    return capture["DestinationS3Uri"], traffic.planned_variants(endpoint)


def _base(resource: dict[str, str]) -> str:
    return resource["S3Uri"].rsplit("/", 1)[-1]


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
