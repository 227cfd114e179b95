"""Small blobs in segments: rolling over, torn ends, damage, and space that is given back."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clary.objects import segments as module
from clary.objects.api import Damaged, Missing
from clary.objects.frames import HEADER, walk
from clary.objects.handles import Handle, punch
from clary.objects.segments import Segments


@pytest.fixture
def segments(tmp_path: Path) -> Iterator[Segments]:
    segments = Segments(tmp_path, size=100_000)
    yield segments
    segments.close()


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.seg"))


def test_a_full_segment_is_followed_by_another(segments: Segments, tmp_path: Path) -> None:
    wheres = [segments.append(bytes([n]) * 30_000) for n in range(10)]
    assert len(files(tmp_path)) == 4
    assert all(path.stat().st_size <= 100_000 for path in files(tmp_path))
    assert [segments.read(where) for where in wheres] == [bytes([n]) * 30_000 for n in range(10)]


def test_two_writers_never_share_a_segment(tmp_path: Path) -> None:
    one, other = Segments(tmp_path), Segments(tmp_path)
    a, b = one.append(b"a"), other.append(b"b")
    assert a.segment != b.segment
    assert (one.read(b), other.read(a)) == (b"b", b"a")
    assert one.sweep(set(), -10) == 0, "both are being written"
    one.close()
    assert other.sweep(set(), -10) == 1
    other.close()


def test_bytes_that_changed_on_the_disk_are_not_served(segments: Segments, tmp_path: Path) -> None:
    where = segments.append(b"x" * 100)
    with files(tmp_path)[0].open("r+b") as file:
        file.seek(where.offset + HEADER.size + 50)
        file.write(b"y")
    with pytest.raises(Damaged):
        segments.read(where)


def test_bytes_that_the_disk_lost_are_missing(segments: Segments, tmp_path: Path) -> None:
    where = segments.append(b"x" * 100)
    os.truncate(files(tmp_path)[0], 5)
    with pytest.raises(Missing):
        segments.read(where)


def test_an_append_that_fails_leaves_no_trace(
    segments: Segments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = segments.append(b"a" * 10)

    def half(fd: int, data: bytes, offset: int) -> None:
        os.pwrite(fd, data[: len(data) // 2], offset)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module, "write_all", half)
        with pytest.raises(OSError, match="No space"):
            segments.append(b"b" * 10_000)
    assert files(tmp_path)[0].stat().st_size == HEADER.size + 10
    second = segments.append(b"c" * 10)
    assert (segments.read(first), segments.read(second)) == (b"a" * 10, b"c" * 10)


def test_a_torn_end_hides_nothing_before_it(segments: Segments, tmp_path: Path) -> None:
    """As a process killed in the middle of a write leaves it."""
    kept, lost = segments.append(b"a" * 100), segments.append(b"b" * 100)
    segments.append(b"c" * 5_000)
    segments.close()
    os.truncate(files(tmp_path)[0], files(tmp_path)[0].stat().st_size - 2_000)
    assert segments.sweep({kept.key}, -10) == 1
    assert segments.read(kept) == b"a" * 100
    with pytest.raises(Missing):
        segments.read(lost)


def test_neighbours_that_are_dead_become_one_and_give_their_blocks_back(
    segments: Segments, tmp_path: Path
) -> None:
    wheres = [segments.append(os.urandom(1000)) for _ in range(90)]
    body = segments.read(wheres[50])
    segments.delete(wheres[3])
    segments.close()
    path = files(tmp_path)[0]
    os.sync()
    before = path.stat().st_blocks
    assert segments.sweep({wheres[50].key}, -10) == 88
    assert segments.sweep({wheres[50].key}, -10) == 0
    file = Handle(path, os.O_RDONLY)
    assert [(frame.alive, frame.length) for frame in walk(file.fd)] == [
        (False, 50 * 1016 - 16),
        (True, 1000),
        (False, 39 * 1016 - 16),
    ]
    assert segments.read(wheres[50]) == body
    probe = Handle(tmp_path / "probe", os.O_RDWR | os.O_CREAT)
    os.truncate(probe.fd, 8192)
    if punch(probe.fd, 0, 4096):
        assert path.stat().st_blocks < before / 2


def test_deleting_does_not_make_a_segment_younger(segments: Segments, tmp_path: Path) -> None:
    where = segments.append(b"x" * 10_000)
    (path,) = files(tmp_path)
    os.utime(path, (1000, 1000))
    segments.delete(where)
    assert path.stat().st_mtime == 1000


def test_the_blobs_of_a_killed_process_are_swept_once_it_is_dead(segments: Segments, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from clary.objects.segments import Segments\n"
        "s = Segments(Path(sys.argv[1])); print(s.append(b'x').key, flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    child.stdout.readline()
    assert segments.sweep(set(), -10) == 0
    child.kill()
    child.communicate()
    assert segments.sweep(set(), -10) == 1
    assert files(tmp_path) == []


def test_a_segment_that_another_process_removed_is_let_go_in_time(
    segments: Segments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = segments.append(b"x")
    assert segments.read(where) == b"x"
    files(tmp_path)[0].unlink()
    assert segments.read(where) == b"x", "an open file outlives its name"
    monkeypatch.setattr(module, "_REOPEN", 0.0)
    with pytest.raises(Missing):
        segments.read(where)


def test_many_open_segments_are_bounded(segments: Segments, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_OPEN", 2)
    wheres = [segments.append(b"x" * 99_000) for _ in range(6)]
    for where in wheres * 2:
        assert len(segments.read(where)) == 99_000
        assert len(segments._readers) <= 2
