"""`./run bench scale`: what a platform does when it holds much. One store is filled, and each figure printed once.

100,000 timers, 20,000 training jobs, 1,000 endpoints and 100,000 tagged records. CPU milliseconds of the least of some
calls, in this process and without sockets, so that other work on the machine counts little. `loop` is the longest that one
callback held the event loop meanwhile.
"""

from __future__ import annotations

import asyncio
import gc
import shutil
import sys
import tempfile
import time
from asyncio import events
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from clary.kernel import Caller
from clary.plane import Platform
from clary.runs.fake import FakeExecutor
from clary.server.assemble import assemble
from clary.server.home import Home
from clary.server.loop import Controllers
from clary.server.options import Options
from clary.services.sagemaker.runtime import background
from clary.store.api import Record

TIMERS, JOBS, ENDPOINTS, TAGGED = 100_000, 20_000, 1_000, 100_000
ACCOUNT, REGION = "111122223333", "us-east-1"
SCOPE = f"{ACCOUNT}/{REGION}"
ROOT = Caller(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", is_root=True)
_BEGIN = 1_700_000_000.0
_TIMES = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """Milliseconds of CPU, how long the event loop was held, and what is wanted (None: nothing)."""

    work: str
    cpu: float
    goal: float | None
    loop: float | None = None

    @property
    def is_met(self) -> bool:
        held = self.loop is None or self.loop <= 20
        return held and (self.goal is None or self.cpu <= self.goal)

    def __str__(self) -> str:
        loop = "" if self.loop is None else f"{self.loop:8.1f}"
        goal = "" if self.goal is None else f"{self.goal:6g}"
        return f"{self.work:62s}{self.cpu:9.2f}{goal:>8s}{loop:>9s}  {'' if self.is_met else 'MISSED'}"


# the store --------------------------------------------------------------------------------------------------------


def fill(platform: Platform) -> None:
    """All of it, by kinds."""
    for records in (jobs(), endpoints(), timers()):
        with platform.store.write() as tx:
            for number, record in enumerate(records):
                tx.insert(record)
                if record.kind != "sagemaker:Endpoint" and number < TAGGED:
                    tx.tag(record.arn, {"team": f"t{number % 500}", "stage": "dev" if number % 3 else "prod"})
    while True:  # what the controllers delete bit by bit
        with platform.store.write() as tx:
            if not tx.trim_changes().more:
                break


def jobs() -> Iterator[Record]:
    """Training jobs, of which a hundredth has failed and a thousandth is in progress, an hour apart."""
    for n in range(JOBS):
        status = "InProgress" if n % 1000 == 0 else "Failed" if n % 100 == 1 else "Completed"
        at = _BEGIN + 3600.0 * n
        yield Record(
            "sagemaker:TrainingJob",
            SCOPE,
            f"job-{n:05}",
            arn("training-job", f"job-{n:05}"),
            status,
            job(n, status, at),
            created=at,
            modified=at + 60,
        )


def job(n: int, status: str, at: float) -> dict[str, Any]:
    """A document as CreateTrainingJob and a run leave it."""
    channel = {
        "ChannelName": "train",
        "ContentType": "text/csv",
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://data/{n % 50}/train"}},
    }
    spec = {
        "TrainingJobName": f"job-{n:05}",
        "AlgorithmSpecification": {
            "TrainingImage": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1",
            "TrainingInputMode": "File",
        },
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/Jobs",
        "HyperParameters": {"num_round": str(n % 300), "eta": f"0.{n % 10}", "objective": "reg:squarederror"},
        "InputDataConfig": [channel, {**channel, "ChannelName": "validation"}],
        "OutputDataConfig": {"S3OutputPath": "s3://data/out", "KmsKeyId": "", "CompressionType": "GZIP"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }
    names = ("Starting", "Downloading", "Training", "Uploading", status)
    history = [
        {
            "Status": name,
            "StartTime": at + 10 * place,
            "EndTime": at + 10 * place + 10,
            "StatusMessage": "Working",
        }
        for place, name in enumerate(names)
    ]
    observed = {"SecondaryStatus": status, "SecondaryStatusTransitions": history, "TrainingEndTime": at + 60}
    metrics = {"validation:rmse": {"MetricName": "validation:rmse", "Value": n % 97 / 10, "Timestamp": at}}
    return {"spec": spec, "status": observed, "private": {"metrics": metrics}}


def endpoints() -> Iterator[Record]:
    """Endpoints in service, with one replica each and nothing to be done for an hour."""
    for n in range(ENDPOINTS):
        variant = {
            "VariantName": "A",
            "ModelName": "m",
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
            "InitialVariantWeight": 1.0,
            "_model": {"PrimaryContainer": {"Image": "image", "Environment": {"A": "b" * 400}}},
        }
        plan = {"name": "c", "variants": [variant], "capture": None}
        replica = {"variant": "A", "generation": 1, "number": 0, "attempt": 1, "run": f"r{n}"}
        private = {
            "plan": plan,
            "served": plan,
            "generation": 1,
            "served_generation": 1,
            "replicas": [
                {
                    **replica,
                    "socket": f"/none/{n}",
                    "ready": True,
                    "failures": 0,
                    "not_before": 0.0,
                    "since": 1.0,
                }
            ],
        }
        spec = {"EndpointName": f"e-{n:04}", "EndpointConfigName": "c"}
        yield Record(
            "sagemaker:Endpoint",
            SCOPE,
            f"e-{n:04}",
            arn("endpoint", f"e-{n:04}"),
            "InService",
            {"spec": spec, "private": private},
            created=_BEGIN + n,
            modified=_BEGIN + n,
            due=time.time() + 3600,
        )


def timers() -> Iterator[Record]:
    """Schedules, whose time comes in an hour."""
    for n in range(TIMERS):
        id, far = f"s-{n:06}", time.time() + 3600 + n
        yield Record(
            "sagemaker:MonitoringSchedule",
            SCOPE,
            id,
            arn("monitoring-schedule", id),
            "Scheduled",
            {"spec": {"MonitoringScheduleName": id}},
            created=_BEGIN + n,
            modified=_BEGIN + n,
            until=far,
        )


def arn(kind: str, name: str) -> str:
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{kind}/{name}"


# the figures ------------------------------------------------------------------------------------------------------

LISTS: dict[str, dict[str, Any]] = {
    "no filter": {},
    "CreationTimeAfter": {"CreationTimeAfter": _BEGIN + 3600.0 * 15_000},
    "CreationTimeBefore": {"CreationTimeBefore": _BEGIN + 3600.0 * 15_000},
    "StatusEquals Failed": {"StatusEquals": "Failed"},
    "StatusEquals InProgress": {"StatusEquals": "InProgress"},
    "StatusEquals and CreationTimeAfter": {
        "StatusEquals": "Failed",
        "CreationTimeAfter": _BEGIN + 3600.0 * 15_000,
    },
    "SortBy Name": {"SortBy": "Name"},
}


def tag(value: str) -> dict[str, Any]:
    return {"Filters": [{"Name": "Tags.team", "Operator": "Equals", "Value": value}]}


def one(name: str, operator: str, value: str) -> dict[str, Any]:
    return {"Filters": [{"Name": name, "Operator": operator, "Value": value}]}


def nested(uri: str) -> dict[str, Any]:
    path = "InputDataConfig"
    filters = [
        {"Name": f"{path}.ChannelName", "Operator": "Equals", "Value": "train"},
        {"Name": f"{path}.DataSource.S3DataSource.S3Uri", "Operator": "Contains", "Value": uri},
    ]
    return {"NestedFilters": [{"NestedPropertyName": path, "Filters": filters}]}


SEARCHES: dict[str, tuple[dict[str, Any], float]] = {
    "by tag": (tag("t7"), 20),
    "by tag, none": (tag("none"), 20),
    "Contains, in a name": (one("TrainingJobName", "Contains", "1999"), 300),
    "Contains, none": (one("RoleArn", "Contains", "nobody"), 300),
    "nested": (nested("/7/"), 300),
    "nested, none": (nested("/nowhere/"), 300),
    "hyperparameter Equals a text": (one("HyperParameters.objective", "Equals", "none"), 300),
    "hyperparameter Equals a number": (one("HyperParameters.num_round", "Equals", "7"), 300),
    "hyperparameter Equals a number, none": (one("HyperParameters.num_round", "Equals", "1000000"), 300),
    "hyperparameter GreaterThan a number, none": (
        one("HyperParameters.num_round", "GreaterThan", "1000"),
        300,
    ),
    "metric LessThan a number": (one("Metrics.validation:rmse", "LessThan", "0.05"), 300),
}


def least(work: Callable[[], object]) -> float:
    """CPU milliseconds of the least of some calls; the first is not counted."""
    found = []
    for _ in range(_TIMES + 1):
        began = time.process_time()
        work()
        found.append((time.process_time() - began) * 1e3)
    return min(found[1:])


def turn(platform: Platform, folder: Path) -> Figure:
    controllers = Controllers(platform, str(folder / "bell"))
    controllers._wait = lambda seconds: None  # type: ignore[method-assign]
    return Figure("a controllers' turn with nothing due", least(controllers._turn), 2)


class Held:
    """The longest that a callback has held the event loop of this thread: CPU milliseconds."""

    def __init__(self) -> None:
        self.longest = 0.0

    def __enter__(self) -> Held:
        self._run, held = events.Handle._run, self

        def timed(handle: events.Handle) -> None:
            began = time.thread_time()
            held._run(handle)
            held.longest = max(held.longest, (time.thread_time() - began) * 1e3)

        events.Handle._run = timed  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        events.Handle._run = self._run  # type: ignore[method-assign]


async def call(platform: Platform, operation: str, params: dict[str, Any]) -> None:
    await platform.aperform("sagemaker", operation, params, ROOT, REGION)


def figure(loop: asyncio.AbstractEventLoop, work: str, goal: float | None, make: Callable[[], Any]) -> Figure:
    """The CPU of what `make` returns to be awaited, on this loop and in its threads."""
    loop.run_until_complete(make())
    with Held() as held:
        cpu = least(lambda: loop.run_until_complete(make()))
    return Figure(work, cpu, goal, held.longest)


def measure(platform: Platform, folder: Path) -> Iterator[Figure]:
    yield turn(platform, folder)
    loop = asyncio.new_event_loop()
    for name, params in LISTS.items():
        yield figure(
            loop, f"ListTrainingJobs, {name}", 20, lambda p=params: call(platform, "ListTrainingJobs", p)
        )
    for name, (expression, goal) in SEARCHES.items():
        params = {"Resource": "TrainingJob", "SearchExpression": expression}
        yield figure(loop, f"Search, {name}", goal, lambda p=params: call(platform, "Search", p))
    yield from routing(platform, loop)
    loop.close()


def routing(platform: Platform, loop: asyncio.AbstractEventLoop) -> Iterator[Figure]:
    """The gateway's table of endpoints: made, looked at without news, and with one endpoint changed."""
    routes = background.of(platform).routes
    began = time.process_time()
    with Held() as held:
        loop.run_until_complete(routes.refresh())
    yield Figure("routing table, all endpoints", (time.process_time() - began) * 1e3, None, held.longest)
    yield figure(loop, "routing table, nothing new", None, routes.refresh)

    async def change() -> None:
        with platform.store.write() as tx:
            record = tx.get("sagemaker:Endpoint", SCOPE, "e-0500")
            assert record is not None
            tx.update(record.evolve(modified=record.modified + 1))
        await routes.refresh()

    yield figure(loop, "routing table, one endpoint changed", None, change)


def main() -> int:
    """Print the figures. 1 where one of them is above what is wanted."""
    folder = Path(tempfile.mkdtemp(prefix="clb"))
    try:
        options = Options(account=ACCOUNT, access_key_id="AKIA" + "B" * 16, secret_access_key="b" * 40)
        platform = assemble(Home.at(folder / "home"), options, runs=FakeExecutor())
        began = time.monotonic()
        fill(platform)
        print(f"filled in {time.monotonic() - began:.0f} s", file=sys.stderr)
        gc.collect()
        gc.freeze()
        print(f"{'':62s}{'CPU ms':>9s}{'wanted':>8s}{'loop ms':>9s}")
        missed = False
        for found in measure(platform, folder):
            print(found, flush=True)
            missed = missed or not found.is_met
        platform.close()
        return 1 if missed else 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    raise SystemExit(main())
