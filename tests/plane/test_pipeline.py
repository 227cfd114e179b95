"""The way of a call: what its body may do, and what hooks around it see."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from clary.kernel import AwsError
from clary.plane import Context, Platform, Service
from clary.plane.action import Lane
from clary.plane.around import Invocation
from clary.plane.unit import InTransaction
from clary.wire import FileSpan
from tests.plane.probes import ARN, Params, outside, register
from tests.plane.tiny import REGION, ROOT, SCOPE


class TestBodies:
    """What streams outside is whole for a caller in a thread, and streams on for one on the loop."""

    @pytest.mark.parametrize("form", ["bytes", "file", "parts", "empty"])
    def test_of_bytes(self, tmp_path: Path, form: str, clock: Any) -> None:
        s3 = Service("s3")
        file = tmp_path / "blob"
        file.write_bytes(b"..whole..")

        async def parts() -> AsyncIterator[bytes]:
            for part in (b"wh", b"ole") if form == "parts" else ():
                yield part

        bodies = {"bytes": b"whole", "file": FileSpan(str(file), 2, 5)}

        @s3.operation
        async def get_object(ctx: Context, params: Params) -> Params:
            return {"Body": bodies.get(form) or parts(), "ContentLength": 5, "_private": 1}

        from tests.plane.tiny import platform

        small = platform(tmp_path, clock, s3)
        params = {"Bucket": "bucket", "Key": "k"}
        got = small.perform("s3", "GetObject", params, ROOT, REGION)
        assert got == {"Body": b"" if form == "empty" else b"whole", "ContentLength": 5}
        streamed = asyncio.run(small.aperform("s3", "GetObject", params, ROOT, REGION))
        assert set(streamed) == {"Body", "ContentLength"}
        small.close()

    def test_of_events(self, tmp_path: Path, clock: Any) -> None:
        runtime = Service("sagemaker-runtime", actions="sagemaker")

        async def events() -> AsyncIterator[Params]:
            yield {"PayloadPart": {"Bytes": b"a"}}
            yield {"PayloadPart": {"Bytes": b"b"}}

        @runtime.operation
        async def invoke_endpoint_with_response_stream(ctx: Context, params: Params) -> Params:
            return {"Body": events()}

        from tests.plane.tiny import platform

        small = platform(tmp_path, clock, runtime)
        params = {"EndpointName": "e", "Body": b""}
        got = small.perform("sagemaker-runtime", "InvokeEndpointWithResponseStream", params, ROOT, REGION)
        assert got == {"Body": [{"PayloadPart": {"Bytes": b"a"}}, {"PayloadPart": {"Bytes": b"b"}}]}
        small.close()


class TestComputing:
    def test_transactions_of_its_own(self, small: Platform, service: Service) -> None:
        done: list[str] = []

        @service.operation(lane="compute")
        def describe_model(ctx: Context, params: Params) -> Params:
            with ctx.transaction(write=True) as inner:
                inner.after_commit(lambda: done.append("after"))
                inner.call("sagemaker", "CreateModel", {"ModelName": "m"})
                done.append("within")
            with ctx.transaction() as inner:
                assert inner.tx.count("sagemaker:Model", SCOPE) == 1
            return {"ModelName": threading.current_thread().name}

        answer = outside(small, "DescribeModel", ModelName="m")
        assert answer["ModelName"].startswith("clary-compute")
        assert done == ["within", "after"]

    def test_no_transaction_within_one(self, small: Platform, service: Service) -> None:
        @service.operation
        def create_model(ctx: Context, params: Params) -> Params:
            with ctx.transaction(write=True):
                return {}

        with pytest.raises(InTransaction):
            outside(small, "CreateModel", ModelName="m")


class Hook:
    """Tells what it sees, and refuses or fails where it is told to."""

    def __init__(
        self, name: str, told: list[str], *, fails: str = "", with_: Exception | None = None
    ) -> None:
        self.name, self.told, self.fails = name, told, fails
        self.error = with_ or RuntimeError("a hook that is broken")

    def before(self, call: Invocation) -> None:
        self._tell("before", call.ctx.op.name)

    def after(self, call: Invocation) -> None:
        ended = "ok" if call.error is None else type(call.error).__name__
        self._tell("after", f"{call.ctx.op.name}, {ended}, {call.result}, {call.ctx.inside}")
        assert call.seconds > 0

    def _tell(self, moment: str, text: str) -> None:
        if self.fails == moment:
            raise self.error
        self.told.append(f"{self.name} {moment} {text}")


class TestAround:
    def test_hooks_see_calls_from_outside_and_from_inside(
        self, small: Platform, service: Service, inner: Callable[[Lane], list[str]]
    ) -> None:
        inner("read")
        told: list[str] = []
        small.around = (Hook("a", told), Hook("b", told))
        register(
            service,
            "CreateModel",
            "write",
            lambda ctx: ctx.call("sagemaker", "DescribeModel", {"ModelName": "m"}),
            [],
        )
        outside(small, "CreateModel", ModelName="m")
        of_inner = f"DescribeModel, ok, {{'ModelArn': '{ARN}', '_hidden': 1}}, True"
        of_outer = f"CreateModel, ok, {{'ModelArn': '{ARN}'}}, False"
        assert told == [
            "a before CreateModel",
            "b before CreateModel",
            "a before DescribeModel",
            "b before DescribeModel",
            f"b after {of_inner}",
            f"a after {of_inner}",
            f"b after {of_outer}",
            f"a after {of_outer}",
        ]

    @pytest.mark.parametrize("error", [AwsError("Throttling", "slow"), RuntimeError("broken")])
    def test_one_that_refuses(
        self, small: Platform, inner: Callable[[Lane], list[str]], error: Exception
    ) -> None:
        """Nothing is authorised or handled, and the hooks further out learn of it."""
        handled, told = inner("read"), list[str]()
        small.around = (Hook("a", told), Hook("b", told, fails="before", with_=error), Hook("c", told))
        with pytest.raises(type(error)):
            outside(small, "DescribeModel", ModelName="m")
        name = type(error).__name__
        assert told == ["a before DescribeModel", f"a after DescribeModel, {name}, None, False"]
        assert handled == []

    def test_one_that_fails_afterwards(
        self,
        small: Platform,
        inner: Callable[[Lane], list[str]],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        inner("read")
        told: list[str] = []
        small.around = (Hook("a", told), Hook("b", told, fails="after"))
        assert outside(small, "DescribeModel", ModelName="m")["ModelArn"] == ARN
        assert len(told) == 3
        assert "Hook failed after a call" in caplog.text

    def test_they_see_a_call_whose_client_has_gone(self, small: Platform, service: Service) -> None:
        told: list[str] = []
        small.around = (Hook("a", told),)

        @service.operation
        async def describe_model(ctx: Context, params: Params) -> Params:
            await asyncio.Event().wait()
            return {}

        async def story() -> None:
            ctx = small.context("sagemaker", "DescribeModel", ROOT, REGION)
            action = small.action("sagemaker", "DescribeModel")
            task = asyncio.create_task(small.answer(ctx, action, {"ModelName": "m"}, dict))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        asyncio.run(story())
        assert told[-1] == "a after DescribeModel, CancelledError, None, False"
