"""Calls from any lane to any other, and what follows a commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from clary.plane import Context, Platform, Record, Service, Step, World
from clary.plane.action import Lane
from clary.plane.unit import InTransaction
from clary.server.loop import Controllers
from tests.plane.probes import ARN, Params, outside, register
from tests.plane.tiny import call, start

LANES: tuple[Lane, ...] = ("read", "heavy_read", "write", "compute", "stream")
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


def test_a_thread_must_not_wait_for_the_loop_on_the_loop(
    small: Platform, inner: Callable[[Lane], list[str]]
) -> None:
    inner("stream")

    async def on_the_loop() -> None:
        with pytest.raises(RuntimeError, match="await"):
            call(small, "DescribeModel", ModelName="m")

    asyncio.run(on_the_loop())


@pytest.mark.parametrize("lane", ["read", "heavy_read"])
@pytest.mark.parametrize("outer", ["read", "heavy_read", "write", "compute", "stream"])
def test_a_read_that_must_write_begins_again_in_a_transaction_that_writes(
    small: Platform, service: Service, outer: Lane, lane: Lane
) -> None:
    """Whatever called it. What is made on first use (services/kms) is made by reads."""
    seen: list[bool] = []

    def make(ctx: Context) -> Params:
        seen.append(ctx.unit is not None and ctx.unit.writes)
        ctx.begin_to_write()
        ctx.tx.tag(ARN, {"made": "here"})
        return {"ModelArn": ARN}

    register(service, "DescribeModel", lane, make, [])
    request = ("sagemaker", "DescribeModel", {"ModelName": "m"})
    register(
        service,
        "CreateModel",
        outer,
        lambda ctx: ctx.acall(*request) if outer == "stream" else ctx.call(*request),
        [],
    )
    assert outside(small, "CreateModel", ModelName="m") == {"ModelArn": ARN}
    assert seen == ([True] if outer == "write" else [False, True])
    with small.store.read() as tx:
        assert tx.tags(ARN) == {"made": "here"}


@pytest.mark.parametrize("lane", ["read", "heavy_read"])
def test_a_read_from_outside_that_must_write(small: Platform, service: Service, lane: Lane) -> None:
    def make(ctx: Context) -> Params:
        ctx.begin_to_write()
        ctx.tx.tag(ARN, {"made": "here"})
        return {"ModelArn": ARN}

    register(service, "DescribeModel", lane, make, [])
    assert outside(small, "DescribeModel", ModelName="m") == {"ModelArn": ARN}
    with small.store.read() as tx:
        assert tx.tags(ARN) == {"made": "here"}
