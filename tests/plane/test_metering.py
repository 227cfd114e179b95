"""Counts of calls: what is counted as what, where they are kept, and what they cost."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clary.kernel import AwsError, Caller, FakeClock
from clary.plane import Context, Platform, Service, metering
from clary.plane.around import Invocation
from clary.plane.metering import Metering, kind_of, metering_of, usage
from clary.store.api import Busy
from clary.store.schemas import schema_of
from tests.plane.tiny import REGION, ROOT, call

ROW = ("service", "operation", "caller", "inside", "calls", "client_errors", "server_errors", "throttled")


@pytest.fixture
def counted(small: Platform) -> Metering:
    """A platform whose calls are counted."""
    small.store.migrate({"usage": schema_of("clary.plane")})
    small.around = (Metering(),)
    return metering_of(small)


def rows(where: Platform, since: float = 0) -> list[dict[str, Any]]:
    with where.store.read() as tx:
        return usage(tx, since)


def shown(where: Platform) -> list[tuple[Any, ...]]:
    metering_of(where).store(where)
    return sorted(tuple(row[name] for name in ROW) for row in rows(where))


class TestCounting:
    def test_by_operation_and_outcome(self, small: Platform, counted: Metering, service: Service) -> None:
        failures = [AwsError("Throttling"), AwsError("InternalFailure", "", 500), ValueError("a bug")]

        @service.operation
        def describe_model(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
            if failures:
                raise failures.pop()
            return {}

        for _ in range(3):
            with pytest.raises((AwsError, ValueError)):
                call(small, "DescribeModel", ModelName="m")
        call(small, "DescribeModel", ModelName="m")
        call(small, "CreateModel", ModelName="m")
        assert shown(small) == [
            ("sagemaker", "CreateModel", "root", True, 1, 0, 0, 0),
            ("sagemaker", "DescribeModel", "root", True, 4, 1, 2, 1),
        ]

    def test_a_client_that_has_gone_is_no_failure_of_ours(
        self, small: Platform, counted: Metering, service: Service
    ) -> None:
        begun = asyncio.Event()

        @service.operation
        async def describe_model(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
            begun.set()
            await asyncio.Event().wait()
            return {}

        async def story() -> None:
            work = small.aperform("sagemaker", "DescribeModel", {"ModelName": "m"}, ROOT, REGION)
            task = asyncio.create_task(work)
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(story())
        assert shown(small) == [("sagemaker", "DescribeModel", "root", True, 1, 1, 0, 0)]

    @pytest.mark.parametrize(
        ("caller", "kind"),
        [
            (ROOT, "root"),
            (Caller("1", "arn:aws:iam::1:user/u", "", ""), "user"),
            (Caller("1", "arn:aws:sts::1:assumed-role/r/s", "", ""), "role"),
            (Caller("1", "arn:aws:sts::1:federated-user/f", "", ""), "federated-user"),
            (Caller.of_service("events.amazonaws.com", "1", "arn:x"), "service"),
            (Caller.anonymous(), "anonymous"),
        ],
    )
    def test_kinds_of_callers(self, caller: Caller, kind: str) -> None:
        assert kind_of(caller) == kind

    def test_from_many_threads_none_is_lost(self, small: Platform, counted: Metering) -> None:
        ctx = small.context("sagemaker", "DescribeModel", ROOT, REGION)

        def work() -> None:
            for _ in range(500):
                counted.after(Invocation((), ctx, {}))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert shown(small) == [("sagemaker", "DescribeModel", "root", False, 2000, 0, 0, 0)]

    def test_different_rows_have_a_bound(
        self, small: Platform, counted: Metering, monkeypatch: pytest.MonkeyPatch, clock: FakeClock
    ) -> None:
        monkeypatch.setattr(metering, "_MOST_KEYS", 3)
        for number in range(10):
            ctx = small.context("sagemaker", "DescribeModel", replace(ROOT, account=str(number)), REGION)
            counted.after(Invocation((), ctx, {}))
            counted.store(small)
        found = {row["account"]: row["calls"] for row in rows(small)}
        assert found == {"0": 1, "1": 1, "2": 1, "*": 7}


class TestKeeping:
    def test_by_the_minute(self, small: Platform, counted: Metering, clock: FakeClock) -> None:
        for _ in range(3):
            call(small, "ListModels")
            call(small, "ListModels")
            counted.store(small)
            clock.advance(60)
        kept = rows(small)
        assert [row["calls"] for row in kept] == [2, 2, 2]
        assert {row["at"] % 60 for row in kept} == {0}
        assert kept[0]["at"] - kept[1]["at"] == 60
        assert all(0 < row["seconds"] < 60 for row in kept)

    def test_two_processes_add_up(self, small: Platform, counted: Metering) -> None:
        call(small, "ListModels")
        counted.store(small)
        small.around = (Metering(),)
        call(small, "ListModels")
        assert [row[4] for row in shown(small)] == [2]

    def test_after_a_day_by_the_hour_and_after_ninety_days_no_more(
        self, small: Platform, counted: Metering, clock: FakeClock
    ) -> None:
        clock.advance(3600 - clock.now() % 3600)
        for _ in range(3):
            call(small, "ListModels")
            counted.store(small)
            clock.advance(60)
        clock.advance(26 * 3600)
        counted.store(small)
        assert [(row["span"], row["calls"], row["at"] % 3600) for row in rows(small)] == [(3600, 3, 0)]
        clock.advance(91 * 24 * 3600)
        counted.store(small)
        assert rows(small) == []

    def test_what_cannot_be_stored_is_counted_on(
        self, small: Platform, counted: Metering, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        call(small, "ListModels")

        def write() -> Any:
            raise Busy("somebody else writes")

        with monkeypatch.context() as patch:
            patch.setattr(small.store, "write", write)
            with pytest.raises(Busy):
                counted.store(small)
        call(small, "ListModels")
        assert [row[4] for row in shown(small)] == [2]

    def test_where_calls_are_not_counted(self, small: Platform) -> None:
        with pytest.raises(LookupError):
            metering_of(small)


def test_it_costs_little(small: Platform, counted: Metering) -> None:
    """Some 1 µs a call on an idle machine, 3 as the limit; processor time of the best of several tries."""
    ctx = small.context("sagemaker", "DescribeModel", ROOT, REGION)
    best = 1.0
    for _ in range(20):
        began = time.thread_time()
        for _ in range(1000):
            invocation = Invocation((), ctx, {})
            counted.before(invocation)
            counted.after(invocation)
        best = min(best, (time.thread_time() - began) / 1000)
    assert best < 10e-6, "a machine may be slow, but not that slow"


def test_requests_are_counted_also_those_that_are_refused(
    platform: Platform, client: Callable[..., Any]
) -> None:
    client("sagemaker").list_models()
    with pytest.raises(ClientError):
        client("sagemaker").describe_model(ModelName="none")
    assert shown(platform) == [
        ("sagemaker", "DescribeModel", "root", False, 1, 1, 0, 0),
        ("sagemaker", "ListModels", "root", False, 1, 0, 0, 0),
    ]
