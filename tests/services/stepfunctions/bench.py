"""Makes and runs state machines; the clock stands still unless a test moves it."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any

from clary.kernel import FakeClock
from clary.plane import Platform
from clary.server.consumers import Consumers
from clary.server.loop import Controllers

_PATIENCE = 20.0  # seconds of real time, for calls in threads
Definition = dict[str, Any]


@dataclass
class Bench:
    sfn: Any
    role: str
    platform: Platform
    controllers: Controllers
    clock: FakeClock
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self._consumers = Consumers(self.platform)

    def machine(self, definition: Definition, **more: Any) -> str:
        """Create a state machine; return its ARN."""
        name = more.pop("name", f"machine-{next(self._numbers)}")
        made = self.sfn.create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=self.role, **more
        )
        return made["stateMachineArn"]

    def start(self, definition: Definition, input: Any = None, **more: Any) -> str:
        """Begin an execution; return its ARN."""
        text = json.dumps({} if input is None else input)
        return self.sfn.start_execution(stateMachineArn=self.machine(definition, **more), input=text)[
            "executionArn"
        ]

    def run(self, definition: Definition, input: Any = None, **more: Any) -> dict[str, Any]:
        """Run an execution to its end; return its description, with the output as JSON."""
        return self.end(self.start(definition, input, **more))

    def end(self, arn: str) -> dict[str, Any]:
        """Let the controllers work until an execution has ended."""
        shown = self.until(arn, lambda shown: shown["status"] != "RUNNING")
        if "output" in shown:
            shown["output"] = json.loads(shown["output"])
        return shown

    def until(self, arn: str, condition: Any) -> dict[str, Any]:
        """Let the controllers work until a condition on an execution holds."""
        limit = time.monotonic() + _PATIENCE
        while True:
            self.settle(1)
            shown = self.sfn.describe_execution(executionArn=arn)
            if condition(shown):
                return shown
            assert time.monotonic() < limit, (shown, self.events(arn)[-3:])

    def settle(self, turns: int = 3) -> None:
        """Let the consumers and the controllers look at what is due."""
        for _ in range(turns):
            self._consumers.once()
            self.controllers.once()

    def events(self, arn: str, **more: Any) -> list[dict[str, Any]]:
        """Return the whole history of an execution."""
        pages = self.sfn.get_paginator("get_execution_history").paginate(executionArn=arn, **more)
        return [event for page in pages for event in page["events"]]

    def types(self, arn: str) -> list[str]:
        return [event["type"] for event in self.events(arn)]

    def chain(self, arn: str) -> list[tuple[int, int, str]]:
        """Return id, previous id and type of each event."""
        return [(event["id"], event["previousEventId"], event["type"]) for event in self.events(arn)]


def details(event: dict[str, Any]) -> dict[str, Any]:
    """Return the details of an event."""
    return next((value for name, value in event.items() if name.endswith("EventDetails")), {})


def passes(count: int) -> Definition:
    """Return a chain of Pass states."""
    states: dict[str, Any] = {
        f"s{number}": {"Type": "Pass", "Next": f"s{number + 1}"} for number in range(count)
    }
    states[f"s{count - 1}"] = {"Type": "Pass", "End": True}
    return {"StartAt": "s0", "States": states}


def single(state: Definition, **more: Any) -> Definition:
    """Return a state machine of one state, `S`."""
    end = {} if state["Type"] in ("Fail", "Succeed", "Choice") else {"End": True}
    return {"StartAt": "S", "States": {"S": {**end, **state}}, **more}
