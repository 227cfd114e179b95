"""A client of EventBridge, and what carries its deliveries out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from clary.plane import Platform
from clary.server.accounts import ensure_account
from clary.services.events.delivery.worker import turn
from tests.inprocess import Loop

OTHER = "444455556666"
Deliver = Callable[[], None]


@pytest.fixture
def events(client: Callable[..., Any]) -> Any:
    return client("events")


@pytest.fixture
def other_account(client: Callable[..., Any], platform: Platform) -> Callable[..., Any]:
    """Clients of the root user of another account."""
    secret = "stranger-secret-stranger-secret-stranger"
    with platform.store.write() as tx:
        ensure_account(tx, OTHER, "AKIASTRANGERSTRANGER", secret)
    return lambda service: client(service, key="AKIASTRANGERSTRANGER", secret=secret)


@pytest.fixture
def deliver(platform: Platform, loop: Loop) -> Deliver:
    """Deliver all that is due."""

    def run() -> None:
        while loop.run(turn(platform)):
            pass

    return run


@pytest.fixture
def received(client: Callable[..., Any], deliver: Deliver) -> Callable[[str], list[Any]]:
    """Deliver, and return what a log group got, the oldest first; JSON as values."""
    logs = client("logs")

    def read(group: str) -> list[Any]:
        deliver()
        found = logs.filter_log_events(logGroupName=group)["events"]
        return [_value(event["message"]) for event in found]

    return read


def _value(text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        return text


def to_logs(client: Callable[..., Any], group: str) -> str:
    """Create a log group and return its ARN as a target."""
    client("logs").create_log_group(logGroupName=group)
    return f"arn:aws:logs:us-east-1:{client('sts').get_caller_identity()['Account']}:log-group:{group}"


def refused(events: Any, operation: str, **params: Any) -> tuple[str, str]:
    """Return the code and the sentence with which a call is refused."""
    with pytest.raises(events.exceptions.ClientError) as caught:
        getattr(events, operation)(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
