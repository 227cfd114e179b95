"""What belongs to the local executor alone: its bell, short socket names, notes, and speed."""

from __future__ import annotations

import errno
import json
import os
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from clary.runs.api import Resources, RunSpec
from clary.runs.local import LocalExecutor
from clary_supervisor import folder, layout, life, proc
from tests.support.executors import Bench
from tests.support.waiting import until


def test_the_bell_rings_at_each_phase(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
        bell.bind(str(tmp_path / "bell"))
        bell.settimeout(20)
        executor = LocalExecutor(tmp_path, bell=str(tmp_path / "bell"))
        executor.start("r", RunSpec(("true",)))
        phases = []
        while "exited" not in phases:
            assert bell.recv(100) == b"r"
            phases.append(executor.inspect("r").phase)
        assert executor.inspect("r").exit_code == 0


def test_a_bell_nobody_hears_does_no_harm(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "home")
    bench.executor = LocalExecutor(bench.home, bell=str(tmp_path / "nobody"))
    assert bench.run("true").exit_code == 0
    assert bench.log() == ""


def test_sockets_have_short_names_however_deep_the_home_lies(tmp_path: Path) -> None:
    bench = Bench(tmp_path / ("deep" * 20) / "home")
    code = (
        "import os, socket; s = socket.socket(socket.AF_UNIX); s.bind(os.environ['CLARY_WORKER_SOCKET']); s.listen(); "
        "print('up', flush=True); s.accept()[0].sendall(b'hello')"
    )
    bench.executor.start("r", RunSpec(("{python}", "-c", code), sockets=True))
    bench.says("up")
    folder = bench.executor.inspect("r").sockets["algo-1"]
    assert len(folder) < 90
    assert Path(folder).parent.stat().st_mode & 0o077 == 0
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(f"{folder}/worker.sock")
        assert line.recv(10) == b"hello"
    bench.end()
    bench.executor.forget("r")
    assert not os.path.lexists(folder)
    assert not Path(folder).parent.exists()


def test_folders_without_end_keep_no_run_from_its_end(bench: Bench) -> None:
    script = "cd /opt/ml/input/data; i=0; while [ $i -lt 1100 ]; do mkdir d; cd d; i=$((i + 1)); done"
    assert bench.run("sh", "-c", script).exit_code == 0
    bench.executor.forget("r")
    until(lambda: not list((bench.home / "trash").iterdir()))


def test_a_link_in_place_of_a_file_is_not_followed(bench: Bench) -> None:
    script = "cd /opt/ml/output; ln -s /etc/passwd failure; ln -s /etc data/l; mkfifo message; exit 1"
    state = bench.run("sh", "-c", script)
    assert (state.failure, state.message) == ("", "")
    assert bench.executor.file("r", "algo-1", "output/failure") is None
    assert bench.executor.file("r", "algo-1", "output/data/l/passwd") is None
    assert bench.executor.file("r", "algo-1", "output/data") is None


@pytest.mark.parametrize(
    ("written", "message", "unreadable"),
    [
        ("\\303\\251t\\303\\251", "\u00e9t\u00e9", False),
        ("\\377\\376", "", True),
        ("cut\\303", "", True),
        ("%1023s\\303\\251", " " * 1023, False),
    ],
)
def test_a_message_is_utf8_and_cut_between_characters(
    bench: Bench, written: str, message: str, unreadable: bool
) -> None:
    state = bench.run("sh", "-c", f"printf '{written}' >/opt/ml/output/message")
    assert (state.message, state.message_unreadable) == (message, unreadable)


def test_messages_of_hosts_are_joined_and_cut(bench: Bench) -> None:
    from clary.runs.api import Host

    script = "printf %600s $HOSTNAME >/opt/ml/output/message"
    state = bench.run("sh", "-c", script, hosts=(Host("algo-1"), Host("algo-2")))
    assert len(state.message) == 1024
    assert state.message[:600].endswith("algo-1")


def test_notes_say_what_held(bench: Bench) -> None:
    state = bench.run("true", resources=Resources("ml.p3.2xlarge", gpus=1))
    assert state.notes[0] == bench.executor.describe()[0]
    assert any(note.startswith("memory: ") for note in state.notes)


def test_a_run_waits_for_capacity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLARY_CAPACITY_VCPUS", "1")
    bench = Bench(tmp_path / "home")
    bench.begin("sleep 60")
    assert not bench.executor.start("s", RunSpec(("true",)))
    assert bench.executor.inspect("s").phase == "absent"
    bench.executor.stop("r", grace=0)
    bench.end()
    assert bench.run("true", run_id="s").exit_code == 0


def test_stopping_what_has_ended_or_never_was_does_nothing(bench: Bench) -> None:
    bench.executor.stop("nobody")
    bench.executor.stop("../..")
    bench.run("true")
    before = bench.executor.inspect("r")
    bench.executor.stop("r")
    assert bench.executor.inspect("r") == before


def test_a_supervisor_that_fails_says_so_and_ends_the_run(bench: Bench) -> None:
    """A specification that a later version cannot read must not be tried again for ever."""
    bench.run("true")
    run = bench.home / "runs/s"
    run.mkdir()
    (run / "spec.json").write_text(
        (bench.home / "runs/r/spec.json").read_text().replace('"inputs"', '"other"')
    )
    state = bench.end("s")
    assert state.phase == "lost"
    assert "KeyError" in state.detail


class TestSpecificationsOfOtherVersions:
    """A run outlives the platform that started it, and a supervisor that was killed is replaced by one of today."""

    def _started(self, bench: Bench, change: Callable[[dict[str, Any]], None]) -> None:
        """A run whose specification another version wrote."""
        bench.run("true")
        written = json.loads((bench.home / "runs/r/spec.json").read_text())
        change(written)
        (bench.home / "runs/s").mkdir()
        folder.put_json(str(bench.home / "runs/s/spec.json"), written)

    def test_the_version_is_written(self, bench: Bench) -> None:
        bench.run("true")
        assert json.loads((bench.home / "runs/r/spec.json").read_text())["version"] == 1

    def test_one_from_before_there_were_versions_is_carried_out(self, bench: Bench) -> None:
        """Without the members that have come since."""

        def earlier(written: dict[str, Any]) -> None:
            del written["version"], written["spec"]["keep"], written["plan"]["volumes"]

        self._started(bench, earlier)
        state = bench.end("s")
        assert (state.phase, state.exit_code) == ("exited", 0)
        bench.executor.forget("s")

    def test_members_that_are_not_known_are_passed_over(self, bench: Bench) -> None:
        def later(written: dict[str, Any]) -> None:
            written["more"] = written["spec"]["more"] = written["plan"]["more"] = {"of": "a later version"}

        self._started(bench, later)
        assert bench.end("s").exit_code == 0

    def test_one_of_a_later_form_is_lost_and_says_why(self, bench: Bench) -> None:
        self._started(bench, lambda written: written.update(version=2))
        state = bench.end("s")
        assert state.phase == "lost"
        assert "started by a later version (its format is 2, known is 1)" in state.detail


def test_a_disk_that_is_full_for_the_supervisor_is_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(layout, "lay_out", refuse)
    plan = {"bell": "", "volumes": {}, "notes": [], "isolation": {}, "gpus": [[]]}
    life.Life(str(tmp_path), asdict(RunSpec(("true",))), plan, None).live()  # type: ignore[arg-type]
    end = folder.get_json(str(tmp_path / folder.EXIT))
    assert (end["phase"], end["reason"]) == ("exited", "disk")


def test_runs_are_forgotten_by_several_at_once(tmp_path: Path) -> None:
    one, other = Bench(tmp_path / "home"), Bench(tmp_path / "home")
    names = [f"r{number}" for number in range(40)]
    for name in names:
        (tmp_path / "home/runs" / name / "deep/er").mkdir(parents=True)
    with ThreadPoolExecutor(8) as pool:
        tasks = [pool.submit(bench.executor.forget, name) for name in names for bench in (one, other)]
    assert [task.exception() for task in tasks] == [None] * 80
    assert list((tmp_path / "home/runs").iterdir()) == []
    until(lambda: not list((tmp_path / "home/trash").iterdir()))


def test_a_removal_that_was_cut_short_is_finished_at_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "home/trash/abc/hosts").mkdir(parents=True)
    Bench(tmp_path / "home")
    assert list((tmp_path / "home/trash").iterdir()) == []


def test_a_process_is_known_by_its_start_and_its_boot() -> None:
    me = proc.identity(os.getpid())
    assert me is not None
    assert proc.alive(me)
    pid, start, boot = me.split()
    assert not proc.alive(f"{pid} {int(start) + 1} {boot}")
    assert not proc.alive(f"{pid} {start} another-boot")
    assert not proc.alive("nonsense")
    assert not proc.alive(None)
    assert not proc.send(f"{pid} {int(start) + 1} {boot}", 0)
    assert proc.send(me, 0)
