"""boto3 as the demo uses it: clients of one platform, counting of calls, waiting for states, S3 by URI."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from clary.cli.default_role import session_of
from clary.cli.demo.journey import StepFailed
from clary.cli.home import Identity

POLL = 0.2
_LONGEST_WAIT = 900.0

Document = dict[str, Any]


@dataclass
class Cloud:
    """Clients of one account, the bucket and prefix of one run, and the number of calls by operation."""

    identity: Identity
    endpoint: str
    region: str
    role: str
    bucket: str
    prefix: str
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        session = session_of(self.identity, self.region)

        def client(name: str) -> Any:
            made = session.client(name, endpoint_url=self.endpoint)
            made.meta.events.register("before-call", self._count)
            return made

        self.s3, self.sagemaker = client("s3"), client("sagemaker")
        self.runtime, self.logs = client("sagemaker-runtime"), client("logs")
        self.cloudwatch = client("cloudwatch")

    def _count(self, model: Any, **_: Any) -> None:
        self.calls[model.service_model.service_name, model.name] += 1

    def create_bucket(self) -> None:
        """Create the run's bucket. Outside us-east-1, S3 requires the region in the request."""
        elsewhere = self.region != "us-east-1"
        more = {"CreateBucketConfiguration": {"LocationConstraint": self.region}} if elsewhere else {}
        self.s3.create_bucket(Bucket=self.bucket, **more)

    def uri(self, *parts: str) -> str:
        """Return a URI below this run's prefix."""
        return "/".join((f"s3://{self.bucket}/{self.prefix}", *parts))

    def name(self, part: str) -> str:
        """Return the name of a resource of this run."""
        return f"{self.prefix}-{part}"

    def put(self, body: bytes, *parts: str) -> str:
        """Put an object and return its URI."""
        self.s3.put_object(Bucket=self.bucket, Key="/".join((self.prefix, *parts)), Body=body)
        return self.uri(*parts)

    def get(self, uri: str) -> bytes:
        """Return the bytes of an object."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    def keys(self, uri: str) -> list[str]:
        """Return the URIs of all objects below a URI."""
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [f"s3://{bucket}/{item['Key']}" for page in pages for item in page.get("Contents", [])]

    def log_lines(self, group: str, job: str) -> Iterator[str]:
        """Yield what a job has logged so far, one host after another; nothing if there is no log yet."""
        try:
            streams = self.logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{job}/")
        except self.logs.exceptions.ResourceNotFoundException:
            return
        for stream in streams["logStreams"]:
            request = {"logGroupName": group, "logStreamName": stream["logStreamName"], "startFromHead": True}
            answer = self.logs.get_log_events(**request)
            while answer["events"]:
                yield from (event["message"] for event in answer["events"])
                answer = self.logs.get_log_events(**request, nextToken=answer["nextForwardToken"])


def wait(
    look: Callable[[], Document], status: str, tell: Callable[[Document], None], goal: tuple[str, ...]
) -> Document:
    """Poll until `status` is in `goal` or final; return the last description."""
    deadline = time.monotonic() + _LONGEST_WAIT
    while True:
        found = look()
        tell(found)
        if found[status] in goal or found[status] in ("Failed", "Stopped", "CompletedWithViolations"):
            return found
        if time.monotonic() > deadline:
            raise StepFailed(f"still {found[status]} after {_LONGEST_WAIT:.0f} s")
        time.sleep(POLL)


def finished(cloud: Cloud, found: Document, status: str, group: str, job: str) -> Document:
    """Return the description of a completed job. Raise StepFailed with FailureReason and the end of the log
    if it failed."""
    if found[status] in ("Completed", "CompletedWithViolations", "InService"):
        return found
    reason = found.get("ExitMessage") or found.get("FailureReason") or "without a FailureReason"
    tail = list(cloud.log_lines(group, job))[-8:]
    words = "".join(f"\n    {line}" for line in tail)
    raise StepFailed(
        f"{job} is {found[status]}: {reason}", f"CloudWatch Logs, group {group}, streams {job}/*{words}"
    )
