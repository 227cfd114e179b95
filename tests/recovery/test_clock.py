"""Business time on a platform of real processes: a move is whole or not there, whichever process is killed; and nothing that was
acknowledged is lost at a restart."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from clary.cli.home import Identity
from clary.cli.signing import signed_headers
from tests.support.live import Live, short_folder
from tests.support.waiting import until

pytestmark = [pytest.mark.recovery, pytest.mark.timeout(300)]

KILLS = 4
STEP = 61  # seconds of each move


@pytest.fixture
def live() -> Iterator[Live]:
    folder = short_folder()
    live = Live(folder / "home").start()
    yield live
    live.clear()
    shutil.rmtree(folder, ignore_errors=True)


def clock(live: Live, body: Any = None) -> dict[str, Any]:
    """What the platform says of its clock; moved as the body says."""
    method, content = ("GET", b"") if body is None else ("POST", json.dumps(body).encode())
    who = Identity(
        **{name: live.identity[name] for name in ("account", "access_key_id", "secret_access_key")}
    )
    headers = signed_headers(who, method, f"127.0.0.1:{live.port}", "/_clary/clock", content)
    status, _, answer = live.raw(method, "/_clary/clock", content, headers)
    assert status == 200, answer
    return json.loads(answer)


def test_a_move_is_whole_or_not_there(live: Live) -> None:
    for _ in range(KILLS):
        before, acknowledged, sent = clock(live)["ahead_seconds"], 0, 0
        gateway = live.process("gateway")
        assert gateway is not None
        killer = threading.Timer(0.05, os.kill, (gateway.pid, signal.SIGKILL))
        killer.start()
        while killer.is_alive():
            sent += 1
            with contextlib.suppress(OSError, http.client.HTTPException):  # killed before it answered
                clock(live, {"by": STEP})
                acknowledged += 1
        killer.join()
        until(lambda gone=gateway: not gone.alive() and live.healthy())
        moved = clock(live)["ahead_seconds"] - before
        assert acknowledged * STEP <= moved <= sent * STEP
        assert moved % STEP == 0


def test_a_restart_keeps_it_and_the_controllers_follow(live: Live) -> None:
    """An alarm that no datum reaches is looked at again after a minute of business time: 70 s in the real world."""
    cloudwatch = live.client("cloudwatch")
    alarm = {
        "AlarmName": "a",
        "Namespace": "N",
        "MetricName": "m",
        "Statistic": "Sum",
        "Period": 3600,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "LessThanThreshold",
        "TreatMissingData": "breaching",
    }
    cloudwatch.put_metric_alarm(**alarm)
    clock(live, {"by": 86_400})

    def in_alarm() -> bool:
        (found,) = cloudwatch.describe_alarms(AlarmNames=["a"])["MetricAlarms"]
        return found["StateValue"] == "ALARM"

    until(in_alarm, 10)
    live.down()
    live.start()
    assert clock(live)["ahead_seconds"] == 86_400
