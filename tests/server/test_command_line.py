"""The command line of the platform's processes, and what it keeps out of them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from clary.server.command_line import CommandLine, options_of_workers, parse


def test_a_warden_with_all_options() -> None:
    line = parse(["warden", "--home", "/h", "--host", "::1", "--port", "0", "--allow-reset"])
    assert line == CommandLine("warden", home="/h", host="::1", port=0, allow_reset=True)


def test_a_worker_gets_the_wardens_options_and_its_socket() -> None:
    options = options_of_workers(parse(["warden", "--home", "/h", "--port", "80", "--allow-reset"]))
    line = parse(["gateway", "--home", "/h", *options, "--listen-fd", "7"])
    assert line == CommandLine("gateway", home="/h", port=80, allow_reset=True, listen_fd=7)


def test_each_of_several_gateways_knows_of_the_others() -> None:
    options = options_of_workers(parse(["warden", "--home", "/h", "--gateways", "3"]))
    assert parse(["gateway-3", "--home", "/h", *options]) == CommandLine("gateway-3", home="/h", gateways=3)


def test_questions_need_no_home() -> None:
    assert parse(["regions"]) == CommandLine("regions")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "'' is not one of warden, gateway"),
        (["cook"], "'cook' is not one of"),
        (["gateway-0", "--home", "/h"], "'gateway-0' is not one of"),
        (["gateway-/x", "--home", "/h"], "'gateway-/x' is not one of"),
        (["warden"], "--home is missing"),
        (["backup", "--home", "/h"], "--file is missing"),
        (["warden", "--home"], "--home needs a value"),
        (["warden", "--home", "/h", "--port", "-1"], "--port must be a number, not '-1'"),
        (["warden", "--home", "/h", "--listen-fd", "²"], "--listen-fd must be a number, not '²'"),
        (["warden", "/h"], "'/h' is not an option"),
    ],
)
def test_what_is_wrong_is_said(words: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        parse(words)
    assert stopped.value.code == 2
    assert why in capsys.readouterr().err


def test_the_workers_do_without_what_only_people_and_runs_need() -> None:
    """An idle platform consists of three processes, each of which would keep these."""
    code = "import sys; from clary.server import __main__, forks; forks.import_workers(); print(*sys.modules)"
    words = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    unneeded = {"argparse", "gettext", "shutil", "tempfile", "cryptography", "ctypes", "gzip"}
    assert not unneeded & set(words.split())
