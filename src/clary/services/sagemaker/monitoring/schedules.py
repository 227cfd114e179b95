"""Monitoring schedules: create, update, start, stop, delete, and the controller that starts their executions."""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import not_implemented, validation
from clary.plane import Context, Document, Errors, Hooks, Noun, Record, States, Step, World, revise
from clary.plane.signals import DUE
from clary.services.sagemaker import own_images, requests, roles, volume_keys
from clary.services.sagemaker.monitoring import accepts, executions, timing
from clary.services.sagemaker.monitoring.definitions import check_input, data_quality_job_definition, inline
from clary.services.sagemaker.monitoring.execution_request import request_of
from clary.services.sagemaker.service import sagemaker

# What AWS does without a ScheduleConfig.
_HOURLY = {"ScheduleExpression": "cron(0 * ? * * *)"}


def _allow_schedule(ctx: Context, params: dict[str, Any]) -> None:
    config = params["MonitoringScheduleConfig"]
    _check_type(config)
    requests.s3_only(ctx.op.name, config, "MonitoringJobDefinition")
    _definition(ctx, params)
    when = config.get("ScheduleConfig", _HOURLY)
    if when["ScheduleExpression"] != timing.NOW:
        timing.hours_of(when["ScheduleExpression"])
    elif not (when.get("DataAnalysisStartTime") and when.get("DataAnalysisEndTime")):
        raise validation(
            "DataAnalysisStartTime and DataAnalysisEndTime are required when ScheduleExpression is NOW."
        )
    start, end = timing.window(when, ctx.business.now)
    if start >= end:
        raise validation("DataAnalysisStartTime must be before DataAnalysisEndTime.")


def _check_type(config: dict[str, Any]) -> None:
    kind = config.get("MonitoringType", "DataQuality")
    if kind != "DataQuality":
        raise not_implemented("sagemaker", f"CreateMonitoringSchedule of MonitoringType {kind}")
    given = [
        member for member in ("MonitoringJobDefinition", "MonitoringJobDefinitionName") if member in config
    ]
    if len(given) != 1:
        raise validation(
            "Exactly one of MonitoringJobDefinition and MonitoringJobDefinitionName must be specified."
        )


def _definition(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Return the definition of a schedule in its inline form, also where the request names one."""
    config = params["MonitoringScheduleConfig"]
    if "MonitoringJobDefinition" in config:
        given = config["MonitoringJobDefinition"]
        check_input(given["MonitoringInputs"][0])
        own_images.require_address(given["MonitoringAppSpecification"]["ImageUri"])
        role = roles.require(ctx, given["RoleArn"], f"monitoring-schedule/{params['MonitoringScheduleName']}")
        volume_keys.require(ctx, given["MonitoringResources"]["ClusterConfig"].get("VolumeKmsKeyId"), role)
        return given
    return inline(data_quality_job_definition.find(ctx, config["MonitoringJobDefinitionName"]).spec)


def _stamp_schedule(ctx: Context, params: dict[str, Any]) -> Document:
    config = params["MonitoringScheduleConfig"]
    definition = _definition(ctx, params)
    return Document(
        spec={"MonitoringScheduleConfig": {"MonitoringType": "DataQuality", **config}},
        status={
            "MonitoringType": "DataQuality",
            "MonitoringJobDefinitionName": config.get("MonitoringJobDefinitionName"),
            "EndpointName": definition["MonitoringInputs"][0]["EndpointInput"]["EndpointName"],
        },
        private={"definition": definition, "RoleArn": definition["RoleArn"]},
    )


def _update_schedule(ctx: Context, record: Record, given: dict[str, Any]) -> Record:
    """Begin again with another configuration, at once."""
    params = {"MonitoringScheduleName": record.id, **given}
    _allow_schedule(ctx, params)
    new = _stamp_schedule(ctx, params)
    private = {**new.private, "next": None, "ran": None}
    ctx.wake()
    return revise(record, spec=new.spec, observed=new.status, private=private, status="Pending", due=ctx.now)


def _start_schedule(ctx: Context, record: Record) -> Record:
    return revise(record, private={"next": None})


def _delete_schedule(ctx: Context, record: Record) -> None:
    running = ("InProgress", "Stopping")
    if any(job.status in running for job in executions.of(ctx.tx, ctx.scope, record.id)):
        raise validation(
            f"Cannot delete monitoring schedule {record.id} because it has in-progress monitoring executions."
        )


monitoring_schedule = sagemaker.noun(
    Noun(
        "MonitoringSchedule",
        arn="monitoring-schedule/{MonitoringScheduleName}",
        states=States("MonitoringScheduleStatus", start="Pending", stop="Stopped", again="Scheduled"),
        accepts=accepts.MONITORING_SCHEDULE,
        errors=Errors(
            missing="Monitoring Schedule {arn} not found",
            taken="Monitoring Schedule {arn} already exists",
            missing_code="ResourceNotFound",
            taken_code="ResourceInUse",
        ),
        hooks=Hooks(
            allow=_allow_schedule,
            stamp=_stamp_schedule,
            update=_update_schedule,
            start=_start_schedule,
            delete=_delete_schedule,
        ),
    )
)


@sagemaker.controller(monitoring_schedule)
def keep_time(record: Record, world: World) -> Step:
    """Start an execution when it is due, and wait for the next one; both go by business time. A schedule that fell due more
    than once, since the platform was down or time was moved, runs once: for the first of these times."""
    if record.status in ("Stopped", "Failed"):
        return Step()
    when = record.spec["MonitoringScheduleConfig"].get("ScheduleConfig", _HOURLY)
    expression = when["ScheduleExpression"]
    if expression == timing.NOW:
        return Step() if record.private.get("ran") else _run_once(record, world)
    due = record.private.get("next")
    if due is None:
        due = timing.next_run(expression, world.business.now)
        return Step("Scheduled", private={"next": due}, until=due)
    if world.business.now < due:
        return Step(until=due)
    reason = _execute(record, world, due)
    following = timing.next_run(expression, world.business.now)
    return Step(set={"FailureReason": reason}, private={"next": following}, until=following)


def _run_once(record: Record, world: World) -> Step:
    """Start the only execution. Its time is the record's, so that a repeated step starts no second execution."""
    reason = _execute(record, world, world.business.timeline.business(record.modified))
    return Step("Failed" if reason else "Scheduled", {"FailureReason": reason}, private={"ran": True})


def _execute(record: Record, world: World, at: float) -> str | None:
    """Start the execution for a moment of business time; a second call for the same moment starts nothing. Return why
    there is none, where the reason will not pass by itself."""
    try:
        world.call("sagemaker", "CreateProcessingJob", request_of(record, world, at))
    except AwsError as error:
        if not error.senders_fault:
            raise
        if error.code != "ResourceInUse":
            return error.message
    world.platform.signals.notify(DUE)
    return None


@sagemaker.operation(on=monitoring_schedule.arn)
def describe_monitoring_schedule(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = monitoring_schedule.load(ctx, params)
    last = next(executions.of(ctx.tx, ctx.scope, record.id), None)
    shown = monitoring_schedule.describe(record)
    return {**shown, "LastMonitoringExecutionSummary": executions.summary(last, record)} if last else shown
