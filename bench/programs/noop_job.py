"""The limit of a job: write it down, start a bare interpreter, write down that it ended, write its log. N times.

`noop_job.py FOLDER COUNT`; prints the median in milliseconds. SQLite as Clary opens it (WAL, synchronous NORMAL).
"""

from __future__ import annotations

import sqlite3
import statistics
import subprocess
import sys
import time


def main(folder: str, count: int) -> None:
    store = sqlite3.connect(f"{folder}/limit.db", isolation_level=None)
    store.execute("pragma journal_mode = wal")
    store.execute("pragma synchronous = normal")
    store.execute("create table if not exists job(id integer primary key, status text, at real)")
    print(statistics.median(job(store) for _ in range(count)) * 1e3)


def job(store: sqlite3.Connection) -> float:
    began = time.perf_counter()
    id = store.execute("insert into job(status, at) values('InProgress', ?)", (time.time(),)).lastrowid
    subprocess.run([sys.executable, "-S", "-c", "pass"], check=True)
    store.execute("update job set status = 'Uploading', at = ? where id = ?", (time.time(), id))
    store.execute("update job set status = 'Completed', at = ? where id = ?", (time.time(), id))
    return time.perf_counter() - began


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
