"""The demo's last steps: a baseline by Model Monitor, traffic with drift, and a schedule that detects it."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from clary.cli.demo.cloud import POLL, Cloud, finished, wait
from clary.cli.demo.journey import Progress, StepFailed, counted
from clary.cli.demo.preparing import LOG_GROUP, Prepared, file_input, file_output, resources, run_processing
from clary.cli.demo.report import ColumnDrift, Violation, column_drift
from clary.cli.demo.serving import Served, invoke

IMAGE = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
# Where Model Monitor publishes its results (developer guide, "CloudWatch Metrics").
NAMESPACE = "aws/sagemaker/Endpoints/data-metrics"
_ROOT = "/opt/ml/processing"
_SPREADS = 3.0
_LINES_AT_ONCE = 20
_CAPTURE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Monitored:
    """The violations, the columns with drift, and the distance of each column from its baseline."""

    violations: tuple[Violation, ...]
    moved: tuple[str, ...]
    drifts: tuple[ColumnDrift, ...]


def suggest_baseline(cloud: Cloud, progress: Progress) -> None:
    """Have Model Monitor suggest statistics and constraints from the training data."""
    job = cloud.name("baseline")
    cloud.sagemaker.create_processing_job(
        ProcessingJobName=job,
        RoleArn=cloud.role,
        AppSpecification={"ImageUri": IMAGE},
        Environment={
            "dataset_format": json.dumps({"csv": {"header": True}}),
            "dataset_source": f"{_ROOT}/input/baseline_dataset_input",
            "output_path": f"{_ROOT}/output",
            "publish_cloudwatch_metrics": "Disabled",
        },
        ProcessingInputs=[
            file_input(
                "baseline_dataset_input", cloud.uri("baseline"), f"{_ROOT}/input/baseline_dataset_input"
            )
        ],
        ProcessingOutputConfig={
            "Outputs": [file_output("monitoring_output", cloud.uri("monitor"), f"{_ROOT}/output")]
        },
        ProcessingResources=resources(),
    )
    run_processing(cloud, job, progress)
    features = json.loads(cloud.get(cloud.uri("monitor", "constraints.json")))["features"]
    progress.detail = f"statistics and constraints of {counted(len(features), 'column')}"


def send_moved_traffic(cloud: Cloud, data: Prepared, served: Served, progress: Progress) -> tuple[str, ...]:
    """Send the test rows again with drift: half of the continuous columns shifted by three spreads. Return
    their names.

    Send twice as many rows as the endpoint has seen, so that the drift is not a matter of chance.
    """
    moved = data.continuous[: math.ceil(len(data.continuous) / 2)] or data.columns[:1]
    shifts = {data.columns.index(name): _SPREADS * (data.spread[name] or 1.0) for name in moved}
    rows = [shifted(line, shifts) for line in (*data.test, *data.test)]
    for start in range(0, len(rows), _LINES_AT_ONCE):
        invoke(cloud, rows[start : start + _LINES_AT_ONCE])
        progress.tell(f"{progress.screen.bar(start, len(rows))} {start}/{len(rows)} rows")
    _wait_for_capture(cloud, len(rows) + served.rows, progress)
    progress.detail = f"{len(rows):,} rows with {', '.join(moved[:3])}{' …' if len(moved) > 3 else ''} moved"
    return moved


def shifted(line: str, shifts: dict[int, float]) -> str:
    """Return a CSV line with some of its numbers shifted; a missing one stays missing."""
    fields = line.split(",")
    for place, shift in shifts.items():
        if fields[place]:
            fields[place] = repr(float(fields[place]) + shift)
    return ",".join(fields)


def _wait_for_capture(cloud: Cloud, rows: int, progress: Progress) -> None:
    """Wait until every row that was sent is captured in S3, and lies in the past.

    Capture files are written in the background. inferenceTime has whole seconds, and an analysis reads what
    lies before its own end.
    """
    deadline = time.monotonic() + _CAPTURE_SECONDS
    while True:
        seen, last = captured_rows(cloud)
        if seen >= rows and datetime.now(UTC) >= last + timedelta(seconds=1):
            return
        if time.monotonic() > deadline:
            raise StepFailed(f"{seen} of {rows} rows were captured in {_CAPTURE_SECONDS:.0f} s")
        progress.tell(f"{seen} rows captured")
        time.sleep(POLL)


def captured_rows(cloud: Cloud) -> tuple[int, datetime]:
    """Return how many rows of requests the capture files contain, and the time of the last one."""
    root = cloud.uri("capture", cloud.name("endpoint"), "")
    records = [json.loads(line) for key in cloud.keys(root) for line in cloud.get(key).splitlines() if line]
    rows = sum(len(record["captureData"]["endpointInput"]["data"].splitlines()) for record in records)
    times = [datetime.fromisoformat(record["eventMetadata"]["inferenceTime"]) for record in records]
    return rows, max(times, default=datetime.now(UTC))


def monitor(cloud: Cloud, moved: tuple[str, ...], progress: Progress) -> Monitored:
    """Schedule the monitor for now, wait for its execution, and return its results."""
    _schedule(cloud)
    execution = _execution(cloud, progress)
    job = execution["ProcessingJobArn"].rpartition("/")[2]
    found = cloud.sagemaker.describe_processing_job(ProcessingJobName=job)
    output = found["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"].rstrip("/")
    violations = [
        Violation(item["feature_name"], item["constraint_check_type"], item["description"])
        for item in json.loads(cloud.get(f"{output}/constraint_violations.json"))["violations"]
    ]
    drifted = {item.feature for item in violations if item.check == "baseline_drift_check"}
    if not drifted & set(moved):
        raise StepFailed(
            f"the monitor did not find the drift of {', '.join(moved)}", f"CloudWatch Logs, group {LOG_GROUP}"
        )
    progress.detail = f"{counted(len(violations), 'violation')}; drift in {counted(len(drifted), 'column')}"
    return Monitored(tuple(violations), moved, _drifts(cloud, output))


def _schedule(cloud: Cloud) -> None:
    definition = cloud.name("quality")
    cloud.sagemaker.create_data_quality_job_definition(
        JobDefinitionName=definition,
        RoleArn=cloud.role,
        DataQualityBaselineConfig={
            "StatisticsResource": {"S3Uri": cloud.uri("monitor", "statistics.json")},
            "ConstraintsResource": {"S3Uri": cloud.uri("monitor", "constraints.json")},
        },
        DataQualityAppSpecification={
            "ImageUri": IMAGE,
            "Environment": {"publish_cloudwatch_metrics": "Enabled"},
        },
        DataQualityJobInput={
            "EndpointInput": {"EndpointName": cloud.name("endpoint"), "LocalPath": f"{_ROOT}/input/endpoint"}
        },
        DataQualityJobOutputConfig={
            "MonitoringOutputs": [
                {"S3Output": {"S3Uri": cloud.uri("reports"), "LocalPath": f"{_ROOT}/output"}}
            ]
        },
        JobResources=resources(),
    )
    cloud.sagemaker.create_monitoring_schedule(
        MonitoringScheduleName=cloud.name("schedule"),
        MonitoringScheduleConfig={
            "ScheduleConfig": {
                "ScheduleExpression": "NOW",
                "DataAnalysisStartTime": "-PT1H",
                "DataAnalysisEndTime": "-PT0H",
            },
            "MonitoringJobDefinitionName": definition,
            "MonitoringType": "DataQuality",
        },
    )


def _execution(cloud: Cloud, progress: Progress) -> dict[str, Any]:
    """Return the schedule's execution when it has ended."""
    status = "MonitoringExecutionStatus"

    def look() -> dict[str, Any]:
        found = cloud.sagemaker.list_monitoring_executions(MonitoringScheduleName=cloud.name("schedule"))
        return next(iter(found["MonitoringExecutionSummaries"]), {status: "Pending"})

    tell: Callable[[dict[str, Any]], None] = lambda seen: progress.tell(seen[status])  # noqa: E731
    found = wait(look, status, tell, ("Completed",))
    return finished(cloud, found, status, LOG_GROUP, found.get("ProcessingJobArn", "").rpartition("/")[2])


def _drifts(cloud: Cloud, output: str) -> tuple[ColumnDrift, ...]:
    """Return each column's two distributions, with the distance that the monitor published as a metric."""
    before, after = (
        {item["name"]: item for item in json.loads(cloud.get(uri))["features"]}
        for uri in (cloud.uri("monitor", "statistics.json"), f"{output}/statistics.json")
    )
    constraints = json.loads(cloud.get(cloud.uri("monitor", "constraints.json")))
    threshold = constraints["monitoring_config"]["distribution_constraints"]["comparison_threshold"]
    both = [name for name in before if name in after]
    distances = published_distances(cloud, both)
    made = [
        column_drift(name, before[name], after[name], distances[name], threshold)
        for name in both
        if name in distances
    ]
    return tuple(drift for drift in made if drift)


def published_distances(cloud: Cloud, names: list[str]) -> dict[str, float]:
    """Return the metric feature_baseline_drift_COLUMN of each column."""
    dimensions = [
        {"Name": "Endpoint", "Value": cloud.name("endpoint")},
        {"Name": "MonitoringSchedule", "Value": cloud.name("schedule")},
    ]
    now, found = datetime.now(UTC), {}
    for start in range(0, len(names), 500):  # a GetMetricData call takes 500 queries
        part = names[start : start + 500]
        queries = [
            {
                "Id": f"m{n}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": NAMESPACE,
                        "MetricName": f"feature_baseline_drift_{name}",
                        "Dimensions": dimensions,
                    },
                    "Period": 60,
                    "Stat": "Maximum",
                },
            }
            for n, name in enumerate(part)
        ]
        answer = cloud.cloudwatch.get_metric_data(
            MetricDataQueries=queries, StartTime=now - timedelta(hours=3), EndTime=now + timedelta(hours=1)
        )
        found |= {
            part[int(item["Id"][1:])]: item["Values"][0]
            for item in answer["MetricDataResults"]
            if item["Values"]
        }
    return found
