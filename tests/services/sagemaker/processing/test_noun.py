"""Processing jobs as the API shows them."""

from __future__ import annotations

from typing import Any

from clary.kernel import FakeClock
from tests.support.sagemaker_requests import processing_request


def test_the_oldest_job_is_listed_first(sm: Any, role: str, clock: FakeClock) -> None:
    for name in ("p1", "p2"):
        sm.create_processing_job(**processing_request(role, name))
        clock.advance(1)
    jobs = sm.list_processing_jobs()["ProcessingJobSummaries"]
    assert [job["ProcessingJobName"] for job in jobs] == ["p1", "p2"]
