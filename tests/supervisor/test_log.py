"""What a program prints, from its pipe to the reader: all of it in order, each byte under its own number, as much as is
kept and no more; and nobody of the platform's who can be killed without its going on."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
from pathlib import Path

import pytest

from clary.runs.api import Host, Printed, RunSpec
from clary_supervisor import log, proc
from tests.support.executors import Bench
from tests.support.waiting import until

EVERYTHING = 1 << 40


def reading(folder: Path, limit: int = 1 << 20) -> list[tuple[int, bytes]]:
    """All that there is, as who reads on from the end of each piece gets it."""
    pieces, offset = [], 0
    while True:
        piece = log.read(str(folder), offset, limit)
        if piece.data or piece.start > offset:
            pieces.append((piece.start, piece.data))
        offset = piece.start + len(piece.data)
        if not piece.more:
            return pieces


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments of 10 bytes, four of which are kept."""
    monkeypatch.setattr(log, "SEGMENT", 10)
    monkeypatch.setattr(log, "WINDOW", 40)


# on the disk ------------------------------------------------------------------------------------------------------
def test_there_is_nothing_where_nothing_was_written(tmp_path: Path) -> None:
    assert reading(tmp_path) == []
    assert reading(tmp_path / "nowhere") == []
    assert log.last_line(str(tmp_path)) == ""


def test_segments_are_read_as_one(tmp_path: Path, small: None) -> None:
    writer = log.Writer(str(tmp_path), lambda: EVERYTHING)
    writer.write(b"0123456789abcdefghijklmno\n")
    assert sorted(os.listdir(tmp_path)) == ["output.log", "output.log.10", "output.log.20"]
    assert reading(tmp_path) == [(0, b"0123456789abcdefghijklmno\n")]
    assert reading(tmp_path, 8) == [(0, b"01234567"), (8, b"89abcdef"), (16, b"ghijklmn"), (24, b"o\n")]
    assert log.read(str(tmp_path), 12, 5).data == b"cdefg"
    assert log.read(str(tmp_path), 99, 5).data == b""
    assert log.last_line(str(tmp_path)) == "klmno"


def test_the_oldest_segments_go_and_the_gap_is_seen(tmp_path: Path, small: None) -> None:
    writer = log.Writer(str(tmp_path), lambda: EVERYTHING)
    writer.write(bytes(range(95)))
    assert reading(tmp_path) == [(60, bytes(range(60, 95)))]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 40


def test_another_writer_goes_on_where_the_first_was(tmp_path: Path, small: None) -> None:
    log.Writer(str(tmp_path), lambda: EVERYTHING).write(b"0123456789abcd")
    log.Writer(str(tmp_path), lambda: EVERYTHING).write(b"efghij and more")
    assert reading(tmp_path) == [(0, b"0123456789abcdefghij and more")]


def test_what_is_beyond_the_allowance_is_missing_and_seen_to_be(tmp_path: Path) -> None:
    room = 12
    writer = log.Writer(str(tmp_path), lambda: room)
    writer.write(b"one\ntwo\nthree and a lot\n")
    assert reading(tmp_path) == [(0, b"one\ntwo\nthre\n")]
    room = 40
    writer.write(b"later\n")
    assert reading(tmp_path) == [(0, b"one\ntwo\nthre\n"), (25, b"later\n")]
    room = 0
    writer.write(b"lost\n")
    writer.close()
    assert reading(tmp_path) == [(0, b"one\ntwo\nthre\n"), (25, b"later\n"), (36, b"")]


def test_a_disk_that_is_full_loses_a_part_and_not_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = log.Writer(str(tmp_path), lambda: EVERYTHING)
    writer.write(b"before\n")
    real = os.write

    def full(fd: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    writer.write(b"lost\n")
    monkeypatch.setattr(os, "write", real)
    writer.write(b"after\n")
    assert reading(tmp_path) == [(0, b"before\n"), (12, b"after\n")]


def test_a_program_may_print_so_much_and_as_much_again_in_each_hour() -> None:
    assert (log.allowed(0), log.allowed(3600)) == (1 << 30, 2 << 30)


# from a program ---------------------------------------------------------------------------------------------------
def whole(bench: Bench, host: str = "algo-1") -> bytes:
    pieces, offset = [], 0
    while (printed := bench.executor.output("r", host, offset)).data or printed.start > offset:
        pieces.append(printed.data)
        offset = printed.start + len(printed.data)
    return b"".join(pieces)


def test_all_that_is_printed_is_there_at_the_end(bench: Bench) -> None:
    script = "i=0; while [ $i -lt 2000 ]; do echo line $i; i=$((i + 1)); done; head -c 3000000 /dev/zero; printf end"
    bench.run("sh", "-c", script, hosts=(Host("algo-1"), Host("algo-2")))
    wanted = b"".join(b"line %d\n" % n for n in range(2000)) + bytes(3_000_000) + b"end"
    assert whole(bench) == wanted
    assert whole(bench, "algo-2") == wanted


@pytest.mark.parametrize(
    "way", ["os.ftruncate(1, 1 << 50)", "open('/proc/self/fd/1', 'w').truncate(1 << 50)"]
)
def test_a_program_cannot_stretch_its_log(bench: Bench, way: str) -> None:
    code = (
        f"import os\nprint('hello', flush=True)\ntry:\n    {way}\nexcept OSError as error: print(error.errno)"
    )
    bench.run("{python}", "-c", code)
    assert bench.executor.output("r", "algo-1", 0) == Printed(0, b"hello\n%d\n" % errno.EINVAL)


def test_of_a_flood_the_last_is_kept_and_no_disk_is_filled(bench: Bench) -> None:
    count = log.WINDOW + 5 * log.SEGMENT
    bench.run("sh", "-c", f"head -c {count} /dev/zero; echo end")
    first = bench.executor.output("r", "algo-1", 0, 100)
    assert first.start >= count - log.WINDOW
    assert whole(bench)[-4:] == b"end\n"
    kept = sum(
        path.stat().st_blocks * 512 for path in (bench.home / "runs/r/hosts/algo-1").glob("output.log*")
    )
    assert kept <= log.WINDOW + (1 << 20)


def test_what_is_left_of_a_program_goes_on_printing_into_nothing(tmp_path: Path) -> None:
    """Without a sandbox or a control group a daemon outlives its program: it keeps neither the run nor its log open."""
    bench = Bench(tmp_path / "home", method="none")
    daemon = "import os, time\nos.setsid()\nopen('pid', 'w').write(str(os.getpid()))\nwhile True: print('x' * 1000)"
    script = f'{{python}} -c "{daemon}" & until [ -s pid ]; do sleep 0.01; done; echo up'
    python = bench.executor._isolation.python
    assert bench.run("sh", "-c", script.replace("{python}", python)).exit_code == 0
    pid = int((bench.home / "runs/r/hosts/algo-1/ml/pid").read_text())
    try:
        size = len(whole(bench))
        assert len(whole(bench)) == size
    finally:
        with contextlib.suppress(ProcessLookupError):  # a control group has ended it
            os.kill(pid, signal.SIGKILL)


# killed processes -------------------------------------------------------------------------------------------------
def collectors(bench: Bench) -> list[int]:
    folder = str(bench.home / "runs/r/hosts/algo-1").encode()
    words = {pid: proc.command(pid).split(b"\0") for pid in proc._all()}
    return [pid for pid, said in words.items() if b"collector" in said and folder in said]


SAYS = "echo once; while ! [ -e /opt/ml/output/go ]; do sleep 0.01; done; echo twice; exit 4"


def begun(bench: Bench) -> Path:
    bench.begin(SAYS)
    bench.says("once")
    return bench.home / "runs/r/hosts/algo-1/ml/output/go"


def test_a_collector_that_is_killed_is_replaced(bench: Bench) -> None:
    go = begun(bench)
    (first,) = collectors(bench)
    os.kill(first, signal.SIGKILL)
    go.write_text("")
    assert bench.end().exit_code == 4
    assert bench.text() == "once\ntwice\n"


def test_a_supervisor_that_is_killed_leaves_one_that_goes_on(bench: Bench) -> None:
    go = begun(bench)
    bench.kill_supervisor()
    go.write_text("")
    bench.says("twice")
    assert bench.end().exit_code == 4
    assert bench.text() == "once\ntwice\n"


def test_with_both_killed_a_program_waits_in_its_pipe(bench: Bench) -> None:
    """It sees no error and no end: what it printed meanwhile is there when somebody looks again."""
    code = "import os\nprint('once', flush=True)\nwhile not os.path.exists('/opt/ml/output/go'): pass\n" + (
        "os.write(1, b'x' * 300_000)\nopen('/opt/ml/output/through', 'w')"
    )
    bench.executor.start("r", RunSpec(("{python}", "-c", code)))
    bench.says("once")
    for pid in [proc.pid_of(bench.supervisor()), *collectors(bench)]:
        os.kill(pid, signal.SIGKILL)
    folder = bench.home / "runs/r/hosts/algo-1/ml/output"
    (folder / "go").write_text("")
    assert not (folder / "through").exists()
    assert bench.end().exit_code == 0
    assert whole(bench) == b"once\n" + b"x" * 300_000


def test_a_pipe_that_its_program_closed_to_others_is_opened_again(bench: Bench) -> None:
    code = "import os, time\nos.fchmod(1, 0)\nprint('once', flush=True)\nwhile True: time.sleep(0.01)"
    bench.executor.start("r", RunSpec(("{python}", "-c", code)))
    bench.says("once")
    bench.kill_supervisor()
    bench.executor.stop("r", grace=5)
    assert bench.end().reason == "stopped"


def test_nobody_is_left_over(bench: Bench) -> None:
    bench.run("true")
    until(lambda: not collectors(bench))
