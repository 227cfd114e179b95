"""Control groups of both versions: version 1 as this machine has it, version 2 as a tree of files that stands for one."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clary_supervisor import limits


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """/sys/fs/cgroup, and a kernel that takes `+x` for what it is."""
    write = limits._write

    def kernel(path: str, text: str) -> None:
        if path.endswith("subtree_control"):
            allowed = Path(path).with_name("cgroup.controllers").read_text().split()
            if text.removeprefix("+") not in allowed:
                raise OSError(2, "No such file or directory")
            text = f"{Path(path).read_text()} {text.removeprefix('+')}"
        write(path, text)

    monkeypatch.setattr(limits, "_write", kernel)
    monkeypatch.setattr(limits, "_ROOT", str(tmp_path / "cgroup"))
    monkeypatch.setattr(limits, "_MEMBERSHIP", str(tmp_path / "membership"))
    monkeypatch.setattr(limits, "_remove", lambda folder: shutil.rmtree(folder, ignore_errors=True))
    (tmp_path / "cgroup").mkdir()
    return tmp_path


def unified(tree: Path, group: str, has: str, hands_down: str = "") -> Path:
    (tree / "membership").write_text(f"0::{group}\n")
    folder = tree / "cgroup" / group.strip("/")
    folder.mkdir(parents=True, exist_ok=True)
    (tree / "cgroup/cgroup.controllers").write_text(has)
    (folder / "cgroup.controllers").write_text(has)
    (folder / "cgroup.subtree_control").write_text(hands_down)
    return folder


def said(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir()}


@pytest.mark.parametrize("hands_down", ["", "memory", "cpu memory pids"])
def test_version_2_limits_both_in_one_group(tree: Path, hands_down: str) -> None:
    own = unified(tree, "/user.slice/clary", "cpu memory pids", hands_down)
    group, notes = limits.make("r-algo-1", 64 << 20)
    assert group.folders == [str(own / "clary-r-algo-1")]
    assert (group.memory, group.pids) == (group.folders[0], group.folders[0])
    assert said(own / "clary-r-algo-1") == {
        "memory.max": str(64 << 20),
        "memory.swap.max": "0",
        "pids.max": str(limits.processes()),
    }
    assert notes == [
        "memory: 64 MiB by control group",
        f"process limit: {limits.processes()} by control group",
    ]
    assert set((own / "cgroup.subtree_control").read_text().split()) >= {"memory", "pids"}


def test_version_2_counts_processes_where_memory_is_not_to_be_limited(tree: Path) -> None:
    own = unified(tree, "/", "memory pids")
    group, notes = limits.make("r", 0)
    assert (group.memory, group.pids) == ("", str(own / "clary-r"))
    assert "pids.max" in said(own / "clary-r")
    assert notes[0] == "memory: the whole machine's"


def test_version_2_takes_what_is_handed_down(tree: Path) -> None:
    """A user's session is often given memory and pids, sometimes one of them."""
    unified(tree, "/user", "pids")
    group, notes = limits.make("r", 64 << 20)
    assert (bool(group.memory), bool(group.pids)) == (False, True)
    assert notes[0] == "memory: not limited (no writable control group)"


def test_version_2_without_any_says_so(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unified(tree, "/", "cpu")
    monkeypatch.setattr(limits.os, "geteuid", lambda: 0)
    group, notes = limits.make("r", 64 << 20)
    assert group.folders == []
    assert notes[1].startswith("process limit: not limited")
    assert all("; run as root" in line for line in limits.describe())


def test_version_1_has_a_group_in_each_hierarchy(tree: Path) -> None:
    (tree / "membership").write_text("4:memory:/deep\n8:pids:/\n0::/\n")
    for folder in ("memory/deep", "pids"):
        (tree / "cgroup" / folder).mkdir(parents=True)
    group, _ = limits.make("r", 64 << 20)
    assert said(tree / "cgroup/memory/deep/clary-r") == {"memory.limit_in_bytes": str(64 << 20)}
    assert said(tree / "cgroup/pids/clary-r") == {"pids.max": str(limits.processes())}
    group.enter()
    for folder in group.folders:
        assert said(Path(folder))["cgroup.procs"] == str(os.getpid())


def test_version_1_goes_on_with_one_hierarchy(tree: Path) -> None:
    (tree / "membership").write_text("8:pids:/\n")
    (tree / "cgroup/pids").mkdir(parents=True)
    group, notes = limits.make("r", 64 << 20)
    assert (bool(group.memory), bool(group.pids)) == (False, True)
    assert notes[0] == "memory: not limited (no writable control group)"


def test_a_host_gets_a_part_of_the_machines_processes() -> None:
    """So that a bomb leaves the machine, and other jobs, enough."""
    most = int(Path("/proc/sys/kernel/pid_max").read_text())
    assert 512 <= limits.processes() <= max(512, most // 8)


def test_without_a_group_the_users_processes_are_limited() -> None:
    """RLIMIT_NPROC binds every user but root (getrlimit(2))."""
    script = (
        "import resource, sys; sys.path.insert(0, sys.argv[1]); from clary_supervisor import limits\n"
        "limits.rlimits(limits.Group(), 1 << 20)\n"
        "print(resource.getrlimit(resource.RLIMIT_NPROC)[1], resource.getrlimit(resource.RLIMIT_FSIZE)[1], limits.processes())"
    )
    words = [sys.executable, "-I", "-S", "-c", script, str(Path(limits.__file__).parents[1])]
    done = subprocess.run(words, capture_output=True, text=True)
    processes, size, wanted = map(int, done.stdout.split())
    assert size == 1 << 20
    assert processes == wanted or resource.getrlimit(resource.RLIMIT_NPROC)[1] < wanted


# for real ---------------------------------------------------------------------------------------------------------
def test_what_is_left_in_a_group_is_ended_with_it() -> None:
    group, _ = limits.make(f"test-{os.getpid()}", 0)
    if not group.pids:
        pytest.skip("no writable control group here")
    child = subprocess.Popen(["sleep", "600"], preexec_fn=group.enter)
    assert group.members() == [child.pid]
    group.end()
    assert child.wait() == -9
    assert not os.path.exists(group.pids)


def test_a_process_more_than_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "processes", lambda: 5)
    group, _ = limits.make(f"test-{os.getpid()}", 0)
    if not group.pids:
        pytest.skip("no writable control group here")
    script = (
        "import os\nn = 1\ntry:\n    while True:\n        if os.fork() == 0:\n            os.read(0, 1)\n            os._exit(0)\n"
        "        n += 1\nexcept BlockingIOError:\n    print(n, flush=True)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=group.enter
    )
    out, _ = child.communicate()
    group.end()
    assert out == b"5\n"
