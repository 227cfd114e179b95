"""Delete what a demo leaves running: model servers and jobs would outlive the platform."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from clary.cli.demo.cloud import POLL, Cloud

_SECONDS = 20.0


def clean(cloud: Cloud) -> None:
    """Delete the schedule and the endpoint, stop running jobs, and wait until they have ended.

    It also runs after failures, so it must not raise if something does not exist.
    """
    sagemaker = cloud.sagemaker
    name = cloud.name
    _try(lambda: sagemaker.delete_monitoring_schedule(MonitoringScheduleName=name("schedule")))
    _try(lambda: sagemaker.stop_training_job(TrainingJobName=name("train")))
    _try(lambda: sagemaker.stop_transform_job(TransformJobName=name("transform")))
    for part in ("prepare", "baseline"):
        _try(lambda part=part: sagemaker.stop_processing_job(ProcessingJobName=name(part)))
    looks: list[Callable[[], bool]] = [
        lambda: _gone(sagemaker, name("endpoint")),
        lambda: not _under_way(sagemaker.list_training_jobs, "TrainingJobSummaries"),
        lambda: not _under_way(sagemaker.list_processing_jobs, "ProcessingJobSummaries"),
        lambda: not _under_way(sagemaker.list_transform_jobs, "TransformJobSummaries"),
    ]
    deadline = time.monotonic() + _SECONDS
    while looks and time.monotonic() < deadline:
        looks = [look for look in looks if not look()]
        time.sleep(POLL if looks else 0)


def _try(act: Callable[[], Any]) -> bool:
    try:
        act()
    except Exception:
        return False
    return True


def _gone(sagemaker: Any, endpoint: str) -> bool:
    """Return whether the endpoint is deleted; request the deletion again, since one that is being created
    cannot be deleted yet."""
    _try(lambda: sagemaker.delete_endpoint(EndpointName=endpoint))
    return not _try(lambda: sagemaker.describe_endpoint(EndpointName=endpoint))


def _under_way(list_: Callable[..., Any], member: str) -> bool:
    """Return whether a job of a kind is in progress; False if the platform no longer answers."""
    try:
        return bool(list_(StatusEquals="InProgress")[member] or list_(StatusEquals="Stopping")[member])
    except Exception:
        return False
