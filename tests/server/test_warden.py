"""The warden and its workers replace each other, adopt what lives, and go when they are told to."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from clary.server.processes import Process
from clary.server.warden import CANNOT_GO_ON
from clary.store.open import open_store
from tests.support.live import DUTIES, Live
from tests.support.waiting import until


def duties(live: Live) -> dict[str, int]:
    """Who does what, once everybody is there."""
    found = until(
        lambda: (d := {n: p.pid for n in DUTIES if (p := live.process(n))}) and len(d) == 3 and d, 20
    )
    assert isinstance(found, dict)
    return found


def kill(pid: int) -> None:
    victim = Process.of(pid)
    os.kill(pid, signal.SIGKILL)
    until(lambda: not victim.alive())


def test_a_killed_worker_is_replaced_and_the_others_stay(live: Live) -> None:
    for duty in ("gateway", "controllers"):
        before = duties(live)
        kill(before[duty])
        after = duties(live)
        assert after[duty] != before[duty]
        assert {n: p for n, p in after.items() if n != duty} == {n: p for n, p in before.items() if n != duty}
    until(live.healthy)


def test_a_killed_warden_is_replaced_by_one_that_adopts_the_workers(live: Live) -> None:
    before = duties(live)
    kill(before["warden"])
    after = duties(live)
    assert after["warden"] != before["warden"]
    assert (after["gateway"], after["controllers"]) == (before["gateway"], before["controllers"])
    assert live.healthy()
    live.down()
    assert live.pids("clary.server") == []


def test_warden_and_worker_killed_together_come_back(live: Live) -> None:
    before = duties(live)
    for duty in ("warden", "gateway"):
        os.kill(before[duty], signal.SIGKILL)
    until(lambda: duties(live)["gateway"] != before["gateway"])
    until(live.healthy)


def test_there_is_one_warden_only(live: Live) -> None:
    words = [
        sys.executable,
        "-m",
        "clary.server",
        "warden",
        "--home",
        str(live.home.path),
        "--port",
        str(live.port),
    ]
    assert subprocess.run(words, env=live.env, timeout=30, check=False).returncode == 3
    assert live.healthy()


def test_a_worker_that_nobody_wrote_down_is_found_and_adopted(live: Live) -> None:
    """As if the warden had been killed between starting a gateway and writing that down."""
    before = duties(live)
    os.kill(before["controllers"], signal.SIGSTOP)  # it shall not bring a warden up too early
    kill(before["warden"])
    (live.home.path / "run" / "gateway.json").unlink()
    os.kill(before["controllers"], signal.SIGCONT)
    after = duties(live)
    assert after["gateway"] == before["gateway"]
    assert live.pids("clary.server", "gateway") == [before["gateway"]]


def test_a_copy_of_a_home_that_is_up_is_a_platform_of_its_own(live: Live) -> None:
    before = duties(live)
    live.client("s3").create_bucket(Bucket="copied")
    folder = live.home.path.with_name("copy")
    subprocess.run(["cp", "-a", str(live.home.path), str(folder)], check=True)
    copy = Live(folder)
    try:
        copy.start()
        assert not set(duties(copy).values()) & set(before.values())
        assert [bucket["Name"] for bucket in copy.client("s3").list_buckets()["Buckets"]] == ["copied"]
        copy.down()
        assert duties(live) == before
    finally:
        copy.clear()


def test_a_second_worker_of_a_duty_goes_at_once(live: Live) -> None:
    words = [sys.executable, "-m", "clary.server", "controllers", "--home", str(live.home.path)]
    assert subprocess.run(words, env=live.env, timeout=30, check=False).returncode == 3


def test_down_says_good_bye(live: Live) -> None:
    live.down()
    assert live.pids("clary.server") == []
    assert not any((live.home.path / "run" / f"{duty}.json").exists() for duty in DUTIES)
    live.start()
    assert live.healthy()


def remove(live: Live) -> None:
    """All of the home, though its processes may be writing to it meanwhile."""

    def gone() -> bool:
        shutil.rmtree(live.home.path, ignore_errors=True)
        return not live.home.path.exists()

    until(gone, 10)


@pytest.mark.parametrize("elsewhere", [False, True], ids=["deleted", "moved"])
def test_a_platform_whose_home_is_gone_stops_by_itself(live: Live, elsewhere: bool) -> None:
    everyone = [Process.of(pid) for pid in duties(live).values()]
    if elsewhere:
        live.home.path.rename(live.home.path.with_name("moved"))
    else:
        remove(live)
    until(lambda: not any(process.alive() for process in everyone), 20)
    assert live._reap.wait(5) == CANNOT_GO_ON
    assert not live.home.path.exists(), "nobody makes it again"


def test_workers_end_when_home_and_warden_are_gone_together(live: Live) -> None:
    known = {duty: Process.of(pid) for duty, pid in duties(live).items()}
    os.kill(known["warden"].pid, signal.SIGSTOP)  # it shall not see that its home is gone
    remove(live)
    kill(known["warden"].pid)
    until(lambda: not any(process.alive() for process in known.values()), 20)


class TestTablesOfAnotherVersion:
    """A home that this version cannot use: its store remembers steps that this version does not know."""

    @pytest.fixture
    def spoilt(self, live: Live) -> Live:
        live.down()
        self.spoil(live)
        return live

    def spoil(self, live: Live) -> None:
        store = open_store(live.home.database)
        with store.write() as tx:
            tx.sql("update migration set step = 7 where name = 's3'")
        store.close()

    def warden(self, live: Live) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "clary.server", "warden", "--home", str(live.home.path)]
        words += ["--port", str(live.port)]
        return subprocess.run(words, env=live.env, timeout=30, check=False, stderr=subprocess.PIPE, text=True)

    def test_the_warden_says_why_and_ends(self, spoilt: Live) -> None:
        done = self.warden(spoilt)
        assert done.returncode == CANNOT_GO_ON == 78
        last = [line for line in done.stderr.splitlines() if " CRITICAL " in line]
        assert "the tables of s3 were made by a later version (they have been through 7 steps" in last[-1]
        assert "Run the version that made this home" in last[-1]
        assert "Traceback" not in spoilt.said()
        assert spoilt.pids("clary.server") == []
        assert not any((spoilt.home.path / "run" / f"{duty}.json").exists() for duty in DUTIES)

    def test_each_worker_ends_with_the_same_status(self, spoilt: Live) -> None:
        for duty in ("gateway", "controllers"):
            words = [sys.executable, "-m", "clary.server", duty, "--home", str(spoilt.home.path)]
            words += ["--port", str(spoilt.port)]
            done = subprocess.run(
                words, env=spoilt.env, timeout=30, check=False, stderr=subprocess.PIPE, text=True
            )
            assert done.returncode == CANNOT_GO_ON
            assert done.stderr.count(" CRITICAL ") == 1

    def test_a_worker_that_dies_over_such_a_home_takes_the_others_with_it(self, live: Live) -> None:
        everyone = {duty: Process.of(pid) for duty, pid in duties(live).items()}
        self.spoil(live)
        os.kill(everyone["controllers"].pid, signal.SIGKILL)
        until(lambda: not any(process.alive() for process in everyone.values()), 20)
        assert live._reap.wait(5) == CANNOT_GO_ON


def test_a_later_process_with_the_same_id_is_another() -> None:
    me = Process.of(os.getpid())
    assert me.alive()
    assert not Process(me.pid, me.started - 1).alive()


# The first thread ends by exit(2), which is for one thread; the other waits for the end of stdin.
_HEADLESS = """
import ctypes, os, platform, threading
threading.Thread(target=os.read, args=(0, 1)).start()
ctypes.CDLL(None).syscall({"x86_64": 60, "aarch64": 93}[platform.machine()], 0)
"""


def test_a_process_lives_until_its_last_thread_has_ended() -> None:
    """What it holds, locks and a listening socket, is free no sooner: signal(7), clone(2), pidfd_open(2)."""
    child = subprocess.Popen([sys.executable, "-c", _HEADLESS], stdin=subprocess.PIPE)
    process = Process.of(child.pid)
    stat = Path(f"/proc/{child.pid}/stat")
    until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "Z")
    assert process.alive()
    child.kill()
    until(lambda: not process.alive())
    assert child.wait() == -signal.SIGKILL
    assert child.stdin is not None
    child.stdin.close()
