"""What is yet to be delivered: a queue of records, in business time."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import orjson

Params = dict[str, Any]

QUEUE = "events"
TOPIC = "events:deliver"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a target is to get: the text, on behalf of which rule, in the account and region `scope`. `at` is when the event
    came, in business time."""

    scope: str
    rule: str
    target: Params
    input: str
    event: str
    at: float

    @property
    def account(self) -> str:
        return self.scope.partition("/")[0]

    @property
    def region(self) -> str:
        return self.scope.partition("/")[2]

    def dump(self) -> bytes:
        return orjson.dumps(asdict(self))

    @classmethod
    def load(cls, data: bytes) -> Delivery:
        return cls(**orjson.loads(data))
