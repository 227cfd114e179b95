"""A transaction that needs a service which is not loaded begins again once that is loaded, and leaves one trace."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.plane import Context, Members, Service
from clary.plane.outline import Outline, outline_of
from clary.plane.registry import Registry
from clary.store.api import Record
from tests.plane import tiny

Params = dict[str, Any]
MODEL = {"ModelName": "m"}


class Two:
    """A platform whose SageMaker calls STS, which is loaded with the first call."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.loads: list[tuple[str, bool]] = []  # by which thread, and whether others could write meanwhile
        self.attempts = 0
        sagemaker, sts = Service("sagemaker"), Service("sts")
        sagemaker.operation(on="*", accepts=Members("ModelName"))(self.create_model)
        sagemaker.operation(on="*")(self.describe_model)
        sts.operation(on="*")(self.get_caller_identity)
        self._services = {"sagemaker": sagemaker, "sts": sts}
        self.platform = tiny.platform(folder, clock, sagemaker)
        self.platform.services = self.platform.registry = Registry(
            [outline_of(one, one.name) for one in self._services.values()], self._load
        )
        self.platform.services["sagemaker"]
        self.loads.clear()

    def _load(self, outline: Outline) -> Service:
        free: list[bool] = []

        def write() -> None:
            with self.platform.store.write():
                free.append(True)

        other = threading.Thread(target=write, daemon=True)
        other.start()
        other.join(5)
        self.loads.append((threading.current_thread().name, bool(free)))
        return self._services[outline.name]

    def create_model(self, ctx: Context, params: Params) -> Params:
        self.attempts += 1
        ctx.tx.insert(Record("sagemaker:Model", ctx.scope, "m", f"arn:{self.attempts}", "", created=ctx.now))
        return {"ModelArn": ctx.call("sts", "GetCallerIdentity", {})["Arn"]}

    def describe_model(self, ctx: Context, params: Params) -> Params:
        self.attempts += 1
        return {"ModelArn": ctx.call("sts", "GetCallerIdentity", {})["Arn"]}

    def get_caller_identity(self, ctx: Context, params: Params) -> Params:
        return {"Arn": ctx.caller.arn}

    def models(self) -> list[str]:
        with self.platform.store.read() as tx:
            return [record.arn for record in tx.list("sagemaker:Model", None)]


@pytest.fixture
def two(tmp_path: Path, clock: FakeClock) -> Iterator[Two]:
    made = Two(tmp_path, clock)
    yield made
    made.platform.close()


def on_loop(two: Two, operation: str) -> Params:
    return asyncio.run(two.platform.aperform("sagemaker", operation, MODEL, tiny.ROOT, tiny.REGION))


def in_thread(two: Two, operation: str) -> Params:
    return two.platform.perform("sagemaker", operation, MODEL, tiny.ROOT, tiny.REGION)


@pytest.mark.parametrize("call", [on_loop, in_thread])
def test_a_write_is_committed_once(two: Two, call: Any) -> None:
    assert call(two, "CreateModel") == {"ModelArn": tiny.ROOT.arn}
    assert two.models() == ["arn:2"]
    ((thread, free),) = two.loads
    assert free, "others can write while a service is loaded"
    assert thread == ("load-sts" if call is on_loop else threading.current_thread().name)


@pytest.mark.parametrize("call", [on_loop, in_thread])
def test_a_read_begins_again_too(two: Two, call: Any) -> None:
    assert call(two, "DescribeModel") == {"ModelArn": tiny.ROOT.arn}
    assert call(two, "DescribeModel") == {"ModelArn": tiny.ROOT.arn}
    assert (two.attempts, len(two.loads)) == (3, 1)


def test_a_load_that_fails_fails_the_call_and_changes_nothing(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(outline: Outline) -> Service:
        raise OSError("no such file")

    monkeypatch.setattr(two.platform.registry, "_load", broken)
    for call in (on_loop, in_thread):
        with pytest.raises(OSError, match="no such file"):
            call(two, "CreateModel")
    assert two.models() == []


def test_a_transaction_that_is_no_calls_loads_at_once(two: Two) -> None:
    with two.platform.store.read():
        assert two.platform.services["sts"].name == "sts"
