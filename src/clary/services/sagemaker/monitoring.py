"""Data-quality monitoring: job definitions, schedules and their executions.

An execution is a processing job of the analyser that carries its schedule's name, so there is no second truth about it.
"""

from __future__ import annotations

from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import not_implemented, validation
from clary.plane import Context, Errors, Record, Resource, States, Step, World
from clary.plane.paging import default_limit, read_token, sign_token
from clary.services.sagemaker import executions, images, members, requests, roles, schedule, tags
from clary.services.sagemaker.service import sagemaker

# What AWS does without a ScheduleConfig.
_HOURLY = {"ScheduleExpression": "cron(0 * ? * * *)"}


def _allow_definition(ctx: Context, params: dict[str, Any]) -> None:
    members.refuse_unknown("CreateDataQualityJobDefinition", params)
    images.resolve(params["DataQualityAppSpecification"]["ImageUri"])
    _check_input(params["DataQualityJobInput"])
    requests.s3_only(
        "CreateDataQualityJobDefinition", params, "DataQualityBaselineConfig", "DataQualityJobOutputConfig"
    )
    tags.check(params)
    roles.require(ctx, params["RoleArn"], f"data-quality-job-definition/{params['JobDefinitionName']}")


def _check_input(source: dict[str, Any]) -> None:
    if "EndpointInput" not in source:
        raise validation("An EndpointInput must be specified.")
    if source["EndpointInput"].get("S3InputMode", "File") != "File":
        raise not_implemented("sagemaker", "monitoring with S3InputMode Pipe")


def _definition_view(record: Record) -> dict[str, Any]:
    return {
        "JobDefinitionArn": record.arn,
        "MonitoringJobDefinitionName": record.id,
        "MonitoringJobDefinitionArn": record.arn,
    }


data_quality_job_definition = sagemaker.resource(
    Resource(
        "DataQualityJobDefinition",
        key="JobDefinitionName",
        arn="data-quality-job-definition/{JobDefinitionName}",
        allow=_allow_definition,
        stamp=lambda ctx, params: {
            "EndpointName": params["DataQualityJobInput"].get("EndpointInput", {}).get("EndpointName")
        },
        view=_definition_view,
        errors=Errors(
            missing="Job Definition {arn} not found",
            taken="Job Definition {arn} already exists",
            missing_code="ResourceNotFound",
            taken_code="ResourceInUse",
        ),
    )
)


def _allow_schedule(ctx: Context, params: dict[str, Any]) -> None:
    members.refuse_unknown(ctx.op.name, params)
    tags.check(params)
    config = params["MonitoringScheduleConfig"]
    _check_type(config)
    requests.s3_only(ctx.op.name, config, "MonitoringJobDefinition")
    _definition(ctx, params)
    timing = config.get("ScheduleConfig", _HOURLY)
    if timing["ScheduleExpression"] != schedule.NOW:
        schedule.hours_of(timing["ScheduleExpression"])
    elif not (timing.get("DataAnalysisStartTime") and timing.get("DataAnalysisEndTime")):
        raise validation(
            "DataAnalysisStartTime and DataAnalysisEndTime are required when ScheduleExpression is NOW."
        )
    start, end = schedule.window(timing, ctx.now)
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
        _check_input(inline["MonitoringInputs"][0])
        images.resolve(inline["MonitoringAppSpecification"]["ImageUri"])
        roles.require(ctx, inline["RoleArn"], f"monitoring-schedule/{params['MonitoringScheduleName']}")
        return inline
    return executions.inline(data_quality_job_definition.find(ctx, config["MonitoringJobDefinitionName"]).doc)


def _stamp_schedule(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    config = params["MonitoringScheduleConfig"]
    definition = _definition(ctx, params)
    return {
        "MonitoringScheduleConfig": {"MonitoringType": "DataQuality", **config},
        "MonitoringType": "DataQuality",
        "MonitoringJobDefinitionName": config.get("MonitoringJobDefinitionName"),
        "EndpointName": definition["MonitoringInputs"][0]["EndpointInput"]["EndpointName"],
        "_definition": definition,
        "_RoleArn": definition["RoleArn"],
    }


monitoring_schedule = sagemaker.resource(
    Resource(
        "MonitoringSchedule",
        arn="monitoring-schedule/{MonitoringScheduleName}",
        states=States("MonitoringScheduleStatus", "Pending"),
        allow=_allow_schedule,
        stamp=_stamp_schedule,
        errors=Errors(
            missing="Monitoring Schedule {arn} not found",
            taken="Monitoring Schedule {arn} already exists",
            missing_code="ResourceNotFound",
            taken_code="ResourceInUse",
        ),
    )
)


@sagemaker.controller(monitoring_schedule)
def keep_time(record: Record, world: World) -> Step:
    """Start an execution when its time has come, and say when the next one is due."""
    if record.status in ("Stopped", "Failed"):
        return Step()
    timing = record.doc["MonitoringScheduleConfig"].get("ScheduleConfig", _HOURLY)
    expression = timing["ScheduleExpression"]
    if expression == schedule.NOW:
        return Step() if record.doc.get("_ran") else _run_once(record, world)
    due = record.doc.get("_next")
    if due is None:
        due = schedule.next_run(expression, world.now)
        return Step("Scheduled", {"_next": due}, after=due - world.now)
    if world.now < due:
        return Step(after=due - world.now)
    reason = _execute(record, world, due)
    following = schedule.next_run(expression, world.now)
    return Step(set={"_next": following, "FailureReason": reason}, after=following - world.now)


def _run_once(record: Record, world: World) -> Step:
    """The time is that of the record, so that a second try at the same step starts no second execution."""
    reason = _execute(record, world, record.modified)
    return Step("Failed" if reason else "Scheduled", {"_ran": True, "FailureReason": reason})


def _execute(record: Record, world: World, at: float) -> str | None:
    """Start an execution; why there is none, if there is a reason that will not pass by itself."""
    try:
        executions.start(record, world, at)
    except AwsError as error:
        if not error.senders_fault:
            raise
        return error.message
    return None


@sagemaker.operation(on="monitoring-schedule/{MonitoringScheduleName}")
def describe_monitoring_schedule(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = monitoring_schedule.load(ctx, params)
    last = executions.of(ctx.tx, ctx.scope, record.id, limit=1)
    shown = monitoring_schedule.describe(record)
    return {**shown, "LastMonitoringExecutionSummary": executions.summary(last[0], record)} if last else shown


@sagemaker.operation(on="monitoring-schedule/{MonitoringScheduleName}")
def update_monitoring_schedule(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = monitoring_schedule.load(ctx, params)
    _allow_schedule(ctx, params)
    doc = {**record.doc, **_stamp_schedule(ctx, params)}
    for name in ("_next", "_ran"):
        doc.pop(name, None)
    ctx.tx.update(record.evolve(doc=doc, status="Pending", modified=ctx.now, due=ctx.now))
    ctx.wake()
    return {"MonitoringScheduleArn": record.arn}


@sagemaker.operation(on="monitoring-schedule/{MonitoringScheduleName}")
def start_monitoring_schedule(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = monitoring_schedule.load(ctx, params)
    doc = {name: value for name, value in record.doc.items() if name != "_next"}
    ctx.tx.update(record.evolve(doc=doc, status="Scheduled", modified=ctx.now, due=ctx.now))
    ctx.wake()
    return {}


@sagemaker.operation(on="monitoring-schedule/{MonitoringScheduleName}")
def stop_monitoring_schedule(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = monitoring_schedule.load(ctx, params)
    ctx.tx.update(record.evolve(status="Stopped", modified=ctx.now, due=None))
    return {}


@sagemaker.operation(on="monitoring-schedule/{MonitoringScheduleName}")
def delete_monitoring_schedule(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    record = monitoring_schedule.load(ctx, params)
    running = [
        job for job in executions.of(ctx.tx, ctx.scope, record.id) if job.status in ("InProgress", "Stopping")
    ]
    if running:
        raise AwsError(
            "ValidationException",
            f"Cannot delete monitoring schedule {record.id} because it has in-progress monitoring executions.",
        )
    ctx.tx.delete(record)
    return {}


@sagemaker.operation(lane="heavy_read")
def list_monitoring_executions(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """The executions of one schedule, or of all; filtered and sorted as asked."""
    found = executions.matching(ctx, params)
    start = int(read_token(ctx, params["NextToken"])) if params.get("NextToken") else 0
    end = start + int(params.get("MaxResults") or default_limit(ctx))
    out: dict[str, Any] = {"MonitoringExecutionSummaries": found[start:end]}
    return out | ({"NextToken": sign_token(ctx, end)} if end < len(found) else {})
