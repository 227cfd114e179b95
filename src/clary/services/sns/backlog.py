"""What is to be delivered: one message of the records for each subscription. It is there before Publish is answered.

There is one queue for all topics. Messages of a FIFO topic have the subscription and their group as their group here, so that
they are delivered in their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from clary.records.api import Message, Records

QUEUE = "sns"
TOPIC = "sns:deliver"  # what is notified


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message for one subscription. `attributes` are those of message_attributes.to_json."""

    topic: str  # ARN
    subscription: str  # ARN
    endpoint: str
    raw: bool
    dead: str  # ARN of the queue for what cannot be delivered
    message_id: str
    message: str
    at: float
    version: str  # of the signature
    subject: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    group: str = ""
    deduplication: str = ""
    number: str = ""  # of a FIFO topic

    def dumps(self) -> bytes:
        return orjson.dumps({name: value for name, value in asdict(self).items() if value})

    @classmethod
    def loads(cls, data: bytes) -> Delivery:
        empty = {"raw": False, "dead": "", "message": ""}
        return cls(**{**empty, **orjson.loads(data)})


def add(tx: Records, deliveries: Sequence[Delivery], now: float) -> None:
    """Put deliveries into the backlog."""
    messages = [
        Message(one.message_id, one.dumps(), now, f"{one.subscription} {one.group}" if one.number else "")
        for one in deliveries
    ]
    tx.send(QUEUE, messages, now)
