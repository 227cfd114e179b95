"""The filter of system calls: each row of its table, by an interpreter of BPF for both architectures, and for real."""

from __future__ import annotations

import errno
import itertools
import os
import platform
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clary_supervisor import seccomp

ALLOW = 0x7FFF0000
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
SELF_CONTAINED = Path(seccomp.__file__).with_name("filtered.py")


def judge(machine: str, number: int, *arguments: int, arch: int | None = None) -> int:
    """What a kernel of this machine does with a call: ALLOW, or the error. Classic BPF as in linux/filter.h."""
    whole = [argument & (2**64 - 1) for argument in (*arguments, 0, 0, 0, 0, 0, 0)[:6]]
    data = struct.pack("<iIQ6Q", number, MACHINES[machine] if arch is None else arch, 0, *whole)
    code = list(struct.iter_unpack("<HBBI", seccomp.program(machine)))
    at = held = 0
    while True:
        word, yes, no, constant = code[at]
        at += 1
        if word == 0x06:
            return constant if constant == ALLOW else constant - 0x00050000
        if word == 0x20:
            (held,) = struct.unpack_from("<I", data, constant)
            continue
        test: Callable[[int, int], bool] = {
            0x15: int.__eq__, 0x25: int.__gt__, 0x45: lambda a, b: bool(a & b)
        }[word]  # fmt: skip
        at += yes if test(held, constant) else no


def refusals() -> Iterator[tuple[str, tuple[int, ...], int]]:
    """For every row: calls that all of its tests hold for, and its error."""
    for names, tests, error in seccomp.RULES:
        choices: list[list[int]] = [[0], [0], [0]]
        for argument, kind, values in tests:
            if kind == seccomp.NOT_IN:
                chosen = [value for value in (0, 17, 40, 0x40000) if value not in values]
                values = tuple(value for value in chosen if argument or value or 0 not in values)
            choices[argument] = [*values, *(value | 5 << 32 for value in values)]
        for name, arguments in itertools.product(names, itertools.product(*choices)):
            yield name, arguments, error


@pytest.mark.parametrize("machine", MACHINES)
def test_every_row_of_the_table_is_refused_with_its_error(machine: str) -> None:
    """Also with something in the upper half of an argument, which the kernel does not look at."""
    tried = set()
    for name, arguments, error in refusals():
        number = seccomp.number(name, machine)
        if number is not None:
            assert judge(machine, number, *arguments) == error, (name, arguments)
            tried.add(name)
    absent = {"iopl", "ioperm", "uselib"} if machine == "aarch64" else set()
    assert tried == {name for names, _, _ in seccomp.RULES for name in names} - absent


CLONE_OF_A_THREAD = 0x3D0F00  # what the C library passes for a thread
ALLOWED: list[tuple[str, tuple[int, ...]]] = [
    ("clone", (CLONE_OF_A_THREAD,)),
    ("clone", (0x1200011,)),  # fork
    ("unshare", (0x400,)),  # CLONE_FILES
    *(("socket", (family, kind, 0)) for family in (1, 2, 10, 16) for kind in (1, 2, 3, 5, 0x80001)),
    ("socketpair", (1, 1, 0)),
    ("socket", (2, 1, 262)),  # MPTCP
    ("ioctl", (0, 0x5401)),  # TCGETS
    ("ioctl", (3, 0x40049409)),  # FICLONE
    ("ioctl", (0, 0x5412_0000)),
    *(("personality", (value,)) for value in (0, 8, 0x20000, 0x20008, 0xFFFFFFFF)),
]


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(("name", "arguments"), ALLOWED)
def test_what_programs_need_is_allowed(machine: str, name: str, arguments: tuple[int, ...]) -> None:
    number = seccomp.number(name, machine)
    assert number is not None
    assert judge(machine, number, *arguments) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_that_are_not_in_the_table_are_allowed_and_newer_ones_do_not_exist(machine: str) -> None:
    known = {seccomp.number(name, machine) for names, _, _ in seccomp.RULES for name in names}
    for number in set(range(467)) - known:
        assert judge(machine, number) == ALLOW, number
    for number in (467, 468, 469, 512, 547, 2**30, 2**30 + 250, 2**31 - 1, -1):
        assert judge(machine, number) == errno.ENOSYS, number


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    "arch", [0x40000003, 0x40000028, 0, 0xC00000F3], ids=["i386", "arm", "none", "riscv"]
)
def test_calls_of_another_architecture_do_not_exist(machine: str, arch: int) -> None:
    """On x86_64 a program may make calls of 32 bits, whose numbers are others."""
    assert judge(machine, 1, arch=arch) == errno.ENOSYS


def test_the_program_is_one_that_the_kernel_takes() -> None:
    """At most 4096 instructions, jumps forward and inside, a return at the end; the same bytes each time."""
    for machine in MACHINES:
        code = list(struct.iter_unpack("<HBBI", seccomp.program(machine)))
        assert len(code) < 256
        assert code[-1][0] == 0x06
        assert all(at + max(yes, no) + 1 < len(code) for at, (_, yes, no, _) in enumerate(code[:-1]))
        assert seccomp.program(machine) is seccomp.program(machine)
    assert seccomp.program("riscv64") == b""


def test_numbers_are_those_of_this_machines_headers() -> None:
    header = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
    if not header.exists():
        pytest.skip("no kernel headers here")
    lines = [line.split() for line in header.read_text().splitlines()]
    numbers = {
        words[1].removeprefix("__NR_"): int(words[2])
        for words in lines
        if words[:1] == ["#define"] and len(words) == 3
    }
    for names, _, _ in seccomp.RULES:
        for name in names:
            assert seccomp.number(name, "x86_64") == numbers[name], name


# for real ---------------------------------------------------------------------------------------------------------
needs_filter = pytest.mark.skipif(
    platform.machine() not in MACHINES or not seccomp.is_known_to_kernel(),
    reason="no filter for this machine",
)

CALLS = """
import ctypes, errno, sys
libc = ctypes.CDLL(None, use_errno=True)
for line in sys.stdin:
    number, *arguments = map(int, line.split())
    result = libc.syscall(number, *map(ctypes.c_ulong, arguments))
    print(ctypes.get_errno() if result < 0 else 0, flush=True)
"""


def filtered(*words: str, **more: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", str(SELF_CONTAINED), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **more)  # type: ignore[call-overload]


@needs_filter
def test_the_kernel_refuses_every_row_of_the_table() -> None:
    """In a child, which is root where these tests are: nothing here happens, since each call is stopped first."""
    calls = [
        (name, arguments, error)
        for name, arguments, error in refusals()
        if seccomp.number(name, platform.machine())
    ]
    # Only what is harmless should the filter not be there; the others are judged above.
    harmless = {
        "socket",
        "socketpair",
        "clone3",
        "keyctl",
        "bpf",
        "userfaultfd",
        "io_uring_setup",
        "setns",
        "fsopen",
    }
    calls = [call for call in calls if call[0] in harmless]
    lines = [
        f"{seccomp.number(name, platform.machine())} {' '.join(map(str, arguments))}"
        for name, arguments, _ in calls
    ]
    done = filtered(sys.executable, "-c", CALLS, input="\n".join(lines) + "\n")
    assert done.stdout.split() == [str(error) for _, _, error in calls], done.stderr


WAYS = """
import multiprocessing, os, subprocess, threading

def mode():
    with open("/proc/thread-self/status") as file:
        return next(line.split()[1] for line in file if line.startswith("Seccomp:"))

def tell(queue):
    queue.put(mode())

if __name__ == "__main__":
    found = [mode()]
    thread = threading.Thread(target=lambda: found.append(mode()))
    thread.start()
    thread.join()
    for way in ("fork", "spawn", "forkserver"):
        context = multiprocessing.get_context(way)
        queue = context.SimpleQueue()
        child = context.Process(target=tell, args=(queue,))
        child.start()
        found.append(queue.get())
        child.join()
    status = subprocess.run(["cat", "/proc/self/status"], capture_output=True, text=True).stdout
    print(*found, status.split("Seccomp:")[1].split()[0])
"""


@needs_filter
def test_it_holds_for_all_that_a_program_starts_and_hinders_none_of_it(tmp_path: Path) -> None:
    (tmp_path / "ways.py").write_text(WAYS)
    done = filtered(sys.executable, str(tmp_path / "ways.py"))
    assert done.stdout.split() == ["2"] * 6, done.stderr


@needs_filter
def test_a_program_that_is_not_there_is_127() -> None:
    done = filtered("no-such-program")
    assert done.returncode == 127
    assert "no-such-program: No such file" in done.stderr


@needs_filter
def test_the_filter_is_passed_on_by_a_descriptor() -> None:
    fd = seccomp.as_file()
    try:
        assert os.get_inheritable(fd)
        assert os.read(fd, 1 << 16) == seccomp.program()
    finally:
        os.close(fd)
