"""The supervisor is killed with SIGKILL at each stage, and executors come and go: every program runs exactly once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from clary.runs.api import Host, Input, Output, RunSpec
from clary_supervisor import proc
from clary_supervisor.folder import SPEC, SUPERVISOR, put
from tests.support.executors import Bench
from tests.support.stub_s3 import StubS3
from tests.support.waiting import until

ONCE = "echo once; read x </opt/ml/output/go; echo $x; exit 4"


def _go(bench: Bench, host: str = "algo-1") -> Path:
    return bench.home / f"runs/r/hosts/{host}/ml/output/go"


def _begin(bench: Bench, **members: object) -> None:
    bench.begin(f"mkfifo /opt/ml/output/go; {ONCE}", **members)
    bench.says("once")


def test_a_program_outlives_its_supervisor(bench: Bench) -> None:
    _begin(bench)
    first = bench.supervisor()
    bench.kill_supervisor()
    bench.executor = bench.another()
    assert bench.executor.inspect("r").phase == "running"
    until(lambda: bench.supervisor() != first)
    _go(bench).write_text("on\n")
    state = bench.end()
    assert (state.phase, state.exit_code) == ("exited", 4)
    assert bench.text() == "once\non\n"
    assert [name for name, _ in state.steps] == ["Running"]


def test_a_program_that_ends_while_nobody_watches_keeps_its_code(bench: Bench) -> None:
    _begin(bench)
    bench.kill_supervisor()
    _go(bench).write_text("on\n")
    bench.says("on")
    state = bench.end()
    assert (state.phase, state.exit_code) == ("exited", 4)
    assert bench.text() == "once\non\n"


def test_an_adopted_program_is_stopped(bench: Bench) -> None:
    _begin(bench)
    bench.kill_supervisor()
    bench.another().stop("r", grace=20)
    state = bench.end()
    assert (state.exit_code, state.reason) == (-15, "stopped")


def test_many_executors_adopt_once(bench: Bench) -> None:
    _begin(bench)
    bench.kill_supervisor()
    executors = [bench.another() for _ in range(5)]
    threads = [threading.Thread(target=executor.inspect, args=("r",)) for executor in executors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bench.supervisor()
    _go(bench).write_text("on\n")
    assert bench.end().exit_code == 4
    assert bench.text() == "once\non\n"


def test_killed_while_downloading_it_downloads_again(bench: Bench, s3: StubS3) -> None:
    s3.put("s3://b/t/a", b"1")
    s3.hold.clear()
    item = Input("/opt/ml/input/data/t", "s3://b/t/")
    bench.begin("cat /opt/ml/input/data/t/a", inputs=(item,), **s3.spec())
    assert s3.held.wait(20)
    bench.kill_supervisor()
    s3.hold.set()
    assert bench.end().exit_code == 0
    assert bench.text() == "1"


def test_killed_while_uploading_it_uploads_again(bench: Bench, s3: StubS3) -> None:
    s3.hold.clear()
    model = Output("/opt/ml/model", "s3://out/model.tar.gz", form="tar.gz")
    bench.begin("echo once; echo x >/opt/ml/model/x", outputs=(model,), **s3.spec())
    assert s3.held.wait(20)
    assert bench.executor.inspect("r").phase == "uploading"
    bench.kill_supervisor()
    s3.hold.set()
    state = bench.end()
    assert (state.phase, state.exit_code) == ("exited", 0)
    assert bench.text() == "once\n"
    assert s3.get("s3://out/model.tar.gz")


def test_killed_before_it_began_it_begins(bench: Bench) -> None:
    """As if the executor had been killed after writing the specification and before starting the supervisor."""
    bench.run("echo", "once")
    written = (bench.home / "runs/r" / SPEC).read_text()
    (bench.home / "runs/s").mkdir()
    put(str(bench.home / "runs/s" / SPEC), written)
    assert bench.executor.inspect("s").phase == "preparing"
    assert bench.end("s").exit_code == 0
    assert bench.text("s") == "once\n"


def test_a_program_that_was_killed_with_its_keeper_is_lost(bench: Bench) -> None:
    _begin(bench)
    claim = (bench.home / "runs/r/hosts/algo-1/program").read_text()
    bench.kill_supervisor()
    os.kill(proc.pid_of(claim), signal.SIGKILL)
    state = bench.end()
    assert (state.phase, state.exits) == ("lost", ())
    assert "vanished" in state.detail


def test_hosts_that_were_not_started_yet_are_started(bench: Bench) -> None:
    """As if the supervisor had died between two hosts: the first has run, the second has no claim."""
    hosts = (Host("algo-1"), Host("algo-2"))
    bench.run("sh", "-c", "echo once $HOSTNAME", hosts=hosts)
    run = bench.home / "runs/r"
    for name in ("exit.json", "hosts/algo-2/program", "hosts/algo-2/status", "hosts/algo-2/output.log"):
        (run / name).unlink()
    assert bench.end().exit_code == 0
    assert bench.text(host="algo-1") == "once algo-1\n"
    assert bench.text(host="algo-2") == "once algo-2\n"


def test_a_later_process_with_the_same_pid_is_not_the_supervisor(bench: Bench) -> None:
    _begin(bench)
    bench.kill_supervisor()
    pid, start, boot = (proc.identity(os.getpid()) or "").split()
    put(str(bench.home / "runs/r" / SUPERVISOR), f"{pid} {int(start) - 1} {boot}")
    bench.another().inspect("r")
    until(lambda: not (bench.home / "runs/r" / SUPERVISOR).read_text().startswith(f"{pid} "))
    bench.executor.stop("r", grace=0)
    assert bench.end().phase == "exited"


def test_a_pipe_whose_writer_was_killed_is_lost_and_not_short(bench: Bench, s3: StubS3) -> None:
    s3.put("s3://b/t/a", b"x" * 3_000_000)
    item = Input("/opt/ml/input/data/t", "s3://b/t/", mode="Pipe")
    script = "exec 3</opt/ml/input/data/t_0; head -c 10 <&3 >/dev/null; echo reading; sleep 60"
    bench.begin(script, inputs=(item,), **s3.spec())
    bench.says("reading")
    bench.kill_supervisor()
    state = bench.end()
    assert state.phase == "lost"
    assert "pipe" in state.detail


def test_the_executors_own_death_changes_nothing(tmp_path: Path) -> None:
    """A process starts a run and is killed; its runs go on and are found by the next."""
    code = (
        "import sys, os\nfrom pathlib import Path\nfrom clary.runs.api import RunSpec\n"
        "from clary.runs.local import LocalExecutor\n"
        "LocalExecutor(Path(sys.argv[1])).start('r', RunSpec(('sh', '-c', 'echo once; sleep 0.3; exit 4')))\n"
        "os.kill(os.getpid(), 9)"
    )
    home = tmp_path / "home"
    home.mkdir()
    assert subprocess.run([sys.executable, "-c", code, str(home)], check=False).returncode == -9
    bench = Bench(home)
    assert bench.end().exit_code == 4
    assert bench.text() == "once\n"


def test_no_zombies_of_ours(bench: Bench) -> None:
    for number in range(3):
        bench.run("true", run_id=f"r{number}")
    mine = proc.children(os.getpid())
    assert not [pid for pid in mine if b"supervisor" in proc.command(pid)]
    assert not [pid for pid in mine if (proc.identity(pid) is None)]


@pytest.mark.parametrize("pause", [0.0, 0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04])
def test_killed_at_any_moment_a_program_starts_once(bench: Bench, pause: float) -> None:
    """Once and never twice: it is counted in the log, which every start would append to."""
    spec = RunSpec(("sh", "-c", "echo once; exit 4"))
    bench.executor.start("r", spec)
    threading.Event().wait(pause)  # the moment of the kill is the subject of this test
    path = bench.home / "runs/r" / SUPERVISOR
    until(path.exists)
    proc.send(path.read_text(), signal.SIGKILL)
    state = bench.end()
    assert bench.text() == "once\n"
    assert (state.phase, state.exit_code) == ("exited", 4)
