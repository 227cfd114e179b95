"""The life of a processing job: what workloads/jobs.py asks of it."""

from __future__ import annotations

from clary.plane import Record, World
from clary.runs.api import RunState
from clary.services.sagemaker import jobs
from clary.services.sagemaker.processing import metric_lines
from clary.services.sagemaker.processing.noun import STATES, processing_job
from clary.services.sagemaker.processing.run import count_of, spec_of
from clary.services.sagemaker.service import sagemaker
from clary.workloads import containers
from clary.workloads.jobs import End, Lifecycle
from clary.workloads.log_journal import Log

LOG_GROUP = "/aws/sagemaker/ProcessingJobs"
_LONGEST_MESSAGE = 1024
_TIMES = jobs.Times("ProcessingStartTime", "ProcessingEndTime")


def _end(job: Record, world: World, state: RunState) -> End:
    """Return the final status, the program's exit message, and the calls that publish the metrics it
    wrote. Those are made as the job's role, which needs cloudwatch:PutMetricData
    (https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html)."""
    status, reason = jobs.outcome(job, state)
    if status == "Completed" and state.message_unreadable:
        # https://docs.aws.amazon.com/sagemaker/latest/dg/byoc-metadata.html
        status, reason = "Failed", "ClientError: The data in /opt/ml/output/message is not UTF-8 encoded."
    message = {"ExitMessage": state.message[:_LONGEST_MESSAGE]} if state.message else {}
    written = world.runs.file(containers.run_id(job), "algo-1", metric_lines.PATH)
    calls = metric_lines.calls(written or b"", job.spec["RoleArn"])
    return End(status, message | _TIMES.at_end(world, state, reason), tuple(calls))


LIFE = Lifecycle(
    states=STATES,
    spec=lambda job, world: (spec_of(job), job.spec["RoleArn"]),
    log=lambda job: Log(LOG_GROUP, jobs.streams(job, count_of(job))),
    end=_end,
    progress=_TIMES.progress,
)
sagemaker.controller(processing_job)(LIFE.move)
