"""Monitoring schedules and their executions.

An execution is a processing job of the analyser that carries its schedule's name, so there is no second truth about it.
"""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import not_implemented, validation
from clary.plane import Context, Document, Errors, Hooks, Noun, Record, States, Step, World, revise
from clary.plane.paging import read_token, sign_token
from clary.services.sagemaker import images, requests, roles
from clary.services.sagemaker.monitoring import accepts, executions, timing
from clary.services.sagemaker.monitoring.definitions import check_input, data_quality_job_definition
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
    """The definition of a schedule in its inline form, whichever way it was given."""
    config = params["MonitoringScheduleConfig"]
    if "MonitoringJobDefinition" in config:
        inline = config["MonitoringJobDefinition"]
        check_input(inline["MonitoringInputs"][0])
        images.resolve(inline["MonitoringAppSpecification"]["ImageUri"])
        roles.require(ctx, inline["RoleArn"], f"monitoring-schedule/{params['MonitoringScheduleName']}")
        return inline
    return executions.inline(
        data_quality_job_definition.find(ctx, config["MonitoringJobDefinitionName"]).spec
    )


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
    """Begin again with another configuration."""
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
    """Start an execution when its time has come, and say when the next one is due: business time, both. What fell due more
    than once, while the platform was down or because time was moved, runs once: for the first of the times."""
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
    """The time is that of the record, so that a second try at the same step starts no second execution."""
    reason = _execute(record, world, world.business.timeline.business(record.modified))
    return Step("Failed" if reason else "Scheduled", {"FailureReason": reason}, private={"ran": True})


def _execute(record: Record, world: World, at: float) -> str | None:
    """Start an execution; why there is none, if there is a reason that will not pass by itself."""
    try:
        executions.start(record, world, at)
    except AwsError as error:
        if not error.senders_fault:
            raise
        return error.message
    return None


@sagemaker.operation(on=monitoring_schedule.arn)
def describe_monitoring_schedule(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = monitoring_schedule.load(ctx, params)
    last = executions.of(ctx.tx, ctx.scope, record.id, limit=1)
    shown = monitoring_schedule.describe(record)
    return {**shown, "LastMonitoringExecutionSummary": executions.summary(last[0], record)} if last else shown


@sagemaker.operation(lane="heavy_read")
def list_monitoring_executions(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """The executions of one schedule, or of all; filtered and sorted as asked."""
    found = executions.matching(ctx, params)
    start = int(read_token(ctx, params["NextToken"])) if params.get("NextToken") else 0
    end = start + int(params.get("MaxResults") or monitoring_schedule.spelling.page)
    out: dict[str, Any] = {"MonitoringExecutionSummaries": found[start:end]}
    return out | ({"NextToken": sign_token(ctx, end)} if end < len(found) else {})
