"""The warden and its workers replace each other, adopt what lives, and go when they are told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from clary.server.warden import Process
from tests.server.live import DUTIES, Live, until


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


def test_a_second_worker_of_a_duty_goes_at_once(live: Live) -> None:
    words = [sys.executable, "-m", "clary.server", "controllers", "--home", str(live.home.path)]
    assert subprocess.run(words, env=live.env, timeout=30, check=False).returncode == 3


def test_down_says_good_bye(live: Live) -> None:
    live.down()
    assert live.pids("clary.server") == []
    assert not any((live.home.path / "run" / f"{duty}.json").exists() for duty in DUTIES)
    live.start()
    assert live.healthy()


def test_a_later_process_with_the_same_id_is_another() -> None:
    me = Process.of(os.getpid())
    assert me.alive()
    assert not Process(me.pid, me.started - 1).alive()
