"""What follows a commit: when it is done, and when it is not."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from clary.kernel import AwsError
from clary.plane import Context, Platform, Record, Service, Step, World
from clary.plane.unit import InTransaction
from clary.server.loop import Controllers
from tests.plane.probes import ARN, Params, outside
from tests.plane.tiny import REGION, ROOT, call, start


class TestAfterCommit:
    @pytest.fixture
    def story(self, small: Platform, service: Service) -> list[str]:
        """CreateModel tells what happens, and fails where its name is `fails`."""
        told: list[str] = []

        def look() -> None:
            with small.store.read() as tx:
                told.append(f"after, {tx.tags('arn')}")

        @service.operation
        def create_model(ctx: Context, params: Params) -> Params:
            ctx.tx.tag("arn", {"k": params["ModelName"]})
            ctx.after_commit(look)
            told.append("handled")
            if params["ModelName"] == "fails":
                raise AwsError("ValidationException", "no")
            return {}

        return told

    @pytest.mark.parametrize("way", [call, outside])
    def test_it_sees_what_was_committed(
        self, small: Platform, story: list[str], way: Callable[..., Any]
    ) -> None:
        way(small, "CreateModel", ModelName="m")
        assert story == ["handled", "after, {'k': 'm'}"]

    @pytest.mark.parametrize("way", [call, outside])
    def test_not_after_a_failure(self, small: Platform, story: list[str], way: Callable[..., Any]) -> None:
        with pytest.raises(AwsError, match="no"):
            way(small, "CreateModel", ModelName="fails")
        assert story == ["handled"]

    def test_once_where_the_work_runs_again(
        self, small: Platform, story: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As on PostgreSQL, where another transaction came in between."""

        def twice(work: Callable[[Any], Any]) -> asyncio.Future[Any]:
            future = asyncio.get_running_loop().create_future()
            with suppress(ZeroDivisionError), small.store.write() as tx:
                work(tx)
                raise ZeroDivisionError
            with small.store.write() as tx:
                future.set_result(work(tx))
            return future

        monkeypatch.setattr(small.store, "submit", twice)
        outside(small, "CreateModel", ModelName="m")
        assert story == ["handled", "handled", "after, {'k': 'm'}"]

    def test_a_failure_afterwards_changes_no_answer_and_keeps_nothing_back(
        self, small: Platform, service: Service, caplog: pytest.LogCaptureFixture
    ) -> None:
        done: list[str] = []

        @service.operation
        def create_model(ctx: Context, params: Params) -> Params:
            ctx.after_commit(lambda: 1 // 0)
            ctx.after_commit(lambda: done.append("second"))
            return {"ModelArn": ARN}

        assert outside(small, "CreateModel", ModelName="m") == {"ModelArn": ARN}
        assert done == ["second"]
        assert "ZeroDivisionError" in caplog.text

    def test_an_inner_calls_follows_the_outer_commit(
        self, small: Platform, service: Service, story: list[str]
    ) -> None:
        @service.operation
        def delete_model(ctx: Context, params: Params) -> Params:
            ctx.call("sagemaker", "CreateModel", params)
            story.append("outer")
            return {}

        outside(small, "DeleteModel", ModelName="m")
        assert story == ["handled", "outer", "after, {'k': 'm'}"]

    def test_a_step_that_is_not_written_has_no_effects(
        self, small: Platform, service: Service, story: list[str], tmp_path: Path
    ) -> None:
        from clary.plane import Call

        outcome = ["fails"]

        def reconcile(record: Record, world: World) -> Step:
            calls = [Call("sagemaker", "CreateModel", {"ModelName": name}) for name in ("m", *outcome)]
            return Step("Completed", calls=tuple(calls))

        service.controllers["sagemaker:TransformJob"] = reconcile
        start(small)
        controllers = Controllers(small, str(tmp_path / "c.bell"))
        controllers.once()
        assert story == ["handled", "handled"]
        outcome.clear()
        small.clock.advance(60)  # type: ignore[attr-defined]
        controllers.once()
        assert story[2:] == ["handled", "after, {'k': 'm'}"]

    def test_it_needs_a_transaction(self, small: Platform, service: Service) -> None:
        @service.operation(lane="compute")
        def create_model(ctx: Context, params: Params) -> Params:
            ctx.after_commit(lambda: None)
            return {}

        with pytest.raises(InTransaction, match="no transaction"):
            outside(small, "CreateModel", ModelName="m")

    def test_it_happens_also_where_the_caller_has_gone(self, small: Platform, service: Service) -> None:
        begun, go, after = threading.Event(), threading.Event(), threading.Event()

        @service.operation
        def create_model(ctx: Context, params: Params) -> Params:
            ctx.after_commit(after.set)
            begun.set()
            assert go.wait(30)
            return {}

        async def story() -> None:
            ctx = small.context("sagemaker", "CreateModel", ROOT, REGION)
            action = small.action("sagemaker", "CreateModel")
            task = asyncio.create_task(small.answer(ctx, action, {"ModelName": "m"}, dict))
            await asyncio.to_thread(begun.wait, 30)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            go.set()
            assert await asyncio.to_thread(after.wait, 30)

        asyncio.run(story())
