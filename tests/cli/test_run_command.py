"""`clary run`: the command's environment and its exit status."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from clary.cli import run_command
from clary.cli.home import Home
from clary.cli.main import main


def _run(home: Home, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "clary.cli.main", "run", "--home", str(home.path), "--", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environ})


def test_the_commands_exit_status_is_ours(running: Home) -> None:
    assert _run(running, "sh", "-c", "exit 7").returncode == 7


def test_options_of_the_command_are_the_commands(running: Home) -> None:
    assert _run(running, "printf", "%s", "--home").stdout == "--home"


def test_the_command_sees_everything(running: Home) -> None:
    got = _run(running, "env", AWS_PROFILE="mine", AWS_ENDPOINT_URL_STS="http://elsewhere", KEPT="yes").stdout
    seen = dict(line.split("=", 1) for line in got.splitlines() if "=" in line)
    endpoint = running.endpoint()
    assert seen["AWS_ENDPOINT_URL"] == endpoint
    assert (
        seen["HTTPS_PROXY"] == seen["https_proxy"] == f"http://clary:{bytes(range(32)).hex()}@{endpoint[7:]}"
    )
    assert {"127.0.0.1", "localhost"} <= set(seen["NO_PROXY"].split(","))
    assert {seen[name] for name in run_command.BUNDLES} == {str(running.ca_bundle)}
    assert seen["KEPT"] == "yes"
    assert "AWS_PROFILE" not in seen
    assert "AWS_ENDPOINT_URL_STS" not in seen


def test_a_command_that_is_not_there_is_127_as_in_a_shell(running: Home) -> None:
    got = _run(running, "no-such-command")
    assert got.returncode == 127
    assert got.stderr == "clary: no-such-command: command not found\n"


def test_a_file_that_cannot_be_run_is_126(running: Home) -> None:
    file = running.path / "data.txt"
    file.write_text("no program")
    assert _run(running, str(file)).returncode == 126


def test_without_a_platform_nothing_runs(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--home", str(home.path), "--", "true"]) == 1
    assert "is not running; start it with" in capsys.readouterr().err


def test_no_command_is_a_usage_error(running: Home) -> None:
    assert main(["run", "--home", str(running.path), "--"]) == 2


def test_another_proxy_for_everything_is_dropped(running: Home) -> None:
    made = run_command.environment({"ALL_PROXY": "socks5://x", "A": "b"}, {}, running, "http://127.0.0.1:1")
    assert "ALL_PROXY" not in made
    assert made["A"] == "b"
