"""Heavy reads run beside the event loop, few at a time, and accounts take turns."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.plane import Platform, lanes, pipeline
from clary.plane.action import Lane
from clary.plane.lanes import Crowded, ThreadLane
from clary.server.http.eager import begin
from clary.services import load_services
from tests.inprocess import Loop


class Works:
    """Works that wait until they are let go, and what of them has begun."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self._gates: dict[str, threading.Event] = {}

    def work(self, name: str) -> Callable[[], str]:
        gate = self._gates[name] = threading.Event()

        def work() -> str:
            self.begun.append(name)
            assert gate.wait(30)
            return name

        return work

    def let(self, *names: str) -> None:
        for name in names:
            self._gates[name].set()


async def begun(works: Works, count: int) -> None:
    while len(works.begun) < count:
        await asyncio.sleep(0.001)
    for _ in range(20):  # would more begin?
        await asyncio.sleep(0.001)
    assert len(works.begun) == count


def test_an_account_has_one_at_a_time_and_others_go_by() -> None:
    async def story() -> list[str]:
        lane, works = ThreadLane("heavy", 2), Works()
        asked = [("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1"), ("c", "c1")]
        tasks = [asyncio.create_task(lane.run(account, works.work(name))) for account, name in asked]
        await begun(works, 2)
        assert works.begun == ["a1", "b1"]
        works.let("b1")
        await begun(works, 3)
        assert works.begun[2] == "c1"
        works.let("a1", "a2", "a3", "c1")
        await asyncio.gather(*tasks)
        return works.begun

    assert asyncio.run(story())[3:] == ["a2", "a3"]


def test_a_line_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "_LONGEST_LINE", 2)

    async def story() -> None:
        lane, works = ThreadLane("heavy", 2), Works()
        tasks = [asyncio.create_task(lane.run("a", works.work(name))) for name in ("1", "2")]
        await begun(works, 1)
        with pytest.raises(Crowded):
            await lane.run("a", lambda: None)
        assert await lane.run("b", lambda: "served") == "served"
        works.let("1", "2")
        await asyncio.gather(*tasks)
        assert await lane.run("a", lambda: "served") == "served"

    asyncio.run(story())


class TestPatience:
    """A call waits for a bounded time. Without the bound the client would give up first, and ask again."""

    def test_of_an_account_that_has_its_share(self) -> None:
        async def story() -> None:
            lane, works = ThreadLane("heavy", 2, patience=0.01), Works()
            first = asyncio.create_task(lane.run("a", works.work("1")))
            await begun(works, 1)
            with pytest.raises(Crowded):
                await lane.run("a", lambda: None)
            works.let("1")
            await first
            assert await lane.run("a", lambda: "served") == "served"
            assert lane._lines == {}

        asyncio.run(story())

    def test_of_all_where_every_thread_is_taken(self) -> None:
        async def story() -> None:
            lane, works = ThreadLane("heavy", 1, patience=0.01), Works()
            first = asyncio.create_task(lane.run("a", works.work("1")))
            await begun(works, 1)
            with pytest.raises(Crowded):
                await lane.run("b", lambda: None)
            works.let("1")
            await first
            assert await lane.run("b", lambda: "served") == "served"

        asyncio.run(story())

    def test_a_place_is_free_when_the_thread_ends_and_not_when_its_caller_goes(self) -> None:
        async def story() -> None:
            lane, works = ThreadLane("heavy", 1, patience=0.01), Works()
            gone = asyncio.create_task(lane.run("a", works.work("1")))
            await begun(works, 1)
            gone.cancel()
            with pytest.raises(asyncio.CancelledError):
                await gone
            with pytest.raises(Crowded):
                await lane.run("b", lambda: None)
            works.let("1")
            while lane._lines:
                await asyncio.sleep(0.001)
            assert await lane.run("b", lambda: "served") == "served"

        asyncio.run(story())

    def test_who_is_cancelled_while_it_waits_leaves_no_trace(self) -> None:
        async def story() -> None:
            lane, works = ThreadLane("heavy", 1), Works()
            first = asyncio.create_task(lane.run("a", works.work("1")))
            waits = asyncio.create_task(lane.run("b", lambda: None))
            await begun(works, 1)
            waits.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waits
            works.let("1")
            await first
            assert lane._lines == {}
            assert await lane.run("b", lambda: "served") == "served"

        asyncio.run(story())

    def test_in_an_answer_that_was_begun_without_a_task(self) -> None:
        """As the server begins all of them: the bound must hold there, too."""

        async def story() -> None:
            loop, lane, works = asyncio.get_running_loop(), ThreadLane("heavy", 1, patience=0.01), Works()
            first = asyncio.create_task(lane.run("a", works.work("1")))
            await begun(works, 1)
            made: asyncio.Future[Any] = loop.create_future()
            loop.call_soon(lambda: made.set_result(begin(lane.run("b", lambda: None))))
            with pytest.raises(Crowded):
                await (await made)
            works.let("1")
            await first

        asyncio.run(story())


@pytest.mark.parametrize(
    ("service", "operation", "lane", "code"),
    [
        ("sagemaker", "list_models", "heavy_read", "ThrottlingException"),
        ("sagemaker", "list_models", "compute", "ThrottlingException"),
        ("sagemaker", "list_models", "write", "ThrottlingException"),
        ("iam", "list_roles", "compute", "Throttling"),
        ("s3", "list_buckets", "compute", "SlowDown"),
        ("s3", "list_buckets", "write", "SlowDown"),
    ],
)
def test_a_lane_that_stays_full_is_told_in_the_services_words(
    client: Any,
    platform: Platform,
    loop: Loop,
    monkeypatch: pytest.MonkeyPatch,
    service: str,
    operation: str,
    lane: Lane,
    code: str,
) -> None:
    monkeypatch.setattr(pipeline, "_WRITE_PATIENCE", 0.01)
    full = asyncio.Semaphore(0)
    monkeypatch.setattr(platform._pipeline, "_writes", full)
    for name in ("_heavy", "_compute"):
        threads = ThreadLane("full", 1, patience=0.01)
        threads._free = full
        monkeypatch.setattr(platform._pipeline, name, threads)
    actions = platform.services[service].actions
    name = platform.services[service].name_of(operation)
    monkeypatch.setitem(actions, name, replace(actions[name], lane=lane, heavy=None))
    with pytest.raises(ClientError) as caught:
        getattr(client(service), operation)()
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPHeaders"]["x-amz-retry-after"] == "1000"


def test_the_loop_waits_less_for_the_interpreter_meanwhile() -> None:
    usual = sys.getswitchinterval()

    async def story() -> float:
        return await ThreadLane("heavy", 2).run("a", sys.getswitchinterval)

    assert asyncio.run(story()) < usual / 10
    assert sys.getswitchinterval() == usual


def test_a_failure_is_the_callers() -> None:
    async def story() -> str:
        lane = ThreadLane("heavy", 2)
        with pytest.raises(ZeroDivisionError):
            await lane.run("a", lambda: 1 // 0)
        return await lane.run("a", lambda: "served")

    assert asyncio.run(story()) == "served"


class TestOperations:
    def test_they_run_off_the_loop_and_so_does_the_writing_out(
        self, client: Any, platform: Platform, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[str] = []
        action = platform.services["cloudwatch"].actions["ListMetrics"]

        def handler(ctx: Any, params: Any) -> Any:
            seen.append(threading.current_thread().name)
            return {"Metrics": Shown()}

        class Shown(list[Any]):
            def __iter__(self) -> Any:
                seen.append(threading.current_thread().name)
                return super().__iter__()

        monkeypatch.setitem(
            platform.services["cloudwatch"].actions, "ListMetrics", replace(action, handler=handler)
        )
        client("cloudwatch").list_metrics()
        assert seen
        assert all(name.startswith("clary-heavy") for name in seen)

    @pytest.mark.parametrize(
        ("service", "code"),
        [("logs", "ThrottlingException"), ("cloudwatch", "Throttling"), ("iam", "Throttling")],
    )
    def test_too_many_are_told_so_in_awss_words(
        self, client: Any, monkeypatch: pytest.MonkeyPatch, service: str, code: str
    ) -> None:
        """CommonErrors of each API reference."""
        monkeypatch.setattr(lanes, "_LONGEST_LINE", 0)
        calls = {"logs": "describe_log_groups", "cloudwatch": "list_metrics", "iam": "list_policies"}
        with pytest.raises(ClientError) as caught:
            getattr(client(service), calls[service])()
        assert caught.value.response["Error"]["Code"] == code
        assert caught.value.response["Error"]["Message"] == "Rate exceeded"

    def test_small_reads_stay_on_the_loop(self) -> None:
        services = load_services()

        def heavy(service: str, operation: str, params: dict[str, Any]) -> bool:
            return services[service].actions[operation].lane_for(params) == "heavy_read"

        assert not heavy("sts", "GetCallerIdentity", {})
        assert not heavy("sagemaker", "DescribeTrainingJob", {"TrainingJobName": "a"})
        assert not heavy("sagemaker", "ListTrainingJobs", {"MaxResults": 10, "SortBy": "CreationTime"})
        assert heavy("sagemaker", "ListTrainingJobs", {"NameContains": "a"})
        assert heavy("sagemaker", "ListTrainingJobs", {"SortBy": "Status"})
        assert not heavy("logs", "GetLogEvents", {"limit": 10})
        assert heavy("logs", "GetLogEvents", {})
