"""The way of a call: any lane from any other, what follows a commit, what hooks see, and lanes that are full."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from clary.kernel import AwsError
from clary.plane import Context, Platform, Record, Service, Step, World
from clary.plane.action import Lane
from clary.plane.around import Invocation
from clary.plane.unit import InTransaction
from clary.server.loop import Controllers
from clary.store.api import Busy
from clary.wire import FileSpan
from tests.plane.tiny import REGION, ROOT, SCOPE, call, start

Params = dict[str, Any]
LANES: tuple[Lane, ...] = ("read", "heavy_read", "write", "compute", "stream")
ARN = "arn:aws:sagemaker:eu-west-1:111122223333:model/inner"


def outside(where: Platform, operation: str, **params: Any) -> Params:
    """A call as the gateway makes it."""

    async def answer() -> Params:
        ctx = where.context("sagemaker", operation, ROOT, REGION)
        action = where.action("sagemaker", operation)
        return await where.answer(ctx, action, params, lambda result: result)

    return asyncio.run(answer())


def place_of(ctx: Context) -> str:
    """Where a handler runs, as its answer says it."""
    try:
        asyncio.get_running_loop()
        on = "loop"
    except RuntimeError:
        on = "thread"
    return f"{on}, {'no ' if ctx.tx is None else ''}tx, {ctx.inside=}"


def register(
    service: Service, operation: str, lane: Lane, answer: Callable[[Context], Any], tell: list[str]
) -> None:
    """Let `answer` answer an operation in a lane; what it returns is awaited where the lane is a stream."""

    async def streaming(ctx: Context, params: Params) -> Params:
        tell.append(place_of(ctx))
        found = answer(ctx)
        await asyncio.sleep(0)
        return await found if asyncio.iscoroutine(found) else found

    def plain(ctx: Context, params: Params) -> Params:
        tell.append(place_of(ctx))
        return answer(ctx)

    service.answer(operation, streaming if lane == "stream" else plain, lane=lane)


@pytest.fixture
def inner(service: Service) -> Callable[[Lane], list[str]]:
    """DescribeModel in a lane; what it tells of where it ran."""

    def make(lane: Lane) -> list[str]:
        told: list[str] = []
        register(service, "DescribeModel", lane, lambda ctx: {"ModelArn": ARN, "_hidden": 1}, told)
        return told

    return make


WAYS = {
    "read": "tx, ctx.inside=True",
    "heavy_read": "tx, ctx.inside=True",
    "write": "tx, ctx.inside=True",
    "compute": "thread, no tx, ctx.inside=True",
    "stream": "loop, no tx, ctx.inside=True",
}
# What would wait in a transaction, and what would write in one that only reads.
REFUSED = {("read", "write"), ("heavy_read", "write")} | {
    (outer, waiting) for outer in ("read", "heavy_read", "write") for waiting in ("compute", "stream")
}


@pytest.mark.parametrize("callee", LANES)
@pytest.mark.parametrize("caller", LANES)
def test_any_lane_from_any_other(
    small: Platform, service: Service, inner: Callable[[Lane], list[str]], caller: Lane, callee: Lane
) -> None:
    told, where = inner(callee), list[str]()
    request = ("sagemaker", "DescribeModel", {"ModelName": "m"})
    register(
        service,
        "CreateModel",
        caller,
        lambda ctx: ctx.acall(*request) if caller == "stream" else ctx.call(*request),
        where,
    )
    if (caller, callee) in REFUSED:
        with pytest.raises(InTransaction, match="DescribeModel") as caught:
            outside(small, "CreateModel", ModelName="m")
        assert "after_commit" in str(caught.value), "the way to do it is told"
        assert told == []
        return
    assert outside(small, "CreateModel", ModelName="m") == {"ModelArn": ARN}, "trimmed"
    assert WAYS[callee] in told[0]


@pytest.mark.parametrize("callee", LANES)
def test_a_controller_calls_every_lane(
    small: Platform, service: Service, inner: Callable[[Lane], list[str]], tmp_path: Path, callee: Lane
) -> None:
    told, answers = inner(callee), list[Params]()

    def reconcile(record: Record, world: World) -> Step:
        answers.append(world.call("sagemaker", "DescribeModel", {"ModelName": "m"}))
        return Step("Completed")

    service.controllers["sagemaker:TransformJob"] = reconcile
    start(small)
    assert Controllers(small, str(tmp_path / "c.bell")).once() == 1
    assert answers == [{"ModelArn": ARN}]
    assert WAYS[callee] in told[0]
    small.close()


@pytest.mark.parametrize("callee", LANES)
def test_what_follows_a_commit_calls_every_lane(
    small: Platform, service: Service, inner: Callable[[Lane], list[str]], callee: Lane
) -> None:
    inner(callee)
    answers: list[Params] = []

    def handler(ctx: Context) -> Params:
        ctx.after_commit(lambda: answers.append(ctx.call("sagemaker", "DescribeModel", {"ModelName": "m"})))
        return {}

    register(service, "CreateModel", "write", handler, [])
    outside(small, "CreateModel", ModelName="m")
    assert answers == [{"ModelArn": ARN}]


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


def test_a_thread_must_not_wait_for_the_loop_on_the_loop(
    small: Platform, inner: Callable[[Lane], list[str]]
) -> None:
    inner("stream")

    async def on_the_loop() -> None:
        with pytest.raises(RuntimeError, match="await"):
            call(small, "DescribeModel", ModelName="m")

    asyncio.run(on_the_loop())


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


class TestTooMuchAtOnce:
    @pytest.fixture(autouse=True)
    def busy(self, service: Service) -> None:
        @service.operation
        def create_model(ctx: Context, params: Params) -> Params:
            raise Busy("somebody else writes")

    def test_a_client_is_told_in_its_protocol(self, small: Platform) -> None:
        with pytest.raises(AwsError) as caught:
            outside(small, "CreateModel", ModelName="m")
        assert (caught.value.code, caught.value.status) == ("ThrottlingException", 400)

    def test_a_caller_inside_learns_the_thing_itself(self, small: Platform) -> None:
        with pytest.raises(Busy):
            call(small, "CreateModel", ModelName="m")


class TestLongPolls:
    """TERM ends them at once: they answer what they have, or that the platform is being stopped."""

    def ended(self, small: Platform) -> Params:
        async def story() -> Params:
            ctx = small.context("sagemaker", "DescribeModel", ROOT, REGION)
            action = small.action("sagemaker", "DescribeModel")
            task = asyncio.create_task(small.answer(ctx, action, {"ModelName": "m"}, dict))
            await asyncio.sleep(0.01)
            small.signals.close()
            return await task

        return asyncio.run(story())

    def test_what_they_have(self, small: Platform, service: Service) -> None:
        @service.operation
        async def describe_model(ctx: Context, params: Params) -> Params:
            async def look() -> str:
                return ""

            return {"ModelArn": await ctx.platform.signals.poll(["topic"], look, 30)}

        assert self.ended(small) == {"ModelArn": ""}

    def test_or_that_nothing_is_answered(self, small: Platform, service: Service) -> None:
        @service.operation
        async def describe_model(ctx: Context, params: Params) -> Params:
            await ctx.platform.signals.wait("topic", 30)
            return {}

        with pytest.raises(AwsError) as caught:
            self.ended(small)
        assert (caught.value.code, caught.value.status) == ("ServiceUnavailable", 503)

    def test_they_are_woken_after_a_commit(self, small: Platform, service: Service) -> None:
        @service.operation
        def create_model(ctx: Context, params: Params) -> Params:
            ctx.tx.tag("arn", {"k": "v"})
            ctx.notify("topic")
            return {}

        @service.operation
        async def describe_model(ctx: Context, params: Params) -> Params:
            async def look() -> Any:
                return await ctx.transact(lambda tx: tx.tags("arn"))

            return {"ModelArn": str(await ctx.platform.signals.poll(["topic"], look, 30))}

        async def story() -> Params:
            poll = asyncio.create_task(
                small.aperform("sagemaker", "DescribeModel", {"ModelName": "m"}, ROOT, REGION)
            )
            await asyncio.sleep(0)
            await small.aperform("sagemaker", "CreateModel", {"ModelName": "m"}, ROOT, REGION)
            return await poll

        assert asyncio.run(story()) == {"ModelArn": "{'k': 'v'}"}

    def test_not_after_a_failure(self, small: Platform, service: Service) -> None:
        @service.operation
        def create_model(ctx: Context, params: Params) -> Params:
            ctx.notify("topic")
            raise AwsError("ValidationException", "no")

        with small.signals.watch("topic") as watch:
            with pytest.raises(AwsError):
                outside(small, "CreateModel", ModelName="m")
            assert not watch.take()
