"""Supervisors that are forked rather than started: as good as the others, and never the only way to have one."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from clary.runs import launcher
from clary.runs.api import Resources
from clary_supervisor import proc
from tests.support.executors import Bench
from tests.support.waiting import until


def server_of(bench: Bench) -> int:
    """The pid of the executor's fork server, once it is ready."""
    started = bench.executor.launcher
    until(lambda: started.server() > 0, what="for a fork server")
    return started.server()


def gone(pid: int) -> bool:
    return proc.identity(pid) is None


def was_forked(bench: Bench, run_id: str) -> bool:
    """A forked process has its title in the room that its fork server's arguments took."""
    return len(proc.command(proc.pid_of(bench.supervisor(run_id)))) > 1024


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.fixture
def server(bench: Bench) -> int:
    """The fork server of the bench's executor, which its first run has brought."""
    bench.run("true", run_id="first")
    return server_of(bench)


def test_a_later_run_is_forked_and_nobodys_child(bench: Bench, server: int) -> None:
    bench.begin("echo up; sleep 60")
    bench.says("up")
    pid = proc.pid_of(bench.supervisor())
    assert was_forked(bench, "r")
    assert parent(pid) not in (server, os.getpid())
    assert os.getsid(pid) == pid
    words = proc.command(pid).rstrip(b"\0").split(b"\0")
    assert words[-2].endswith(b"/supervisor.py")
    assert words[-1] == os.fsencode(bench.home / "runs" / "r")
    assert os.readlink(f"/proc/{pid}/fd/1") == str(bench.home / "runs" / "r" / "supervisor.log")
    assert not [fd for fd in os.listdir(f"/proc/{pid}/fd") if "socket" in os.readlink(f"/proc/{pid}/fd/{fd}")]


def test_runs_at_once_are_all_forked(bench: Bench, server: int) -> None:
    for number in range(8):
        bench.begin("echo up; sleep 60", run_id=f"r{number}")
    for number in range(8):
        bench.says("up", run_id=f"r{number}")
        assert was_forked(bench, f"r{number}")


def test_an_end_is_told_as_ever(bench: Bench, server: int) -> None:
    assert bench.run("sh", "-c", "exit 7").exit_code == 7
    assert bench.run("/no/such/program", run_id="none").reason == "start"


def test_without_its_fork_server_an_executor_starts_a_supervisor_itself(bench: Bench, server: int) -> None:
    os.kill(server, signal.SIGKILL)
    until(lambda: gone(server))
    bench.begin("echo once; sleep 60")
    bench.says("once")
    assert not was_forked(bench, "r")
    assert server_of(bench) != server
    assert bench.run("true", run_id="next").exit_code == 0


def test_a_fork_server_that_cannot_be_had_is_done_without(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise OSError("too many open files")

    monkeypatch.setattr("socket.socketpair", none)
    assert bench.run("true").exit_code == 0
    assert bench.run("true", run_id="next").exit_code == 0
    assert bench.executor.launcher.server() == 0


def test_of_two_supervisors_one_lives(bench: Bench, server: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launcher, "_PATIENCE", 0.05)
    os.kill(server, signal.SIGSTOP)
    try:
        bench.begin("echo once; sleep 60")
        bench.says("once")
    finally:
        os.kill(server, signal.SIGCONT)  # now it does what it was asked, too late
    until(lambda: gone(server))
    bench.executor.stop("r", grace=0)
    bench.end()
    assert bench.text().count("once") == 1


def test_a_fork_server_ends_with_its_executor(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "home")
    bench.run("true")
    mine = server_of(bench)
    bench.begin("sleep 60", run_id="on")
    who = bench.supervisor("on")
    del bench.executor
    gc.collect()
    until(lambda: gone(mine))
    assert proc.alive(who)
    bench.executor = bench.another()
    bench.executor.stop("on", grace=0)
    bench.end("on")


# a volume for the next run ------------------------------------------------------------------------------------------
SIZE = 20_000_000


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Bench]:
    """An executor whose volumes are file systems of their own, with a fork server."""
    bench = Bench(tmp_path / "home")
    if bench.executor._volumes.kind != "loop":
        pytest.skip("volumes are kept in another way here")
    yield bench
    for run_id in bench.executor.runs():
        bench.executor.stop(run_id, grace=0)
        bench.end(run_id)
        bench.executor.forget(run_id)


def spare_of(bench: Bench) -> Path:
    """The file of the volume that waits for a run."""
    found: list[Path] = []

    def look() -> bool:
        found[:] = (bench.home / "volumes").glob(f"spare-{server_of(bench)}-*.img")
        return len(found) == 1

    until(look, what="for a spare volume")
    return found[0]


def image_of(bench: Bench, run_id: str) -> Path:
    (image,) = (bench.home / "runs" / run_id / "hosts/algo-1").glob("volume-*.img")
    return image


def test_the_next_run_takes_the_volume_that_was_made_for_it(kept: Bench) -> None:
    kept.run("true", run_id="first", resources=Resources(volume=SIZE))
    server_of(kept)
    kept.run("true", run_id="second", resources=Resources(volume=SIZE))
    inode = spare_of(kept).stat().st_ino
    kept.begin("df -B1 --output=size /opt/ml; echo up; sleep 600", "third", resources=Resources(volume=SIZE))
    kept.says("up", "third")
    assert image_of(kept, "third").stat().st_ino == inode
    assert SIZE <= int(kept.text("third").split()[1]) < 1.3 * SIZE
    assert spare_of(kept).stat().st_ino != inode, "the next has another"


def test_runs_that_follow_closely_never_share_a_volume(kept: Bench) -> None:
    kept.run("true", run_id="first", resources=Resources(volume=SIZE))
    server_of(kept)
    names = [f"r{number}" for number in range(8)]
    for name in names:
        kept.begin(
            f"echo {name} >>/opt/ml/model/x; cat /opt/ml/model/x; sleep 600",
            name,
            resources=Resources(volume=SIZE),
        )
    for name in names:
        kept.says(name, name)
    assert len({image_of(kept, name).stat().st_ino for name in names}) == len(names)
    assert [kept.text(name) for name in names] == [f"{name}\n" for name in names]


def test_a_volume_of_another_size_is_not_taken(kept: Bench) -> None:
    for number in range(2):
        kept.run("true", run_id=f"small-{number}", resources=Resources(volume=SIZE))
        server_of(kept)
    spare = spare_of(kept)
    inode = spare.stat().st_ino
    os.link(spare, spare.with_name("held"))  # or another file may have its number once it is gone
    script = "df -B1 --output=size /opt/ml; echo up; sleep 600"
    kept.begin(script, "large", resources=Resources(volume=5 * SIZE))
    kept.says("up", "large")
    assert image_of(kept, "large").stat().st_ino != inode
    assert int(kept.text("large").split()[1]) >= 5 * SIZE


def test_what_a_killed_fork_server_left_is_swept_up(kept: Bench) -> None:
    for number in range(2):
        kept.run("true", run_id=f"r{number}", resources=Resources(volume=SIZE))
        pid = server_of(kept)
    left = spare_of(kept)
    os.kill(pid, signal.SIGKILL)
    until(lambda: not os.path.exists(f"/proc/{pid}"))
    assert left.exists()
    for number in range(2, 5):
        kept.run("true", run_id=f"r{number}", resources=Resources(volume=SIZE))
    until(lambda: not left.exists(), what="for the sweep")
