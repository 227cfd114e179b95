"""`python -m pip install` in a job adds what is missing to the job's own folder, and overlooks nothing that is installed.

The pip here is a small one, which writes down what it is asked for: real ones need a package index.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

LIBRARIES = Path(__file__).parents[3] / "src/clary_programs/libraries"
PIP = """
import json, os, sys
def main(arguments):
    with open(os.environ["ASKED"], "a") as file:
        file.write(json.dumps([os.environ.get("PIP_TARGET"), *arguments]) + "\\n")
    if "broken" in arguments:
        return 3
    if "--report" in arguments:
        found = [{"metadata": {"name": name, "version": "2.0"}} for name in os.environ["MISSING"].split()]
        with open(arguments[arguments.index("--report") + 1], "w") as file:
            json.dump({"install": found}, file)
    return 0
"""


@pytest.fixture
def interpreter(tmp_path: Path) -> Path:
    """A folder that stands for the interpreter's packages, with a pip of its own."""
    folder = tmp_path / "site/pip/_internal/cli"
    folder.mkdir(parents=True)
    for package in (folder, folder.parent, folder.parent.parent):
        (package / "__init__.py").touch()
    (folder.parent.parent / "__init__.py").write_text('__version__ = "1"')
    (folder / "main.py").write_text(PIP)
    return tmp_path / "site"


def run(
    interpreter: Path, *arguments: str, missing: str = "", target: str = "/job/packages"
) -> tuple[int, list[Any]]:
    """Run `python -m pip` as a job does; return its exit status and what the interpreter's pip was asked for."""
    asked = interpreter / "asked"
    path = os.pathsep.join(map(str, (LIBRARIES, LIBRARIES.parents[1], interpreter)))
    env = {"PYTHONPATH": path, "ASKED": str(asked), "MISSING": missing, "PATH": os.environ["PATH"]}
    env |= {"PIP_TARGET": target} if target else {}
    done = subprocess.run(
        [sys.executable, "-S", "-m", "pip", *arguments],
        env=env,
        cwd=interpreter.parent,
        capture_output=True,
        text=True,
    )
    lines = asked.read_text().splitlines() if asked.exists() else []
    return done.returncode, [json.loads(line) for line in lines]


def test_what_is_installed_is_not_fetched_again(interpreter: Path) -> None:
    status, asked = run(interpreter, "install", "-U", "sagemaker>=2")
    assert status == 0
    ((target, *resolved),) = asked
    assert target is None
    assert resolved[:3] == ["install", "--quiet", "--dry-run"]
    assert resolved[-2:] == ["-U", "sagemaker>=2"]


def test_what_is_missing_goes_into_the_jobs_folder(interpreter: Path) -> None:
    (interpreter.parent / "r.txt").write_text("--index-url https://index/simple\na\nb\n")
    status, asked = run(interpreter, "install", "-r", "r.txt", "--find-links=/wheels", "--pre", missing="a b")
    assert status == 0
    assert asked[1] == [
        *(None, "install", "--no-deps", "--upgrade", "--target", "/job/packages"),
        *("--index-url", "https://index/simple", "--find-links=/wheels", "--pre", "a==2.0", "b==2.0"),
    ]


def test_what_cannot_be_resolved_fails_as_pip_does(interpreter: Path) -> None:
    status, asked = run(interpreter, "install", "broken")
    assert (status, len(asked)) == (3, 1)


@pytest.mark.parametrize(
    "arguments", [("list",), ("install", "-e", "."), ("install", "--target=/other", "a"), ("--version",)]
)
def test_anything_else_is_the_interpreters_own(interpreter: Path, arguments: tuple[str, ...]) -> None:
    assert run(interpreter, *arguments) == (0, [["/job/packages", *arguments]])


def test_without_a_folder_of_the_jobs_own(interpreter: Path) -> None:
    assert run(interpreter, "install", "a", target="") == (0, [[None, "install", "a"]])


def test_the_package_is_the_interpreters_but_for_its_command(interpreter: Path) -> None:
    """pip imports its own version, and runs itself by its place."""
    path = os.pathsep.join(map(str, (LIBRARIES, LIBRARIES.parents[1], interpreter)))
    code = "import pip, pip._internal.cli.main as m; print(pip.__version__, pip.__file__, m.__file__)"
    shown = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    folder = interpreter / "pip"
    assert shown.stdout.split() == ["1", f"{folder}/__init__.py", f"{folder}/_internal/cli/main.py"]


def test_an_interpreter_without_pip_says_so(tmp_path: Path) -> None:
    status, asked = run(tmp_path, "install", "a", target="")
    assert (status, asked) == (1, [])
