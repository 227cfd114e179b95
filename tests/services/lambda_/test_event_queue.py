"""The queue of asynchronous events, step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clary.kernel import AwsError
from clary.plane import Platform
from clary.records.api import Counts
from clary.services.lambda_.events import queue
from tests.inprocess import Loop


def _counts(platform: Platform) -> Counts:
    with platform.records.read() as records:
        return records.counts(queue.QUEUE, platform.business.now)


@pytest.mark.parametrize(("status", "left"), [(503, 1), (404, 0)])
def test_an_event_is_kept_unless_its_function_is_gone(
    platform: Platform,
    loop: Loop,
    lam: Any,
    create: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    left: int,
) -> None:
    create("f")
    lam.invoke(FunctionName="f", InvocationType="Event", Payload=b"{}")

    async def fails(*_: object) -> None:
        raise AwsError("Fails", "It cannot be had.", status)

    monkeypatch.setattr(queue.orders, "order_of", fails)
    loop.run(queue.once(platform))
    assert sum(_counts(platform)) == left


def test_an_event_that_streams_is_read_no_further_than_it_may_be_long(
    platform: Platform, lam: Any, create: Callable[..., Any]
) -> None:
    create("f")
    with pytest.raises(lam.exceptions.ClientError) as caught:
        lam.invoke_async(FunctionName="f", InvokeArgs=b'"' + b"x" * (2 << 20) + b'"')
    assert caught.value.response["Error"]["Code"] == "RequestEntityTooLargeException"
    assert sum(_counts(platform)) == 0
    assert lam.invoke_async(FunctionName="f", InvokeArgs=b"{}")["Status"] == 202
    assert sum(_counts(platform)) == 1
