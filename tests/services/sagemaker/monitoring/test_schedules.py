"""Data-quality monitoring: definitions, schedules, the executions they start, and their summaries."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from tests.services.sagemaker.farm import Farm, make_config
from tests.support.images import ANALYSER
from tests.support.sagemaker_requests import processing_request
from tests.support.turns import turn

HOUR = 3600.0
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://bucket/captured",
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
}


def definition(role: str, **changes: Any) -> dict[str, Any]:
    output = {"S3Uri": "s3://bucket/reports", "LocalPath": "/opt/ml/processing/output"}
    return {
        "JobDefinitionName": "d",
        "RoleArn": role,
        "DataQualityAppSpecification": {"ImageUri": ANALYSER, "Environment": {"own": "1"}},
        "DataQualityBaselineConfig": {
            "ConstraintsResource": {"S3Uri": "s3://bucket/base/constraints.json"},
            "StatisticsResource": {"S3Uri": "s3://bucket/base/statistics.json"},
        },
        "DataQualityJobInput": {
            "EndpointInput": {"EndpointName": "e", "LocalPath": "/opt/ml/processing/input/endpoint"}
        },
        "DataQualityJobOutputConfig": {
            "KmsKeyId": "alias/reports",
            "MonitoringOutputs": [{"S3Output": output}],
        },
        "JobResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}
        },
        **changes,
    }


def configured(expression: str = "cron(0 * ? * * *)", **timing: str) -> dict[str, Any]:
    return {
        "MonitoringJobDefinitionName": "d",
        "MonitoringType": "DataQuality",
        "ScheduleConfig": {"ScheduleExpression": expression, **timing},
    }


NOW = {"DataAnalysisStartTime": "-PT1H", "DataAnalysisEndTime": "-PT0H"}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2030, 1, 2, 3, 20, tzinfo=UTC).timestamp())


@pytest.fixture(autouse=True)
def _signed_by_the_same_clock(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are signed at the time that the platform has, or they would be taken for old ones."""

    def now(remove_tzinfo: bool = True) -> datetime:
        moment = datetime.fromtimestamp(clock.now(), UTC)
        return moment.replace(tzinfo=None) if remove_tzinfo else moment

    monkeypatch.setattr("botocore.auth.get_current_datetime", now)


@pytest.fixture
def captured(sm: Any, client: Any, role: str, controllers: Controllers, clock: FakeClock, farm: Farm) -> str:
    """An endpoint that captures, with data of this hour; and a job definition for it."""
    client("s3").create_bucket(Bucket="bucket")
    client("s3").put_object(Bucket="bucket", Key="captured/e/A/2030/01/02/03/x.jsonl", Body=b"{}\n")
    make_config(sm, role, "plain")
    variant = {"VariantName": "A", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sm.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant], DataCaptureConfig=CAPTURE)
    sm.create_endpoint(EndpointName="e", EndpointConfigName="c")
    turn(controllers, clock, 2, 0.1)
    farm.bring_up()
    turn(controllers, clock, 2, 0.1)
    sm.create_data_quality_job_definition(**definition(role))
    return "e"


def jobs(sm: Any) -> list[dict[str, Any]]:
    return sm.list_processing_jobs()["ProcessingJobSummaries"]


def test_reports_that_could_not_be_written_are_not_offered(sm: Any, role: str) -> None:
    # AWS's pattern is (https|s3)://…; each execution would be refused, and be tried for ever.
    output = {"S3Uri": "https://bucket/reports", "LocalPath": "/opt/ml/processing/output"}
    with pytest.raises(ClientError, match="NotImplemented"):
        sm.create_data_quality_job_definition(
            **definition(role, DataQualityJobOutputConfig={"MonitoringOutputs": [{"S3Output": output}]})
        )


def test_the_definition_is_shown_as_it_was_given(sm: Any, role: str) -> None:
    arn = sm.create_data_quality_job_definition(**definition(role))["JobDefinitionArn"]
    assert arn.endswith(":data-quality-job-definition/d")
    shown = sm.describe_data_quality_job_definition(JobDefinitionName="d")
    assert shown["DataQualityJobInput"]["EndpointInput"]["EndpointName"] == "e"
    (summary,) = sm.list_data_quality_job_definitions(EndpointName="e")["JobDefinitionSummaries"]
    assert (summary["MonitoringJobDefinitionName"], summary["EndpointName"]) == ("d", "e")
    with pytest.raises(sm.exceptions.ResourceInUse):
        sm.create_data_quality_job_definition(**definition(role))
    sm.delete_data_quality_job_definition(JobDefinitionName="d")
    with pytest.raises(sm.exceptions.ResourceNotFound):
        sm.describe_data_quality_job_definition(JobDefinitionName="d")


def test_a_schedule_of_now_runs_once(
    captured: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    sm.create_monitoring_schedule(
        MonitoringScheduleName="s", MonitoringScheduleConfig=configured("NOW", **NOW)
    )
    assert (
        sm.describe_monitoring_schedule(MonitoringScheduleName="s")["MonitoringScheduleStatus"] == "Pending"
    )
    turn(controllers, clock, 3)
    clock.advance(3 * HOUR)
    turn(controllers, clock, 3)
    (job,) = jobs(sm)
    shown = sm.describe_processing_job(ProcessingJobName=job["ProcessingJobName"])
    assert shown["MonitoringScheduleArn"].endswith(":monitoring-schedule/s")
    variables = shown["Environment"]
    # contracts 17.1
    assert variables["own"] == "1"
    assert variables["sagemaker_endpoint_name"] == "e"
    assert (variables["start_time"], variables["end_time"]) == (
        "2030-01-02T02:20:00Z",
        "2030-01-02T03:20:01Z",
    )
    assert variables["baseline_constraints"].endswith("/constraints.json")
    inputs = {item["InputName"]: item["S3Input"]["S3Uri"] for item in shown["ProcessingInputs"]}
    assert inputs["input_1"] == "s3://bucket/captured/e/A/2030/01/02/03/"
    assert inputs["constraints"] == "s3://bucket/base/constraints.json"
    assert shown["ProcessingOutputConfig"]["KmsKeyId"] == "alias/reports"
    (output,) = shown["ProcessingOutputConfig"]["Outputs"]
    assert output["S3Output"]["S3Uri"] == "s3://bucket/reports/e/s/2030/01/02/03"


def test_an_hourly_schedule_runs_at_the_full_hour_and_is_not_made_up_for(
    captured: str, sm: Any, controllers: Controllers, clock: FakeClock
) -> None:
    sm.create_monitoring_schedule(MonitoringScheduleName="s", MonitoringScheduleConfig=configured())
    turn(controllers, clock, 2)
    assert (
        sm.describe_monitoring_schedule(MonitoringScheduleName="s")["MonitoringScheduleStatus"] == "Scheduled"
    )
    assert jobs(sm) == []
    clock.advance(40 * 60)
    turn(controllers, clock, 2)
    (first,) = jobs(sm)
    assert first["ProcessingJobName"].startswith("model-monitoring-203001020400-")
    shown = sm.describe_processing_job(ProcessingJobName=first["ProcessingJobName"])["Environment"]
    assert (shown["start_time"], shown["end_time"]) == ("2030-01-02T03:00:00Z", "2030-01-02T04:00:00Z")
    clock.advance(3 * HOUR)  # the platform was down for three hours
    turn(controllers, clock, 3)
    assert len(jobs(sm)) == 2
    found = sm.list_monitoring_executions(MonitoringScheduleName="s")["MonitoringExecutionSummaries"]
    assert [execution["ScheduledTime"].astimezone(UTC).hour for execution in found] == [5, 4]


def test_an_hour_of_business_time_is_run_at_once(
    captured: str, sm: Any, controllers: Controllers, clock: FakeClock, move: Callable[[float], None]
) -> None:
    """What was captured is dated by the machine's clock, so an execution looks for it where that hour of business time was."""

    def executions() -> list[tuple[int, str, str, list[str]]]:
        shown = []
        for one in sm.list_monitoring_executions(MonitoringScheduleName="s")["MonitoringExecutionSummaries"]:
            job = sm.describe_processing_job(ProcessingJobName=one["ProcessingJobArn"].rpartition("/")[2])
            inputs = [item["S3Input"]["S3Uri"] for item in job["ProcessingInputs"]]
            variables = job["Environment"]
            assert one["CreationTime"].timestamp() <= clock.now()
            shown.append(
                (
                    one["ScheduledTime"].astimezone(UTC).hour,
                    variables["start_time"][11:],
                    variables["end_time"][11:],
                    [uri.split("/A/")[1] for uri in inputs if "captured" in uri],
                )
            )
        return shown

    began = datetime.fromtimestamp(clock.now(), UTC)
    assert (began.hour, began.minute) == (3, 20)
    sm.create_monitoring_schedule(MonitoringScheduleName="s", MonitoringScheduleConfig=configured())
    turn(controllers, clock, 1)
    clock.advance(60 - clock.now() % 60)
    move(HOUR)
    turn(controllers, clock, 2)
    assert executions() == [(4, "03:00:00Z", "03:21:00Z", ["2030/01/02/03/"])]
    clock.advance(10 * 60 - clock.now() % 60)
    moved = f"{datetime.fromtimestamp(clock.now(), UTC):%H:%M:%S}Z"
    move(3 * HOUR)
    turn(controllers, clock, 3)
    assert executions()[0] == (5, "03:21:00Z", moved, ["2030/01/02/03/"]), (
        "three hours were due: one execution"
    )
    assert len(executions()) == 2
    clock.advance(30 * 60)
    turn(controllers, clock, 2)
    assert [hour for hour, *_ in executions()] == [8, 5, 4], (
        "on from there, at the full hours of business time"
    )


def test_a_schedule_of_now_looks_at_the_last_hour_of_business_time(
    captured: str, sm: Any, controllers: Controllers, clock: FakeClock, move: Callable[[float], None]
) -> None:
    move(30 * 60)
    sm.create_monitoring_schedule(
        MonitoringScheduleName="s", MonitoringScheduleConfig=configured("NOW", **NOW)
    )
    turn(controllers, clock, 2)
    (job,) = jobs(sm)
    variables = sm.describe_processing_job(ProcessingJobName=job["ProcessingJobName"])["Environment"]
    assert (variables["start_time"][11:], variables["end_time"][11:]) == ("02:50:00Z", "03:20:01Z")


def test_what_an_execution_found(
    captured: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    sm.create_monitoring_schedule(
        MonitoringScheduleName="s", MonitoringScheduleConfig=configured("NOW", **NOW)
    )
    turn(controllers, clock, 3)
    (run,) = [run for run in runs.specs if run.startswith("processing-job-model-monitoring")]
    runs.finish(run, message="CompletedWithViolations: Job completed successfully with 2 violations.")
    with pytest.raises(ClientError, match="in-progress monitoring executions"):
        sm.delete_monitoring_schedule(MonitoringScheduleName="s")
    turn(controllers, clock, 3)
    last = sm.describe_monitoring_schedule(MonitoringScheduleName="s")["LastMonitoringExecutionSummary"]
    assert last["MonitoringExecutionStatus"] == "CompletedWithViolations"
    assert last["EndpointName"] == "e"

    def count(**filters: Any) -> int:
        return len(sm.list_monitoring_executions(**filters)["MonitoringExecutionSummaries"])

    assert count(StatusEquals="CompletedWithViolations") == 1
    assert count(StatusEquals="Completed") == 0
    assert count(EndpointName="e", MonitoringJobDefinitionName="d") == 1
    assert count(MonitoringJobDefinitionName="other") == 0
    assert count(ScheduledTimeAfter=datetime(2031, 1, 1, tzinfo=UTC)) == 0
    sm.delete_monitoring_schedule(MonitoringScheduleName="s")
    with pytest.raises(sm.exceptions.ResourceNotFound):
        sm.describe_monitoring_schedule(MonitoringScheduleName="s")
    assert count() == 1  # API_DeleteMonitoringSchedule: the history stays


def of_schedule(role: str, name: str) -> dict[str, Any]:
    """A processing job of a user's, with the variable by which executions are known."""
    return processing_request(role, name, Environment={"sagemaker_monitoring_schedule_name": "s"})


def test_the_last_execution_is_found_behind_jobs_that_are_none(
    captured: str, sm: Any, role: str, stored: Any, controllers: Controllers, clock: FakeClock
) -> None:
    sm.create_monitoring_schedule(
        MonitoringScheduleName="s", MonitoringScheduleConfig=configured("NOW", **NOW)
    )
    turn(controllers, clock, 3)
    sm.create_processing_job(**of_schedule(role, "mine"))
    shown = sm.describe_monitoring_schedule(MonitoringScheduleName="s")
    (execution,) = sm.list_monitoring_executions(MonitoringScheduleName="s")["MonitoringExecutionSummaries"]
    assert shown["LastMonitoringExecutionSummary"] == execution
    assert "/model-monitoring-" in execution["ProcessingJobArn"]


def test_the_oldest_of_very_many_executions_is_listed(
    sm: Any, role: str, platform: Platform, clock: FakeClock
) -> None:
    sm.create_processing_job(**of_schedule(role, "model-monitoring-1"))
    with platform.store.write() as tx:
        (first,) = tx.list("sagemaker:ProcessingJob", None)
        for n in range(2, 10_002):
            name = f"model-monitoring-{n}"
            tx.insert(first.evolve(id=name, arn=f"{first.arn[:-1]}{n}", created=first.created + n, due=None))
    listed = sm.list_monitoring_executions(SortOrder="Ascending", MaxResults=1)
    (oldest,) = listed["MonitoringExecutionSummaries"]
    assert oldest["ProcessingJobArn"] == first.arn


def test_a_schedule_without_captured_data_says_so(
    in_service: str, sm: Any, role: str, controllers: Controllers, clock: FakeClock
) -> None:
    sm.create_data_quality_job_definition(**definition(role))
    for name, config in (("now", configured("NOW", **NOW)), ("hourly", configured())):
        sm.create_monitoring_schedule(MonitoringScheduleName=name, MonitoringScheduleConfig=config)
    turn(controllers, clock, 2)
    clock.advance(HOUR)
    turn(controllers, clock, 2)
    shown = {name: sm.describe_monitoring_schedule(MonitoringScheduleName=name) for name in ("now", "hourly")}
    assert {name: s["MonitoringScheduleStatus"] for name, s in shown.items()} == {
        "now": "Failed",
        "hourly": "Scheduled",
    }
    assert all(s["FailureReason"] == "Endpoint e has no data capture." for s in shown.values())


def test_a_stopped_schedule_starts_nothing_until_it_is_started(
    captured: str, sm: Any, controllers: Controllers, clock: FakeClock
) -> None:
    sm.create_monitoring_schedule(MonitoringScheduleName="s", MonitoringScheduleConfig=configured())
    turn(controllers, clock, 1)
    sm.stop_monitoring_schedule(MonitoringScheduleName="s")
    clock.advance(2 * HOUR)
    turn(controllers, clock, 2)
    assert jobs(sm) == []
    sm.start_monitoring_schedule(MonitoringScheduleName="s")
    turn(controllers, clock, 1)
    clock.advance(HOUR)
    turn(controllers, clock, 2)
    assert len(jobs(sm)) == 1


def test_an_update_changes_the_hours(
    captured: str, sm: Any, controllers: Controllers, clock: FakeClock
) -> None:
    sm.create_monitoring_schedule(MonitoringScheduleName="s", MonitoringScheduleConfig=configured())
    turn(controllers, clock, 1)
    sm.update_monitoring_schedule(
        MonitoringScheduleName="s", MonitoringScheduleConfig=configured("cron(0 12 ? * * *)")
    )
    clock.advance(2 * HOUR)
    turn(controllers, clock, 2)
    assert jobs(sm) == []
    clock.advance(8 * HOUR)
    turn(controllers, clock, 2)
    assert [job["ProcessingJobName"][17:29] for job in jobs(sm)] == ["203001021200"]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (configured("cron(5 * ? * * *)"), "is not a valid cron expression"),
        (configured("cron(0 24 ? * * *)"), "names an hour that no day has"),
        (configured("NOW"), "are required when ScheduleExpression is NOW"),
        (
            configured("NOW", DataAnalysisStartTime="-PT1H", DataAnalysisEndTime="-PT2H"),
            "must be before DataAnalysisEndTime",
        ),
        (configured("NOW", DataAnalysisStartTime="an hour", DataAnalysisEndTime="-PT0H"), "ISO 8601"),
        ({**configured(), "MonitoringType": "ModelQuality"}, "NotImplemented"),
        ({"MonitoringType": "DataQuality"}, "Exactly one of"),
        ({**configured(), "MonitoringJobDefinitionName": "nobody"}, "nobody not found"),
    ],
)
def test_schedules_that_make_no_sense_are_refused(
    sm: Any, role: str, config: dict[str, Any], said: str
) -> None:
    sm.create_data_quality_job_definition(**definition(role))
    with pytest.raises(ClientError, match=said):
        sm.create_monitoring_schedule(MonitoringScheduleName="s", MonitoringScheduleConfig=config)
    assert sm.list_monitoring_schedules()["MonitoringScheduleSummaries"] == []


def test_schedules_are_filtered(captured: str, sm: Any, clock: FakeClock) -> None:
    for name in ("s1", "s2"):
        sm.create_monitoring_schedule(MonitoringScheduleName=name, MonitoringScheduleConfig=configured())
        clock.advance(1)

    def names(**filters: Any) -> list[str]:
        found = sm.list_monitoring_schedules(**filters)["MonitoringScheduleSummaries"]
        return [schedule["MonitoringScheduleName"] for schedule in found]

    assert names(EndpointName="e") == ["s2", "s1"]
    assert names(EndpointName="other") == []
    assert names(MonitoringTypeEquals="DataQuality", NameContains="1") == ["s1"]
    assert json.dumps(names(StatusEquals="Stopped")) == "[]"
