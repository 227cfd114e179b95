"""A pipeline with one of everything, while all processes of the platform are killed at once and started again: it comes to the
same as one that was left alone. Jobs go on meanwhile.

CLARY_MOMENTS says at how many moments. By default there are three in one execution; with 20, as in `./run trial loop`, there is an
execution for each of 20 moments, anywhere in it, and another one with 20 moments. CLARY_KILL_SEED repeats a sequence.
"""

from __future__ import annotations

import os
import random
import threading
import time
from typing import Any

import pytest

from tests.recovery import victims
from tests.recovery.loop import definition
from tests.recovery.loop.picture import Picture, differences
from tests.support.live import Live
from tests.support.waiting import until

MOMENTS = int(os.environ.get("CLARY_MOMENTS", "0"))
SEED = int(os.environ.get("CLARY_KILL_SEED") or time.time())
# How many moments each execution has.
EXECUTIONS = [*[1] * MOMENTS, MOMENTS] if MOMENTS else [3]
pytestmark = [pytest.mark.recovery, pytest.mark.timeout(300 + 60 * len(EXECUTIONS) + 10 * MOMENTS)]


def start(live: Live) -> str:
    return live.client("sagemaker").start_pipeline_execution(PipelineName=definition.NAME)[
        "PipelineExecutionArn"
    ]


def ended(live: Live, arn: str) -> bool:
    found = live.client("sagemaker").describe_pipeline_execution(PipelineExecutionArn=arn)
    return found["PipelineExecutionStatus"] not in ("Executing", "Stopping")


def undisturbed(live: Live) -> tuple[dict[str, Any], float]:
    """Return what an execution comes to that is left alone, and how many seconds it takes."""
    began, arn = time.monotonic(), start(live)
    until(lambda: ended(live, arn), 120, 0.05)
    seconds = time.monotonic() - began
    return Picture(live, arn).taken(), seconds


def check_reference(picture: dict[str, Any]) -> None:
    """What everything is compared with is what the pipeline is meant to come to."""
    assert picture["status"] == ("Succeeded", None), picture
    assert set(picture["steps"]) == definition.STEPS
    assert {step[:2] for step in picture["steps"].values()} == {("Succeeded", 1)}
    tuning = picture["tuning"]
    assert {trial[:2] for trial in tuning["trials"]} == definition.POINTS
    assert (len(tuning["trials"]), tuning["numbers"]) == (6, [1, 2, 3, 4, 5, 6])
    assert tuning["best"] == ("3", "1", "Completed", "0.0")
    assert {kind: len(jobs) for kind, jobs in picture["jobs"].items()} == {
        "Training": 8,  # six points, `baseline` and `final`
        "Processing": 2,
        "Transform": 1,
    }
    assert (picture["models"], picture["packages"]) == (1, 1)
    assert [place for place, _ in picture["files"]].count("models/output/model.tar.gz") == 8


def test_everything_is_done_once_whenever_all_processes_die(live: Live) -> None:
    print(f"\nCLARY_MOMENTS={MOMENTS} CLARY_KILL_SEED={SEED}")
    chance = random.Random(SEED)
    definition.create(live)
    expected, seconds = undisturbed(live)
    check_reference(expected)
    print(f"undisturbed: {seconds:.1f} s")
    for moments in EXECUTIONS:
        began, arn = time.monotonic(), start(live)
        within = kill(live, chance, arn, moments, seconds)
        until(lambda arn=arn: ended(live, arn), 120, 0.05)
        took = time.monotonic() - began
        print(f"{moments} moments, {within} of them before its end: {took:.1f} s")
        found = differences(Picture(live, arn).taken(), expected)
        assert not found, "\n".join(found)


def kill(live: Live, chance: random.Random, arn: str, moments: int, seconds: float) -> int:
    """Kill everything at so many moments, spread over what an execution takes; return how many of them met it at work."""
    within = 0
    longest = seconds if moments == 1 else 2 * seconds / moments
    for _ in range(moments):
        threading.Event().wait(chance.uniform(0.0, longest))  # the moment is the subject of this test
        within += not ended(live, arn)
        victims.kill_all(live)
        live.start()
    return within
