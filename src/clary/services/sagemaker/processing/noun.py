"""Processing jobs as the API shows them: create, describe, list, stop, delete. What moves them is in life.py."""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Document, Hooks, Noun
from clary.services.sagemaker import jobs, own_images, roles
from clary.services.sagemaker.monitoring.executions import MARK
from clary.services.sagemaker.processing.accepts import ACCEPTS
from clary.services.sagemaker.processing.request import allow
from clary.services.sagemaker.service import sagemaker
from clary.workloads.jobs import drop_runs


def stamp(ctx: Context, params: dict[str, Any]) -> Document:
    spec = {
        "StoppingCondition": params.get("StoppingCondition", {"MaxRuntimeInSeconds": 86400}),
        "Environment": params.get("Environment", {}),
    }
    role = roles.take(ctx, params["RoleArn"], f"processing-job/{params['ProcessingJobName']}")
    image = own_images.pin(ctx, params["AppSpecification"]["ImageUri"], role)
    return Document(spec, _schedule_of(ctx, spec["Environment"]), {own_images.PRIVATE: image})


def _schedule_of(ctx: Context, environment: dict[str, str]) -> dict[str, str]:
    """Return the member that names the schedule whose execution this job is, if it is one."""
    name = environment.get(MARK)
    return {"MonitoringScheduleArn": ctx.arn(f"monitoring-schedule/{name}")} if name else {}


STATES = jobs.states("ProcessingJobStatus")
processing_job = sagemaker.noun(
    Noun(
        "ProcessingJob",
        arn="processing-job/{ProcessingJobName}",
        states=STATES,
        accepts=ACCEPTS,
        hooks=Hooks(allow=allow, stamp=stamp, delete=drop_runs),
        errors=jobs.ERRORS,
    )
)
