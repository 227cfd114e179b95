"""The calls of tasks in a process: who waits for them, and what becomes of those that nobody wants."""

from __future__ import annotations

from threading import Event

from clary.services.stepfunctions.executions.life.calls import Calls
from clary.services.stepfunctions.integrations.calls import Outcome
from tests.support.waiting import until

KEY = ("arn", 1, 3)


def test_a_result_is_taken_once() -> None:
    calls = Calls()
    assert calls.start(KEY, lambda: Outcome(1), lambda: True)
    assert calls.wait([KEY], 10)
    assert calls.take(KEY) == Outcome(1)
    assert calls.take(KEY) is None


def test_who_does_not_wait_any_more_is_woken() -> None:
    calls, go, woken = Calls(), Event(), Event()
    calls.start(KEY, lambda: Outcome(go.wait(10)), lambda: not woken.set())
    assert not calls.wait([KEY], 0.0)
    go.set()
    assert woken.wait(10)
    assert calls.take(KEY) == Outcome(True)


def test_a_result_that_nobody_wants_is_forgotten() -> None:
    calls, go, asked = Calls(), Event(), Event()

    def unwanted() -> bool:
        asked.set()
        return False

    calls.start(KEY, lambda: Outcome(go.wait(10)), unwanted)
    calls.wait([KEY], 0.0)
    go.set()
    assert asked.wait(10)
    until(lambda: not calls.is_going(KEY))


def test_a_fault_is_an_error_of_the_task() -> None:
    calls = Calls()

    def fail() -> Outcome:
        raise RuntimeError("broken")

    calls.start(KEY, fail, lambda: True)
    calls.wait([KEY], 10)
    outcome = calls.take(KEY)
    assert outcome is not None
    assert (outcome.error, outcome.failed) == ("States.TaskFailed", True)
