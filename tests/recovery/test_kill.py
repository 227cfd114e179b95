"""Architecture, "Processes": any process of the platform may be killed at any moment. Jobs and invocations go on, what was
acknowledged is kept, every program starts exactly once, and a reader of the change feed sees each change once, in order.

CLARY_KILLS says how many kills (default 12; `./run trial kill` makes it 50), CLARY_KILL_SEED repeats a sequence, and
CLARY_KILL_SILENCE is for a machine that does other work besides: how long the endpoint may be silent (default 5 seconds).
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import shutil
import signal
import statistics
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.recovery import victims
from tests.recovery.followers import Followers
from tests.recovery.traffic import Invoker, Putter
from tests.support.live import Live, make_role, short_folder
from tests.support.live_jobs import DOUBLING, archive, deploy, put_script, script_job
from tests.support.waiting import until

KILLS = int(os.environ.get("CLARY_KILLS", "12"))
pytestmark = [pytest.mark.recovery, pytest.mark.timeout(600 + 10 * KILLS)]

SEED = int(os.environ.get("CLARY_KILL_SEED") or time.time())
JOBS = 20
_LONGEST_SILENCE = float(os.environ.get("CLARY_KILL_SILENCE", "5"))
_MOST_WORKERS = 4

# Each line is written at a moment of its own: a line that was lost or came twice shows in the log.
SCRIPT = """
import os, time, uuid
mark = uuid.uuid4().hex
open("/opt/ml/model/starts", "a").write(mark + "\\n")
print("started", mark)
for step in range({steps}):
    time.sleep(0.1)
    print("step", step)
print("ended", mark)
"""


@pytest.fixture
def live() -> Iterator[Live]:
    folder = short_folder()
    live = Live(folder / "home").start()
    yield live
    print(live.said())  # pytest shows it where the test has failed
    live.clear()
    shutil.rmtree(folder)


@pytest.fixture
def role(live: Live) -> str:
    live.client("s3").create_bucket(Bucket="data")
    return make_role(live)


@pytest.fixture
def endpoint(live: Live, role: str) -> str:
    live.client("s3").put_object(
        Bucket="data", Key="m/model.tar.gz", Body=archive({"code/inference.py": DOUBLING})
    )
    deploy(live, role, "s3://data/m/model.tar.gz")
    sm = live.client("sagemaker")
    until(lambda: sm.describe_endpoint(EndpointName="e")["EndpointStatus"] == "InService", 60)
    return "e"


def start_jobs(live: Live, role: str, count: int, steps: int) -> list[str]:
    sm = live.client("sagemaker")
    names = [f"job-{number}" for number in range(count)]
    put_script(live, SCRIPT.format(steps=steps))
    for name in names:
        sm.create_training_job(**script_job(role, name))
    return names


def finished(live: Live, name: str) -> dict[str, Any] | None:
    job = live.client("sagemaker").describe_training_job(TrainingJobName=name)
    return None if job["TrainingJobStatus"] in ("InProgress", "Stopping") else job


def check_job(live: Live, name: str, steps: int) -> None:
    """Completed; started once, by its artefact and by its log; each line of the log there, once and in order."""
    job = until(lambda: finished(live, name), 180, 0.2)
    assert (job["TrainingJobStatus"], job.get("FailureReason")) == ("Completed", None), name
    body = live.client("s3").get_object(Bucket="data", Key=f"out/{name}/output/model.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        starts = (tar.extractfile("starts") or io.BytesIO()).read().decode().split()
    assert len(starts) == 1, (name, starts)
    expected = [f"started {starts[0]}", *(f"step {n}" for n in range(steps)), f"ended {starts[0]}"]
    assert logged(live, name) == expected, name
    statuses = [entry["Status"] for entry in job["SecondaryStatusTransitions"]]
    assert len(statuses) == len(set(statuses)), statuses
    assert statuses[-1] == "Completed"


def logged(live: Live, name: str) -> list[str]:
    """Every message of a job's log streams."""
    logs, group = live.client("logs"), "/aws/sagemaker/TrainingJobs"
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")["logStreams"]
    messages: list[str] = []
    for stream in streams:
        page: dict[str, Any] = {"logGroupName": group, "logStreamName": stream["logStreamName"]}
        token = None
        while True:
            found = logs.get_log_events(**page, startFromHead=True, **({"nextToken": token} if token else {}))
            messages += [event["message"] for event in found["events"]]
            if found["nextForwardToken"] == token:
                break
            token = found["nextForwardToken"]
    return messages


class Account:
    """What happened, kill by kill."""

    def __init__(self, invoker: Invoker) -> None:
        self._invoker = invoker
        self.silences: dict[str, list[float]] = {}
        self.lines: list[str] = []
        self.workers = 0

    def settle(self, kinds: list[str], moment: float, dead: float, live: Live) -> None:
        """Wait until the endpoint answers and all of us are there again; hold them to their promises. `moment` is
        that of the kill, `dead` when the victims were seen to be gone: a call made in between may still have met them.
        """
        name = " + ".join(kinds)
        silence = dead - moment + until(lambda: self._invoker.answered_after(dead), 30)
        until(victims.complete(live), 30)
        back = time.monotonic() - moment
        troubles = self._invoker.troubles_between(moment, time.monotonic())
        self.silences.setdefault(name, []).append(silence)
        self.lines.append(
            f"{time.strftime('%X')} {name}: answered after {silence:.2f} s, complete after {back:.2f} s; {Counter(troubles)}"
        )
        assert silence <= _LONGEST_SILENCE, self.lines[-1]
        if "gateway" not in kinds and "model worker" not in kinds:
            assert not troubles, self.lines[-1]


@pytest.fixture
def followers(live: Live, tmp_path: Path) -> Iterator[Followers]:
    followers = Followers(live, tmp_path)
    yield followers
    followers.stop()


def test_any_process_may_be_killed_at_any_moment(
    live: Live, role: str, endpoint: str, followers: Followers
) -> None:
    print(f"\nCLARY_KILLS={KILLS} CLARY_KILL_SEED={SEED}")
    chance = random.Random(SEED)
    steps = max(20, 2 * KILLS)
    invoker, putter = Invoker(live, endpoint), Putter(live, "data", SEED)
    followers.start()
    names = start_jobs(live, role, JOBS, steps)
    invoker.start()
    putter.start()
    until(lambda: invoker.answered_after(0.0) is not None)
    account = Account(invoker)
    try:
        kill_and_settle(live, chance, account, followers)
        for name in names:
            check_job(live, name, steps)
        for traffic in (invoker, putter):
            traffic.finish()
        assert putter.lost(live.client("s3")) == []
        account.lines.append(followers.check(names, list(putter.acknowledged)))
    finally:
        report(account, invoker, putter)


def kill_and_settle(live: Live, chance: random.Random, account: Account, followers: Followers) -> None:
    """Kill one, now and then two; look how we are doing; again."""
    killed, weights = 0, {**victims.WEIGHTS, "consumer": 2}
    while killed < KILLS:
        followers.keep()
        threading.Event().wait(chance.uniform(0.0, 0.6))  # the moment of the kill is the subject of this test
        moment = time.monotonic()
        first = victims.kill(live, chance, weights)
        if first is None:
            continue
        kinds = [first]
        if killed % 5 == 4 and (second := victims.kill(live, chance, weights)):
            kinds.append(second)
        killed += len(kinds)
        spare_what_backs_off(weights, kinds, account)
        account.settle(kinds, moment, time.monotonic(), live)


def spare_what_backs_off(weights: dict[str, int], kinds: list[str], account: Account) -> None:
    """A replica that dies again and again within a minute is started after a growing pause, by intention
    (services/sagemaker/hosting/replicas.py): four deaths stay within the five seconds that are promised, a fifth may not."""
    account.workers += kinds.count("model worker")
    if account.workers >= _MOST_WORKERS:
        weights["model worker"] = 0


def report(account: Account, invoker: Invoker, putter: Putter) -> None:
    print("\n".join(account.lines))
    for name, silences in sorted(account.silences.items()):
        print(
            f"{name}: {len(silences)} kills, median {statistics.median(silences):.2f} s, longest {max(silences):.2f} s"
        )
    print(
        f"{len(putter.acknowledged)} objects acknowledged and whole; {len(invoker.outcomes)} invocations, ",
        end="",
    )
    print(f"{sum(bool(o.trouble) for o in invoker.outcomes)} of them refused")


def test_all_of_ours_die_at_once_and_a_new_start_goes_on(live: Live, role: str) -> None:
    """What a machine's sudden end is to us, but for the programs: nobody is left who could start anybody."""
    names = start_jobs(live, role, 6, 30)
    putter = Putter(live, "data", SEED)
    putter.start()
    until(lambda: len(putter.acknowledged) > 20)
    until(lambda: victims.of(live, "job supervisor"))
    everyone = live.pids("clary.server") + live.pids("supervisor.py")
    for number in (signal.SIGSTOP, signal.SIGKILL):  # nobody shall see another die
        for pid in everyone:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
    putter.finish()
    assert not live.healthy()
    live.start()
    for name in names:
        check_job(live, name, 30)
    assert putter.lost(live.client("s3")) == []


def test_an_endpoint_answers_while_there_are_no_controllers(live: Live, role: str, endpoint: str) -> None:
    """The gateway needs nobody: with the controllers stopped for good, invocations and uploads go on."""
    invoker = Invoker(live, endpoint)
    invoker.start()
    until(lambda: invoker.answered_after(0.0) is not None)
    warden = live.process("warden")
    assert warden is not None
    os.kill(warden.pid, signal.SIGSTOP)  # so that nobody brings the controllers back
    moment = time.monotonic()
    try:
        for pid in victims.of(live, "controllers"):
            os.kill(pid, signal.SIGKILL)
        before = len(invoker.outcomes)
        until(lambda: len(invoker.outcomes) > before + 100)
        live.client("s3").put_object(Bucket="data", Key="k", Body=b"v")
        assert live.process("controllers") is None
        assert invoker.troubles_between(moment, time.monotonic()) == []
    finally:
        os.kill(warden.pid, signal.SIGCONT)
    until(victims.complete(live), 20)
    invoker.finish()
