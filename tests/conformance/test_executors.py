"""What every executor promises, written once. A new place to run programs adds a fixture here."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clary.runs.api import Executor, Exit, Host, RunSpec, RunState
from clary.runs.isolation import Method
from clary.runs.local import LocalExecutor

_OVER = ("exited", "lost")


def _wait(executor: Executor, run_id: str, done: Callable[[RunState], bool]) -> RunState:
    end = time.monotonic() + 30
    while not done(state := executor.inspect(run_id)):
        assert time.monotonic() < end, state
        time.sleep(0.005)
    return state


def _end(executor: Executor, run_id: str) -> RunState:
    return _wait(executor, run_id, lambda state: state.phase in _OVER)


@pytest.fixture(params=["bubblewrap", "unshare", "none"])
def executor(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Executor]:
    method: Method = request.param
    try:
        made = LocalExecutor(tmp_path, method=method)
    except RuntimeError as error:
        pytest.skip(str(error))
    yield made
    for run_id in made.runs():
        made.stop(run_id, grace=0)
        _end(made, run_id)
        made.forget(run_id)


class TestExecutor:
    """The contract of clary.runs.api.Executor."""

    def test_an_unknown_run_is_absent(self, executor: Executor) -> None:
        assert executor.inspect("nobody").phase == "absent"
        assert executor.inspect("../../etc").phase == "absent"
        assert not executor.goes_on("nobody")
        assert not executor.goes_on("../../etc")
        assert executor.output("nobody", "algo-1", 0).data == b""
        assert executor.file("nobody", "algo-1", "output/failure") is None

    def test_a_program_runs_to_its_end(self, executor: Executor) -> None:
        assert executor.start("r", RunSpec(("sh", "-c", "echo out; echo err >&2")))
        state = _end(executor, "r")
        assert (state.phase, state.exits, state.exit_code, state.reason) == (
            "exited",
            (Exit("algo-1", 0),),
            0,
            "",
        )
        assert executor.output("r", "algo-1", 0).data == b"out\nerr\n"
        assert executor.output("r", "algo-1", 4, 3).data == b"err"
        assert executor.output("r", "algo-1", 99).data == b""
        assert [name for name, _ in state.steps] == ["Running"]
        assert state.ended is not None
        assert state.ended >= state.steps[0][1]

    def test_a_run_goes_on_until_it_has_ended(self, executor: Executor) -> None:
        executor.start("r", RunSpec(("sleep", "600")))
        assert executor.goes_on("r")
        _wait(executor, "r", lambda state: state.phase == "running")
        assert executor.goes_on("r")
        executor.stop("r", grace=0)
        _end(executor, "r")
        assert not executor.goes_on("r")
        executor.forget("r")
        assert not executor.goes_on("r")

    def test_an_exit_code_is_kept(self, executor: Executor) -> None:
        executor.start("r", RunSpec(("sh", "-c", "exit 3")))
        assert _end(executor, "r").exit_code == 3

    def test_a_signal_is_a_negative_code(self, executor: Executor) -> None:
        executor.start("r", RunSpec(("sh", "-c", "kill -SEGV $$")))
        assert _end(executor, "r").exit_code == -11

    def test_starting_twice_starts_once(self, executor: Executor) -> None:
        spec = RunSpec(("sh", "-c", "echo once"))
        assert executor.start("r", spec)
        assert executor.start("r", RunSpec(("sh", "-c", "echo twice")))
        _end(executor, "r")
        assert executor.start("r", spec)
        assert executor.output("r", "algo-1", 0).data == b"once\n"
        assert executor.runs() == ["r"]

    def test_many_starts_at_once_start_once(self, executor: Executor) -> None:
        spec = RunSpec(("sh", "-c", "echo once"))
        threads = [threading.Thread(target=executor.start, args=("r", spec)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        _end(executor, "r")
        assert executor.output("r", "algo-1", 0).data == b"once\n"

    @pytest.mark.parametrize(
        "spec",
        [
            RunSpec(("true", "a\0b")),
            RunSpec(("true",), env={"A\0": "b"}),
            RunSpec(("true",), env={"A": "\0"}),
        ],
    )
    def test_a_nul_that_no_process_can_be_given_is_a_reason(self, executor: Executor, spec: RunSpec) -> None:
        executor.start("r", spec)
        state = _end(executor, "r")
        assert (state.phase, state.reason, state.exits) == ("exited", "start", ())
        assert "NUL" in state.detail

    def test_a_program_that_is_not_there_is_a_reason(self, executor: Executor) -> None:
        executor.start("r", RunSpec(("no-such-program",)))
        state = _end(executor, "r")
        assert (state.phase, state.reason, state.exits) == ("exited", "start", ())
        assert "no-such-program" in state.detail

    def test_files_folders_and_variables_are_there(self, executor: Executor) -> None:
        script = (
            'cd "${SAGEMAKER_BASE_DIR:-/opt/ml}"; cat input/config/a.json code/x.py; echo "$A $B"; '
            "test -d checkpoints && test -d model && test -d output/data && touch input/new && echo all; command -v python"
        )
        spec = RunSpec(
            ("sh", "-c", script),
            hosts=(Host("algo-1", {"/opt/ml/code/x.py": "mine"}, {"B": "host"}),),
            env={"A": "run", "B": "run"},
            files={"input/config/a.json": "{}"},
            folders=("/opt/ml/checkpoints",),
        )
        executor.start("r", spec)
        assert _end(executor, "r").exit_code == 0
        out = executor.output("r", "algo-1", 0).data.decode()
        assert out.startswith("{}minerun host\nall\n/")
        assert executor.file("r", "algo-1", "/opt/ml/code/x.py") == b"mine"
        assert executor.file("r", "algo-1", "code/x.py", 1, 2) == b"in"
        assert executor.file("r", "algo-1", "../../spec.json") is None

    def test_the_platforms_python_runs_clary_programs(self, executor: Executor) -> None:
        executor.start("r", RunSpec(("{python}", "-c", "import clary_programs; print('here')")))
        assert _end(executor, "r").exit_code == 0, executor.output("r", "algo-1", 0).data
        assert executor.output("r", "algo-1", 0).data == b"here\n"

    def test_nothing_of_the_platforms_environment_is_passed_on(
        self, executor: Executor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CLARY_SECRET_OF_MINE", "x")
        executor.start("r", RunSpec(("env",)))
        _end(executor, "r")
        assert b"CLARY_SECRET_OF_MINE" not in executor.output("r", "algo-1", 0).data

    def test_failure_and_message_are_read(self, executor: Executor) -> None:
        script = 'cd "${SAGEMAKER_BASE_DIR:-/opt/ml}"/output; printf %2000s x >message; printf "é%1500s" y >failure; exit 1'
        executor.start("r", RunSpec(("sh", "-c", script)))
        state = _end(executor, "r")
        assert (len(state.failure), state.failure[0], len(state.message)) == (1024, "é", 1024)

    def test_a_stop_is_term_first(self, executor: Executor) -> None:
        executor.start(
            "r", RunSpec(("sh", "-c", "trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.02; done"))
        )
        _wait(executor, "r", lambda _: executor.output("r", "algo-1", 0).data == b"up\n")
        executor.stop("r", grace=20)
        executor.stop("r", grace=20)
        state = _end(executor, "r")
        assert (state.phase, state.exit_code, state.reason) == ("exited", 7, "stopped")
        assert executor.output("r", "algo-1", 0).data == b"up\nbye\n"
        executor.stop("r")

    def test_a_stop_is_kill_after_the_grace(self, executor: Executor) -> None:
        executor.start("r", RunSpec(("sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.02; done")))
        _wait(executor, "r", lambda _: executor.output("r", "algo-1", 0).data == b"up\n")
        executor.stop("r", grace=0.2)
        state = _end(executor, "r")
        assert (state.exit_code, state.reason) == (-9, "stopped")

    def test_a_deadline_is_kept(self, executor: Executor) -> None:
        executor.start("r", RunSpec(("sh", "-c", "trap '' TERM; sleep 60"), deadline=1.0, stop_grace=0.2))
        state = _end(executor, "r")
        assert (state.exit_code, state.reason) == (-9, "deadline")

    def test_what_is_left_of_a_program_ends_with_it(self, executor: Executor) -> None:
        mark = f"{time.time_ns() % 100_000_000}.5"
        executor.start("r", RunSpec(("sh", "-c", f"sleep {mark} & echo up")))
        _end(executor, "r")
        assert not [pid for pid in os.listdir("/proc") if pid.isdigit() and mark in _command(pid)]

    def test_one_failed_host_ends_the_others(self, executor: Executor) -> None:
        script = 'test "$HOSTNAME" = algo-1 && exit 5; sleep 60'
        executor.start("r", RunSpec(("sh", "-c", script), hosts=(Host("algo-1"), Host("algo-2"))))
        state = _end(executor, "r")
        assert state.exits[0] == Exit("algo-1", 5)
        assert state.exits[1].code != 0
        assert state.exit_code == 5

    def test_forgetting_leaves_nothing(self, executor: Executor, tmp_path: Path) -> None:
        executor.start("r", RunSpec(("sh", "-c", "sleep 60"), sockets=True))
        with pytest.raises(RuntimeError):
            executor.forget("r")
        executor.stop("r", grace=0)
        _end(executor, "r")
        executor.forget("r")
        executor.forget("r")
        assert executor.inspect("r").phase == "absent"
        assert executor.runs() == []
        assert not [path for path in (tmp_path / "home").rglob("*") if path.name == "r"]

    def test_sockets_are_reached_from_outside(self, executor: Executor) -> None:
        code = (
            "import os, socket\ns = socket.socket(socket.AF_UNIX)\ns.bind(os.environ['CLARY_WORKER_SOCKET'])\n"
            "s.listen()\nprint('up', flush=True)\nc, _ = s.accept()\nc.sendall(b'hello')"
        )
        executor.start("r", RunSpec(("{python}", "-c", code), sockets=True))
        _wait(executor, "r", lambda _: executor.output("r", "algo-1", 0).data == b"up\n")
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(executor.inspect("r").sockets["algo-1"] + "/worker.sock")
            assert line.recv(100) == b"hello"
        assert _end(executor, "r").exit_code == 0

    def test_a_lasting_folder_outlives_runs_and_is_one_runs_own(self, executor: Executor) -> None:
        write = 'cat $CLARY_LASTING_FOLDER/a; echo more >>$CLARY_LASTING_FOLDER/a; ls -A "$CLARY_LASTING_FOLDER/.."'
        for number in ("1", "2"):
            executor.start(number, RunSpec(("sh", "-c", write), lasting="store-1"))
            assert _end(executor, number).exit_code == 0
            executor.forget(number)
        executor.start("3", RunSpec(("sh", "-c", "cat $CLARY_LASTING_FOLDER/a"), lasting="store-1"))
        _end(executor, "3")
        assert executor.output("3", "algo-1", 0).data == b"more\nmore\n"
        executor.discard("store-1")
        executor.discard("store-1")
        executor.start("4", RunSpec(("sh", "-c", "ls -A $CLARY_LASTING_FOLDER; echo .$?"), lasting="store-1"))
        _end(executor, "4")
        assert executor.output("4", "algo-1", 0).data == b".0\n"
        executor.start("5", RunSpec(("sh", "-c", "echo .$CLARY_LASTING_FOLDER")))
        _end(executor, "5")
        assert executor.output("5", "algo-1", 0).data == b".\n"
        with pytest.raises(ValueError, match="lasting"):
            executor.start("6", RunSpec(("true",), lasting="../objects"))

    def test_a_run_in_an_environment_of_its_own(
        self, executor: Executor, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path_factory.mktemp("environment")
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        (packages,) = folder.glob("lib/python*/site-packages")
        (packages / "mlflow-3.1.2.dist-info").mkdir()
        monkeypatch.setenv("CLARY_MLFLOW_PYTHON", str(folder / "bin" / "python"))
        assert executor.environment("mlflow").version == "3.1.2"
        code = "import sys, clary_programs; print(sys.prefix)"
        executor.start("r", RunSpec(("{python}", "-c", code), environment="mlflow"))
        assert _end(executor, "r").exit_code == 0
        assert executor.output("r", "algo-1", 0).data.decode().strip() == str(folder)

    @pytest.mark.parametrize("path", ["/etc/passwd", "../x", "/opt/ml/../x", "a/../../b", "/opt/mlx"])
    def test_a_path_out_of_opt_ml_is_refused(self, executor: Executor, path: str) -> None:
        with pytest.raises(ValueError, match="opt/ml"):
            executor.start("r", RunSpec(("true",), files={path: ""}))
        assert executor.inspect("r").phase == "absent"

    def test_a_host_or_run_with_a_wrong_name_is_refused(self, executor: Executor) -> None:
        for run_id in ("", "../r", "a/b", ".r"):
            with pytest.raises(ValueError, match="not a run id"):
                executor.start(run_id, RunSpec(("true",)))
        with pytest.raises(ValueError, match="not a host name"):
            executor.start("r", RunSpec(("true",), hosts=(Host("../algo-1"),)))


def _command(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def test_bubblewrap_is_what_this_suite_ran_with_where_there_is_one(tmp_path: Path) -> None:
    """Else a machine on which it stopped working would go unnoticed."""
    if not shutil.which("bwrap"):
        pytest.skip("no bubblewrap here")
    assert "bubblewrap" in LocalExecutor(tmp_path).describe()[0]
