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
