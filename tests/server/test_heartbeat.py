"""A worker that hangs is replaced, whether it sleeps or computes; one that something else holds up is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from botocore.config import Config

from clary.kernel import FakeClock
from clary.plane import Platform, Record, Step, World
from clary.server import heartbeat
from clary.server.heartbeat import SILENT, STARTING, Deadlines, Heart, Pulse
from clary.server.home import Home
from clary.server.loop import Controllers
from clary.server.vitals import Vitals
from tests.support.live import DUTIES, Live, make_role
from tests.support.live_jobs import put_script, script_job
from tests.support.waiting import until

ASLEEP = "import time; time.sleep(600)"
BUSY = "while True: pass"


class Now:
    """The time of the heartbeat module, moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Now:
    now = Now()
    monkeypatch.setattr(heartbeat, "time", now)
    return now


@pytest.fixture
def spawn() -> Iterator[Callable[[str], int]]:
    """Run some Python in a process of its own: its id, once it does what it is to do."""
    children: list[subprocess.Popen[bytes]] = []

    def spawn(program: str) -> int:
        words = [sys.executable, "-c", f"print(flush=True)\n{program}"]
        children.append(subprocess.Popen(words, stdout=subprocess.PIPE))
        assert children[-1].stdout is not None
        children[-1].stdout.readline()
        return children[-1].pid

    yield spawn
    for child in children:
        child.kill()
        child.communicate()


@pytest.fixture
def sleeper(spawn: Callable[[str], int]) -> int:
    """A process that sleeps."""
    pid = spawn(ASLEEP)
    until(lambda: Vitals.of(pid).states == {"S"})
    return pid


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "h")


@pytest.fixture
def pulse(home: Home) -> Pulse:
    return Pulse(home.bell("warden"))


def turns_until_hung(pulse: Pulse, pid: int, now: Now, most: int = 400) -> float:
    """Seconds, as the warden turns twice in each."""
    began = now.now
    for _ in range(most):
        now.now += 0.5
        pulse.take()
        if pulse.hung("gateway", pid):
            break
    return now.now - began


class TestVitals:
    @pytest.mark.parametrize(
        ("states", "used", "own"),
        [
            ("S", 0.0, 0.5),  # a deadlock
            ("T", 0.0, 0.5),  # stopped by a signal
            ("SR", 0.5, 0.5),  # computes all the time
            ("SR", 0.02, 0.02),  # waits for a processor
            ("RSD", 0.3, 0.0),  # waits for the disk
            ("St", 0.0, 0.0),  # a debugger looks at it
        ],
    )
    def test_own_time_is_time_in_which_it_could_have_worked(
        self, states: str, used: float, own: float
    ) -> None:
        before, after = Vitals(10.0, frozenset("S")), Vitals(10.0 + used, frozenset(states))
        assert after.own_time(0.5, before) == pytest.approx(own)

    def test_a_sleeping_a_stopped_and_a_busy_process(self, spawn: Callable[[str], int]) -> None:
        asleep, stopped, busy = spawn(ASLEEP), spawn(ASLEEP), spawn(BUSY)
        os.kill(stopped, signal.SIGSTOP)
        until(lambda: Vitals.of(stopped).states == {"T"})
        until(lambda: Vitals.of(asleep).states == {"S"})
        before = Vitals.of(busy)
        assert before.states == {"R"}
        until(lambda: Vitals.of(busy).cpu > before.cpu)

    def test_every_thread_counts(self, spawn: Callable[[str], int]) -> None:
        pid = spawn(f"import threading; threading.Thread(target=exec, args=({BUSY!r},)).start(); {ASLEEP}")
        until(lambda: Vitals.of(pid).states == {"R", "S"})


class TestPulse:
    def test_one_that_was_heard_and_is_silent_now_hangs(
        self, pulse: Pulse, home: Home, now: Now, sleeper: int
    ) -> None:
        heart = Heart(home, "gateway")
        pulse.hung("gateway", sleeper)
        heart.beat()
        assert SILENT <= turns_until_hung(pulse, sleeper, now) <= SILENT + 3

    def test_one_that_beats_does_not(self, pulse: Pulse, home: Home, now: Now, sleeper: int) -> None:
        heart = Heart(home, "gateway")
        for _ in range(10):
            assert turns_until_hung(pulse, sleeper, now, most=20) == 10
            heart.beat()

    def test_a_start_may_take_longer(self, pulse: Pulse, now: Now, sleeper: int) -> None:
        assert STARTING <= turns_until_hung(pulse, sleeper, now) <= STARTING + 3

    def test_another_of_its_name_begins_anew(self, pulse: Pulse, home: Home, now: Now, sleeper: int) -> None:
        pulse.hung("gateway", sleeper)
        Heart(home, "gateway").beat()
        turns_until_hung(pulse, sleeper, now)
        pulse.forget("gateway")
        assert not pulse.hung("gateway", sleeper)

    def test_a_machine_that_slept_makes_nobody_silent(
        self, pulse: Pulse, home: Home, now: Now, sleeper: int
    ) -> None:
        """The warden was stopped as well: of the whole night one second counts."""
        heart = Heart(home, "gateway")
        pulse.hung("gateway", sleeper)
        heart.beat()
        turns_until_hung(pulse, sleeper, now, most=6)
        now.now += 8 * 3600
        assert not pulse.hung("gateway", sleeper)
        heart.beat()
        pulse.take()
        assert turns_until_hung(pulse, sleeper, now, most=20) == 10

    def test_a_bell_that_somebody_deleted_is_hung_again(
        self, pulse: Pulse, home: Home, now: Now, sleeper: int
    ) -> None:
        heart = Heart(home, "gateway")
        pulse.hung("gateway", sleeper)
        os.unlink(pulse.path)
        heart.beat()  # is heard by nobody
        pulse.take()
        heart.beat()
        pulse.take()
        assert SILENT <= turns_until_hung(pulse, sleeper, now) <= SILENT + 3  # and not STARTING

    def test_words_of_strangers_are_passed_over(self, pulse: Pulse, home: Home) -> None:
        Heart(home, "\N{SNOWMAN}nobody").beat()
        pulse.take()


class TestDeadlines:
    def test_what_is_not_over_in_time_is_missed(self, now: Now) -> None:
        deadlines = Deadlines()
        with deadlines.within(60), deadlines.within(600):
            now.now += 59
            assert not deadlines.missed()
            now.now += 2
            assert deadlines.missed()
        assert not deadlines.missed()

    def test_a_step_that_never_ends_ends_the_beats(
        self, platform: Platform, clock: FakeClock, tmp_path: Path, now: Now
    ) -> None:
        deadlines, let_go, under_way = Deadlines(), threading.Event(), threading.Event()
        controllers = Controllers(platform, str(tmp_path / "c.bell"), deadlines)
        record = Record(
            "sagemaker:TrainingJob", "111122223333/us-east-1", "j", "arn:x", "InProgress", due=clock.now()
        )
        with platform.store.write() as tx:
            tx.insert(record)

        def hang(_: Record, __: World) -> Step:
            under_way.set()
            let_go.wait(60)
            return Step()

        controllers._reconcilers["sagemaker:TrainingJob"] = hang
        step = threading.Thread(target=controllers.once)
        step.start()
        assert under_way.wait(60)
        now.now += 590
        assert not deadlines.missed()
        now.now += 20
        assert deadlines.missed()
        let_go.set()
        step.join()
        assert not deadlines.missed()


# Says once that it began, and counts.
COUNTING = """
import itertools, time
print("began", flush=True)
for n in itertools.count():
    print(n, flush=True)
    time.sleep(0.2)
"""


@pytest.mark.slow
def test_workers_that_hang_are_replaced_and_clients_and_jobs_go_on(live: Live) -> None:
    patient = Config(read_timeout=90, retries={"total_max_attempts": 5})  # as boto3 does by default
    sm, logs = live.client("sagemaker", config=patient), live.client("logs", config=patient)
    live.client("s3").create_bucket(Bucket="data")
    put_script(live, COUNTING)
    sm.create_training_job(**script_job(make_role(live), "steady"))

    def printed() -> list[str]:
        try:
            found = logs.filter_log_events(logGroupName="/aws/sagemaker/TrainingJobs")
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [event["message"] for event in found["events"]]

    until(lambda: "1" in printed())
    before = {duty: live.process(duty) for duty in DUTIES}
    for duty in ("gateway", "controllers"):
        hung = before[duty]
        assert hung is not None
        os.kill(hung.pid, signal.SIGSTOP)
    count = len(printed())  # asked of a gateway that hangs, answered by the next
    until(lambda: len(printed()) > count)
    assert printed().count("began") == 1
    after = {duty: live.process(duty) for duty in DUTIES}
    assert after["warden"] == before["warden"]
    assert all(after[duty] not in (None, before[duty]) for duty in ("gateway", "controllers"))
    said = (live.home.path / "log" / "warden.log").read_text()
    assert all(f"the {duty} gives no sign of life" in said for duty in ("gateway", "controllers"))
