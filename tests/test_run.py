"""`./run` and what installs for it: a uv that writes down what it was told stands for the real one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

_UV = """#!/bin/sh
printf '%s\\n' "$@" >"$UV_TOLD/arguments"
env >"$UV_TOLD/environment"
exit "$UV_ENDS"
"""


class Checkout:
    """`./run` and pyproject.toml in a folder of their own, and a `uv` that ends with `ends` first on the path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("run", "pyproject.toml"):
            shutil.copy(ROOT / name, folder / name)
        (folder / "bin").mkdir()
        (folder / "bin/uv").write_text(_UV)
        (folder / "bin/uv").chmod(0o755)

    def run(self, *words: str, ends: int = 0, **settings: str) -> subprocess.CompletedProcess[str]:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "SSL_"))
        }
        env = {
            **kept,
            "HOME": str(self.folder),
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
            "PYTHON": sys.executable,
            "PIP_CONFIG_FILE": os.devnull,
            "UV_TOLD": str(self.folder),
            "UV_ENDS": str(ends),
            **settings,
        }
        return subprocess.run([self.folder / "run", *words], capture_output=True, text=True, env=env)

    def arguments(self) -> list[str]:
        return (self.folder / "arguments").read_text().splitlines()

    def told(self) -> dict[str, str]:
        lines = (self.folder / "environment").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_uv_is_told_where_pip_takes_packages_from(checkout: Checkout) -> None:
    """Variables of uv: https://docs.astral.sh/uv/reference/environment/; what it reads of pip's, which is nothing:
    https://docs.astral.sh/uv/pip/compatibility/#configuration-files-and-environment-variables."""
    done = checkout.run(
        "client-venv",
        str(checkout.folder / "venv"),
        "six",
        PIP_FIND_LINKS="/wheels /more",
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        PIP_EXTRA_INDEX_URL="http://127.0.0.1:9/a http://127.0.0.1:9/b",
        PIP_CERT="/ca.pem",
    )
    assert done.returncode == 0, done.stderr
    told = checkout.told()
    assert told["UV_FIND_LINKS"] == "/wheels,/more"
    assert told["UV_DEFAULT_INDEX"] == "http://127.0.0.1:9/simple"
    assert told["UV_INDEX"] == "http://127.0.0.1:9/a http://127.0.0.1:9/b"
    assert told["SSL_CERT_FILE"] == "/ca.pem"


def test_what_uv_was_told_itself_stays(checkout: Checkout) -> None:
    done = checkout.run(
        "client-venv",
        str(checkout.folder / "venv"),
        "six",
        PIP_FIND_LINKS="/wheels",
        UV_FIND_LINKS="/own",
        UV_SYSTEM_CERTS="false",
    )
    assert done.returncode == 0, done.stderr
    told = checkout.told()
    assert (told["UV_FIND_LINKS"], told["UV_SYSTEM_CERTS"]) == ("/own", "false")
    assert "UV_INDEX" not in told


def test_no_other_pytorch_than_the_cpu_build_is_ever_resolved(checkout: Checkout) -> None:
    """A build for the CPU is a local version, `+cpu` (https://pytorch.org/get-started/locally/)."""
    checkout.run("client-venv", str(checkout.folder / "venv"), "six")
    words = checkout.arguments()
    constraint = Path(words[words.index("-c") + 1]).read_text()
    assert constraint.startswith("torch==")
    assert constraint.endswith("+cpu\n")


def test_where_uv_fails_pip_installs(checkout: Checkout) -> None:
    """Offline, so pip fails as well, and says so: that it was asked is what is seen."""
    done = checkout.run(
        "client-venv", str(checkout.folder / "venv"), "no-such-thing", ends=1, PIP_NO_INDEX="1"
    )
    assert done.returncode == 1
    assert "No matching distribution found for no-such-thing" in done.stderr
    assert "pip could not install; all it said is in" in done.stderr


def test_a_task_that_is_not_there_is_named(checkout: Checkout) -> None:
    done = checkout.run("tset")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, "run: there is no task tset")


@pytest.mark.parametrize("words", [("trial",), ("trial", "everything")])
def test_a_trial_that_is_not_there_is_told_before_anything_is_installed(
    checkout: Checkout, words: tuple[str, ...]
) -> None:
    done = checkout.run(*words)
    assert (done.returncode, done.stderr) == (
        1,
        "run: which trial? kill, loop, objects, fuzz, matrix or upgrade\n",
    )
    assert not (checkout.folder / ".venv").exists()
