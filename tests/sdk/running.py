"""Runs a command as a user does who says `clary run -- COMMAND`. What it ran and what it said is in the error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.sdk.clients import Client, python_of
from tests.support.live import Live

SCRIPTS = Path(__file__).parent / "scripts"
_OURS = [sys.executable, "-m", "clary.cli.main", "run", "--home"]


def command(live: Live, *words: str | Path) -> list[str | Path]:
    """The words of a command, run as `clary run` does."""
    return [*_OURS, live.home.path, "--", *words]


def environment(live: Live) -> dict[str, str]:
    """What a user's shell may hold that keeps clients quiet."""
    return {**live.env, "SAGEMAKER_SUPPRESS_V2_WARNING": "1", "PYTHONWARNINGS": "ignore", "AWS_PAGER": ""}


def run(
    live: Live, *words: str | Path, folder: Path | None = None, input: bytes | None = None, status: int = 0
) -> str:
    """The output of a command that is to end with `status`; what it says on standard error comes after it."""
    done = subprocess.run(
        command(live, *words),
        cwd=folder,
        input=input,
        capture_output=True,
        timeout=280,
        env=environment(live),
    )
    said = (done.stdout + done.stderr).decode(errors="replace")
    assert done.returncode == status, f"{words}: {done.returncode}\n{said[-6000:]}"
    return said


def run_script(live: Live, client: Client, script: str, folder: Path, *words: str) -> str:
    """The output of `scripts/SCRIPT`, which asserts by itself and ends with PASS."""
    said = run(live, python_of(client), SCRIPTS / script, *words, folder=folder)
    assert "PASS" in said, said[-6000:]
    return said
