"""All processes of a platform are killed while clients send: every message that was acknowledged is delivered, FIFO in order.

Source: "Amazon SQS at-least-once delivery", "FIFO queue delivery logic" (Developer Guide).
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.support.live import Live
from tests.support.waiting import until

pytestmark = pytest.mark.slow
_ENOUGH = 60  # messages that each sender gets acknowledged before the platform dies


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    live = Live(tmp_path / "home").start()
    yield live
    live.clear()


class Sender(threading.Thread):
    """Sends numbers until the platform is gone; knows which were acknowledged."""

    def __init__(self, client: Any, url: str, group: str, enough: threading.Barrier) -> None:
        super().__init__(daemon=True)
        self.client, self.url, self.group, self.enough = client, url, group, enough
        self.acknowledged: list[str] = []

    def run(self) -> None:
        try:
            for number in range(100_000):
                body = f"{self.group}-{number}"
                more = (
                    {"MessageGroupId": self.group, "MessageDeduplicationId": body}
                    if "fifo" in self.url
                    else {}
                )
                self.client.send_message(QueueUrl=self.url, MessageBody=body, **more)
                self.acknowledged.append(body)
                if number == _ENOUGH:
                    self.enough.wait(60)
        except (BotoCoreError, ClientError):
            return


def _is_dead(live: Live) -> bool:
    """Kill all processes; again those that replaced a warden meanwhile."""
    pids = live.pids()
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return not pids


def _all_of(client: Any, url: str) -> list[str]:
    """Receive and delete until the queue is empty."""
    found: list[str] = []
    while got := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [one["Body"] for one in got]
        entries = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(got)]
        client.delete_message_batch(QueueUrl=url, Entries=entries)
    return found


def test_nothing_acknowledged_is_lost(live: Live) -> None:
    client = live.client("sqs")
    urls = [
        client.create_queue(QueueName="q")["QueueUrl"],
        client.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"],
    ]
    enough = threading.Barrier(5)
    senders = [Sender(live.client("sqs"), url, group, enough) for url in urls for group in "ab"]
    for sender in senders:
        sender.start()
    enough.wait(60)
    until(lambda: _is_dead(live), 30)
    for sender in senders:
        sender.join(60)
    live.start()
    client = live.client("sqs")
    for url in urls:
        found = _all_of(client, url)
        for sender in senders:
            if sender.url == url:
                own = [body for body in found if body.startswith(sender.group)]
                assert set(sender.acknowledged) <= set(own)
                if "fifo" in url:
                    numbers = [int(body.partition("-")[2]) for body in own]
                    assert numbers == list(range(len(numbers)))
