"""Several gateways have one pool (docs/decisions/0044-functions.md)."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.services.lambda_.functions import Functions
from tests.support.live import Live, short_folder
from tests.support.waiting import until

_COUNTS = "COUNT = 0\ndef handler(event, context):\n    global COUNT\n    COUNT += 1\n    return COUNT\n"


@pytest.fixture
def two() -> Iterator[Functions]:
    live = Live(short_folder() / "home", "--gateways", "2").start()
    yield Functions(live)
    live.clear()


def _ask(functions: Functions, name: str) -> Any:
    """Invoke by a connection of its own: the kernel deals them out to the gateways."""
    asked: dict[str, Any] = {}

    def keep(request: Any, **_: Any) -> None:
        asked.update(headers=dict(request.headers), body=request.body or b"", url=request.url)

    events = functions.client.meta.events
    events.register("before-send.lambda.Invoke", keep)
    functions.client.invoke(FunctionName=name, Payload=b"{}")
    events.unregister("before-send.lambda.Invoke", keep)
    connection = http.client.HTTPConnection("127.0.0.1", functions.live.port, timeout=20)
    sent = {
        name: value.decode() if isinstance(value, bytes) else value
        for name, value in asked["headers"].items()
    }
    connection.request("POST", f"/2015-03-31/functions/{name}/invocations", asked["body"], sent)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def test_an_environment_is_used_by_all_gateways_and_given_up_by_one_that_dies(two: Functions) -> None:
    name = two.create(_COUNTS)
    counts = [_ask(two, name) for _ in range(12)]
    assert counts == list(range(2, 26, 2))  # each asks twice, and one environment counted all
    for duty in ("gateway", "gateway-2"):
        process = two.live.process(duty)
        assert process is not None
        process.kill()
    until(two.live.healthy, 20)
    until(lambda: _ask(two, name) in (2, 4), 20)
