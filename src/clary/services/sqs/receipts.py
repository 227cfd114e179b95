"""Receipt handles: which message of which queue, and when it was received."""

from __future__ import annotations

import base64
from typing import NamedTuple

from clary.services.sqs.errors import bad_receipt
from clary.services.sqs.queue import Queue

_LONGEST = 1024


class Receipt(NamedTuple):
    """What the records know a delivery by, and when it was received (business time)."""

    text: str
    received: float


def handle_of(queue: Queue, receipt: str, received: float) -> str:
    said = f"{queue.id} {receipt} {received:.3f}"
    return base64.b64encode(said.encode()).decode()


def receipt_in(queue: Queue, handle: str) -> Receipt:
    """Return what a handle says. Raise ReceiptHandleIsInvalid for what is no handle of this queue."""
    try:
        words = base64.b64decode(handle[:_LONGEST], validate=True).decode("ascii").split(" ")
        if len(words) == 3 and words[0] == queue.id:
            return Receipt(words[1], float(words[2]))
    except ValueError:
        pass
    raise bad_receipt()
