"""The turnstile: one at a time, and nobody starves."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from clary.store.write_lock import WriteLock

HOG = """
import sys
from clary.store.write_lock import WriteLock
lock = WriteLock(sys.argv[1])
print("ready", flush=True)
while True:
    lock.acquire()
    for _ in range(2000): pass
    lock.release()
"""


def test_one_at_a_time(tmp_path: Path) -> None:
    """Reading a number and writing the next loses counts unless there is one at a time."""
    counter = tmp_path / "counter"
    counter.write_text("0")

    def work() -> None:
        lock = WriteLock(str(tmp_path / "x"))
        for _ in range(200):
            lock.acquire()
            counter.write_text(str(int(counter.read_text()) + 1))
            lock.release()
        lock.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.read_text() == "800"


def test_a_process_that_writes_without_pause_lets_others_in_and_its_death_frees_the_lock(
    tmp_path: Path,
) -> None:
    path = str(tmp_path / "x")
    lock = WriteLock(path)
    hogs = [subprocess.Popen([sys.executable, "-c", HOG, path], stdout=subprocess.PIPE) for _ in range(2)]
    try:
        for hog in hogs:
            assert hog.stdout is not None
            hog.stdout.readline()
        for _ in range(200):
            lock.acquire()
            lock.release()
    finally:
        for hog in hogs:
            hog.kill()
            hog.communicate()
    lock.acquire()
    lock.release()
    lock.close()


def test_the_lock_files_are_ours_alone(tmp_path: Path) -> None:
    WriteLock(str(tmp_path / "x")).close()
    assert [oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()] == ["0o600", "0o600"]
