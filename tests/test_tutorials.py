"""Runs the tutorials as they are printed, against a platform of their own: what a reader copies must work, and what the
page says that he will see must be seen. Knows no more of the pages than the names of their files.

A reader's programs mostly wait for jobs, so the pages run side by side.
"""

from __future__ import annotations

import os
import random
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

pytestmark = [pytest.mark.sdk, pytest.mark.slow, pytest.mark.timeout(600)]

PAGES = Path(__file__).resolve().parents[1] / "docs" / "tutorials"
_PYTHON = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)
HOUSING = PAGES.parents[2] / "shared" / "data" / "housing" / "housing.csv"
# What the page says of that table, and of no other.
HOUSING_LINES = (
    "207 values are missing",
    "12384 rows to train",
    "0.107168        8.0   0.521615",
    "rmse  4.816e+04",
)
_OURS = ("AWS_", "CLARY_", "PYTEST_")

# The programs of each page in their order; a block whose name has been there continues the program.
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
    "house-prices.md": ("split.py", "evaluate.py", *["houses.py"] * 7, "pipeline.py", "clean.py"),
}
# What a reader runs, one after another: a program, or what he says to `clary`. What a page does not need in this order is apart.
RUN: dict[str, tuple[str, ...]] = {
    "first-model.md": PROGRAMS["first-model.md"],
    "bring-your-own-script.md": (
        *("data.py", "fit.py", "serve.py", "transform.py"),
        *(["torch.fit.py"] if find_spec("torch") else []),
    ),
    "house-prices.md": ("houses.py", "reproduce housing", "report housing", "clean.py"),
    "house-prices.md, pipeline": ("pipeline.py", "pipeline show houses", "report houses"),
}


def clary(home: Path, *words: str, python: Path | None = None, at: Path | None = None) -> str:
    """What a command says that is given in the folder `at`. `python` runs a script of a reader's under `clary run`."""
    command = [sys.executable, "-m", "clary.cli.main", *words, "--home", str(home)]
    if python:
        command = [*command[:3], "run", "--home", str(home), "--", str(python), "-W", "ignore", *words]
    env = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    env["CLARY_CAPACITY_VCPUS"] = "64"  # no page waits for the other's jobs
    done = subprocess.run(command, capture_output=True, text=True, cwd=at, env=env)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[str]]]:
    """What the programs of each page say, as they run."""
    folder = tmp_path_factory.mktemp("tutorials")
    home = folder / "home"
    clary(home, "up", "--detach", "--port", "0")
    for page in PROGRAMS:
        write(page, PROGRAMS[page], folder / Path(page).stem)
    put_housing(folder / "house-prices" / "housing.csv")
    with ThreadPoolExecutor(len(RUN)) as pool:
        yield {page: pool.submit(follow, page, home, folder) for page in RUN}
    clary(home, "down")
    shutil.rmtree(home)


def follow(page: str, home: Path, folder: Path) -> str:
    place = folder / page.partition(".")[0]
    return "".join(
        clary(home, line, python=python_of(V2), at=place)
        if line.endswith(".py")
        else clary(home, *line.split(), at=place)
        for line in RUN[page]
    )


def write(page: str, names: tuple[str, ...], folder: Path) -> None:
    """The programs of a page as the files that it names, in their order."""
    programs = _PYTHON.findall((PAGES / page).read_text())
    assert len(programs) == len(names)
    for name, program in zip(names, programs, strict=True):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write(program)


def put_housing(path: Path) -> None:
    """The table that the page downloads, or where it is not there, one with its columns that can be learned from."""
    path.write_text(HOUSING.read_text() if HOUSING.exists() else "\n".join(made_housing(3000)))


def made_housing(count: int) -> Iterator[str]:
    """A header and rows of districts whose prices follow from income and the sea, some values of which are missing."""
    yield "longitude,latitude,housing_median_age,total_rooms,total_bedrooms,population,households,median_income,median_house_value,ocean_proximity"
    draw = random.Random(7)
    for _ in range(count):
        income, houses, sea = (
            draw.uniform(0.5, 10),
            draw.randint(50, 1500),
            draw.choice(["INLAND", "<1H OCEAN"]),
        )
        rooms = "" if draw.random() < 0.01 else str(houses + draw.randint(0, 90))
        price = 40_000 * income + 60_000 * (sea != "INLAND") + draw.gauss(0, 15_000)
        row = (
            draw.uniform(-124, -114),
            draw.uniform(32, 42),
            draw.randint(1, 52),
            houses * 5,
            rooms,
            houses * 3,
            houses,
        )
        yield ",".join(map(str, (*row, income, price, sea)))


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


def test_house_prices_from_a_table_to_a_model_that_is_reproduced(said: dict[str, Future[str]]) -> None:
    page = "house-prices.md"
    output = said[page].result()
    lines = promised(
        page,
        *(HOUSING_LINES if HOUSING.exists() else ()),
        "version 1 of housing is Approved",
        "RMSE of the endpoint: ",
        "CompletedWithViolations: Job completed successfully with ",
        "median_income Baseline drift distance: ",
        "TrialComponent ProcessingJob   houses-",
        "/input/code/split.py",
        "model package housing/1: training job houses-",
        "identical: every file of the model has the same bytes",
    )
    assert [line for line in lines if line not in output] == []
    endpoint, evaluation = re.findall(r"of the (?:endpoint|evaluation): ([0-9]+)", output)
    assert endpoint == evaluation


def test_house_prices_as_a_pipeline(said: dict[str, Future[str]]) -> None:
    page = "house-prices.md"
    output = said[f"{page}, pipeline"].result()
    lines = promised(page, "5 steps", "Register-RegisterModel  RegisterModel", "if GoodEnough is true")
    assert [line for line in lines if line not in output] == []
    assert "report-houses.html" in output
