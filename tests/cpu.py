"""A pytest plugin that measures CPU: `-p tests.cpu`, or `./run test --cpu`. It prints what each test file took.

A file's CPU seconds are those of the worker's whole tree of processes between two files: the worker, what it started and
waited for, and what runs still, such as a live platform. A process that left the tree counts for nobody. The seconds of
all that goes on beside a test are counted too; on a busy machine wall time says little, and these say much.
"""

from __future__ import annotations

import os
import resource
import time
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

_TICK = os.sysconf("SC_CLK_TCK")
_BEFORE_TESTS = "(start and collection)"
_LONGEST_TABLE = 60


class Meter:
    """The figures of one process that runs tests: seconds of CPU and of wall time by file, and of CPU by test."""

    def __init__(self) -> None:
        self.files: dict[str, list[float]] = {}
        self.tests: dict[str, float] = {}
        self._mark = (0.0, time.monotonic())

    def lap(self, file: str) -> None:
        """Add what was used since the last lap to a file."""
        now = (_of_the_tree(), time.monotonic())
        spent = self.files.setdefault(file, [0.0, 0.0])
        spent[0] += now[0] - self._mark[0]
        spent[1] += now[1] - self._mark[1]
        self._mark = now

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, Any, Any]:
        if not self.files:
            self.lap(_BEFORE_TESTS)
        before = _of_this_process()
        result = yield
        self.tests[item.nodeid] = _of_this_process() - before
        if nextitem is None or _file(nextitem) != _file(item):
            self.lap(_file(item))
        return result

    @pytest.hookimpl
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["cpu"] = {"files": self.files, "tests": dict(_largest(self.tests))}


class Table:
    """Collects the figures of the workers and prints them at the end."""

    def __init__(self, own: Meter) -> None:
        self._own = own
        self._files: dict[str, list[float]] = {}
        self._tests: dict[str, float] = {}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        found = getattr(node, "workeroutput", {}).get("cpu", {"files": {}, "tests": {}})
        self._add(found["files"], found["tests"])

    def _add(self, files: dict[str, list[float]], tests: dict[str, float]) -> None:
        for file, (cpu, wall) in files.items():
            spent = self._files.setdefault(file, [0.0, 0.0])
            spent[0] += cpu
            spent[1] += wall
        self._tests |= tests

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        self._add(self._own.files, self._own.tests)
        for line in self._lines():
            terminalreporter.write_line(line)

    def _lines(self) -> Iterator[str]:
        yield f"{sum(cpu for cpu, _ in self._files.values()):7.1f} s of CPU in all; by file, with wall time:"
        by_cpu = sorted(self._files.items(), key=lambda entry: -entry[1][0])
        for file, (cpu, wall) in by_cpu[:_LONGEST_TABLE]:
            yield f"{cpu:7.1f} {wall:7.1f}  {file}"
        folders: Counter[str] = Counter()
        for file, (cpu, _) in self._files.items():
            folders[str(Path(file).parent)] += cpu  # type: ignore[assignment]
        yield "by folder:"
        for folder, cpu in folders.most_common(_LONGEST_TABLE):
            yield f"{cpu:7.1f}  {folder}"
        yield "by test, without processes that outlive it:"
        for test, cpu in _largest(self._tests):
            yield f"{cpu:7.2f}  {test}"


def pytest_configure(config: pytest.Config) -> None:
    meter = Meter()
    config.pluginmanager.register(meter, "cpu-meter")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Table(meter), "cpu-table")


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def _largest(tests: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(tests.items(), key=lambda entry: -entry[1])[:_LONGEST_TABLE]


def _of_this_process() -> float:
    """CPU seconds of this process and of the children that it waited for."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def _of_the_tree() -> float:
    """The same, with the descendants that are alive, and with what those waited for."""
    parents = {int(folder.name): _stat(folder) for folder in Path("/proc").iterdir() if folder.name.isdigit()}
    tree = {os.getpid()}
    # A child of a child may stand before it; a tree of processes is a few levels deep.
    for _ in range(6):
        tree |= {pid for pid, (parent, _) in parents.items() if parent in tree}
    return _of_this_process() + sum(parents[pid][1] for pid in tree - {os.getpid()})


def _stat(folder: Path) -> tuple[int, float]:
    """A process's parent, and fields 14 to 17: its own time and that of the children that it waited for (proc(5))."""
    try:
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0, 0.0
    return int(fields[1]), sum(map(int, fields[11:15])) / _TICK
