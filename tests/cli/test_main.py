"""How failures are told."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from clary.cli.main import main


def test_every_command_has_help() -> None:
    for command in ("up", "down", "status", "doctor", "demo", "coverage", "env", "run"):
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0


@pytest.mark.parametrize(
    "words", [["--help"], ["status"], ["demo", "--help"], ["pipeline", "show", "--help"]]
)
def test_only_commands_that_call_the_platform_by_boto3_wait_for_it(words: list[str], tmp_path: Path) -> None:
    """To import boto3 takes longer than all that most commands do."""
    program = """
import sys
from contextlib import suppress
from clary.cli.main import main
with suppress(SystemExit):
    main(sys.argv[1:])
print(sorted(name for name in ("boto3", "botocore", "clary.cli.demo.run") if name in sys.modules), file=sys.stderr)
"""
    env = {**os.environ, "CLARY_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, env=env)
    assert done.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "words",
    [
        *(
            [],
            ["fly"],
            ["up", "--port", "x"],
            ["env", "--region", "../up"],
            ["run", "--region", "a b", "--", "ls"],
        ),
        *([command, "--port", "70000"] for command in ("up", "doctor", "demo")),
    ],
)
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


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"clary {version('clary')}\n"


@pytest.mark.parametrize("port", ["0", "4566"])
def test_a_host_that_is_not_here_is_told_by_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], port: str
) -> None:
    """192.0.2.1 belongs to no machine (RFC 5737)."""
    assert main(["up", "--home", str(tmp_path / "home"), "--host", "192.0.2.1", "--port", port]) == 1
    error = capsys.readouterr().err
    assert error.startswith("clary: 192.0.2.1 is not an address of this machine (")
    assert "--host" in error
