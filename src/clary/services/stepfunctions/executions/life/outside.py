"""The world around the interpreter: the platform's clocks, its tokens, what it can run."""

from __future__ import annotations

import random
from typing import Any

from clary.plane.port import Plane
from clary.services.stepfunctions.activities.noun import ACTIVITY
from clary.services.stepfunctions.executions import tokens
from clary.services.stepfunctions.integrations.known import unfit
from clary.services.stepfunctions.language.resources import read


class Around:
    """What an execution of one account and region sees. It has the time of one look: events of one look are as old."""

    def __init__(self, platform: Plane, scope: str, machine_arn: str) -> None:
        self._platform = platform
        self._scope = scope
        self._machine_arn = machine_arn

    def now(self) -> float:
        return self._platform.clock.now()

    def business(self) -> float:
        return self._platform.clock.timeline.business(self.now())

    def random(self) -> float:
        return random.random()

    def token(self) -> str:
        return tokens.make(self._platform.settings.token_key)

    def refusal(self, resource: str, arguments: Any) -> str | None:
        found = read(resource)
        if found.family == "service":
            return unfit(self._platform, found, arguments)
        if found.family == "lambda":
            return None
        with self._platform.store.read() as tx:
            record = tx.by_arn(resource)
        is_there = record is not None and record.kind == ACTIVITY.kind and record.scope == self._scope
        return None if is_there else f"The activity {resource} does not exist."

    def map_run(self, name: str, label: str | None) -> str:
        base = self._machine_arn.replace(":stateMachine:", ":mapRun:")
        return f"{base}/{label or self._platform.ids.uuid()}:{self._platform.ids.uuid()}"
