"""What a query's process can reach: nothing but what it has open and Python's libraries."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

# The program as it is, with a query that looks around instead of answering.
_LOOKING = """
import sys
from clary_programs.agents.select import program

def look(self):
    import decimal, zoneinfo, pyarrow.parquet  # libraries can be read
    secret, port = sys.argv[1], int(sys.argv[2])
    for name, work in {
        "read": lambda: open(secret),
        "list": lambda: __import__("os").listdir(__import__("os").path.dirname(secret)),
        "write": lambda: open(secret + ".new", "w"),
        "connect": lambda: __import__("socket").create_connection(("127.0.0.1", port), timeout=5),
    }.items():
        try:
            work()
        except PermissionError:
            print(name, "refused")
        else:
            print(name, "done")

program.Run.answer = look
program.main()
"""


def _version() -> int:
    import ctypes

    return int(ctypes.CDLL(None).syscall(444, None, 0, 1))


@pytest.mark.skipif(_version() < 4, reason="this kernel has no Landlock with rules for TCP (Linux 6.7)")
def test_files_and_network_are_out_of_reach(tmp_path: Path) -> None:
    secret = tmp_path / "identity.json"
    secret.write_text("secret")
    task = {"input": {"Parquet": {}}, "seconds": 60, "size": 1 << 20, "compression": "NONE"}
    question = json.dumps(task).encode()
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _LOOKING, str(secret), str(server.getsockname()[1])],
            input=len(question).to_bytes(4, "big") + question,
            capture_output=True,
            check=False,
        )
    assert done.stdout.decode().splitlines() == [
        f"{what} refused" for what in ("read", "list", "write", "connect")
    ], done.stderr.decode()
    assert [path.name for path in tmp_path.iterdir()] == ["identity.json"]
