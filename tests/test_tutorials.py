"""Runs the tutorials as they are printed, against a platform of their own: what a reader copies must work, and what the
page says that he will see must be seen. Knows no more of the pages than the names of their files.

A reader's programs mostly wait for jobs, so the pages run side by side.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.sdk.clients import V2, python_of

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.timeout(400)]

PAGES = Path(__file__).resolve().parents[1] / "docs" / "tutorials"
_PYTHON = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)
_OURS = ("AWS_", "CLARY_", "PYTEST_")

# The programs of each page in their order, and those of them that a reader runs.
PROGRAMS = {
    "first-model.md": ("data.py", "train.py", "deploy.py", "monitor.py", "clean.py"),
    "bring-your-own-script.md": (
        "data.py",
        "source/train.py",
        "fit.py",
        "source/inference.py",
        "serve.py",
        "transform.py",
        "torch/train.py",
        "torch.fit.py",
    ),
}
RUN = {
    "first-model.md": PROGRAMS["first-model.md"],
    "bring-your-own-script.md": (
        *("data.py", "fit.py", "serve.py", "transform.py"),
        *(["torch.fit.py"] if find_spec("torch") else []),
    ),
}


def clary(home: Path, *words: str, python: Path | None = None, at: Path | None = None) -> str:
    """What a command says. `python` runs a script of a reader's under `clary run`."""
    command = [sys.executable, "-m", "clary.cli.main", words[0], "--home", str(home), *words[1:]]
    command += ["--", str(python), "-W", "ignore"] if python else []
    command += [at.name] if python and at else []
    env = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    env["CLARY_CAPACITY_VCPUS"] = "64"  # no page waits for the other's jobs
    done = subprocess.run(command, capture_output=True, text=True, cwd=at.parent if at else None, env=env)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[str]]]:
    """What the programs of each page say, as they run."""
    folder = tmp_path_factory.mktemp("tutorials")
    home = folder / "home"
    clary(home, "up", "--detach", "--port", "0")
    with ThreadPoolExecutor(len(PROGRAMS)) as pool:
        yield {page: pool.submit(follow, page, home, folder / Path(page).stem) for page in PROGRAMS}
    clary(home, "down")
    shutil.rmtree(home)


def follow(page: str, home: Path, folder: Path) -> str:
    write(page, PROGRAMS[page], folder)
    return "".join(clary(home, "run", python=python_of(V2), at=folder / name) for name in RUN[page])


def write(page: str, names: tuple[str, ...], folder: Path) -> None:
    """The programs of a page as the files that it names, in their order."""
    programs = _PYTHON.findall((PAGES / page).read_text())
    assert len(programs) == len(names)
    for name, program in zip(names, programs, strict=True):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(program)


def promised(page: str, *lines: str) -> tuple[str, ...]:
    """Lines that a page shows as output. Fails when the page does not show them any more."""
    text = (PAGES / page).read_text()
    assert [line for line in lines if line not in text] == []
    return lines


def test_a_first_model_from_nothing_to_a_monitored_endpoint(said: dict[str, Future[str]]) -> None:
    page = "first-model.md"
    output = said[page].result()
    lines = promised(
        page,
        "282 rows to train, 71 to validate, 89 to test",
        "[0]#011train-rmse:73.40856#011validation-rmse:78.55344",
        "RMSE 58.6; who always says the mean has 71.9",
        "CompletedWithViolations: Job completed successfully with 1 violations.",
        '"feature_name": "age"',
    )
    assert [line for line in lines if line not in output] == []


def test_a_script_of_your_own_with_hooks_and_batch_transform(said: dict[str, Future[str]]) -> None:
    page = "bring-your-own-script.md"
    output = said[page].result()
    lines = promised(
        page, "Completed {'validation:accuracy': ", "{'probabilities': [[", "45 of 45 wines are right"
    )
    assert [line for line in lines if line not in output] == []
