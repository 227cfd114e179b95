"""How failures are told."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from clary.cli.main import main


def test_every_command_has_help() -> None:
    for command in ("up", "down", "status", "doctor", "demo", "coverage", "env", "run"):
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0


@pytest.mark.parametrize("words", [[], ["fly"], ["up", "--port", "70000"], ["up", "--port", "x"]])
def test_nonsense_is_a_usage_error(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2


def test_a_reader_that_leaves_early_hears_no_traceback() -> None:
    script = f"{sys.executable} -m clary.cli.main coverage --json | head -n 1"
    got = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert got.stdout == "{\n"
    assert got.stderr == ""
