"""The processing job's script, run as the container runs it: a folder and a command line, no platform."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from clary.cli.demo import prepare_job


def _run(base: Path, text: str, target: str = "y", delimiter: str = ",") -> subprocess.CompletedProcess[str]:
    (base / "processing/input").mkdir(parents=True)
    (base / "processing/input/data.csv").write_text(text)
    words = [sys.executable, prepare_job.__file__, "--target", target, "--delimiter", delimiter]
    environ = {**os.environ, "SAGEMAKER_BASE_DIR": str(base)}
    return subprocess.run(words, capture_output=True, text=True, check=False, env=environ)


def _facts(base: Path) -> dict[str, Any]:
    return json.loads((base / "processing/output/facts/facts.json").read_text())


def _lines(base: Path, name: str) -> list[list[str]]:
    return [line.split(",") for line in (base / "processing/output" / name).read_text().splitlines()]


def test_regression_with_all_kinds_of_columns(tmp_path: Path) -> None:
    header = "row,number,gap,few,many,unique,constant,truth,y"
    rows = [
        f"{n},{n * 1.5},{'' if n % 5 else n},{'ab'[n % 2]},m{n % 20},name {n},1,{n % 3 == 0},{n * 3.5}"
        for n in range(100)
    ]
    done = _run(tmp_path, "\n".join((header, *rows)))
    assert done.returncode == 0, done.stderr
    facts = _facts(tmp_path)
    assert facts["problem"] == "Regression"
    assert facts["columns"] == ["number", "gap", "few_a", "few_b", "many", "truth"]
    assert facts["left_out"] == ["row", "unique", "constant"]
    assert facts["rows"] == {"train": 70, "validation": 15, "test": 15}
    train = _lines(tmp_path, "train/train.csv")
    assert {len(row) for row in train} == {7}
    assert facts["trivial"] == pytest.approx(sum(float(row[0]) for row in train) / 70)
    assert any(row[2] == "" for row in train), "a missing number stays missing"
    baseline = _lines(tmp_path, "baseline/baseline.csv")
    assert baseline[0] == facts["columns"]
    assert [row[1:] for row in train] == baseline[1:]
    assert len(_lines(tmp_path, "test/test.csv")) == len(_lines(tmp_path, "answers/labels.csv")) == 15


def test_no_row_is_in_two_parts(tmp_path: Path) -> None:
    rows = [f"{n + 0.5},{n * 7 % 101}" for n in range(101)]
    assert _run(tmp_path, "\n".join(("a,y", *rows))).returncode == 0
    parts = [{row[1] for row in _lines(tmp_path, f"{name}/{name}.csv")} for name in ("train", "validation")]
    parts.append({row[0] for row in _lines(tmp_path, "test/test.csv")})
    assert sum(map(len, parts)) == len(set.union(*parts)) == 101


@pytest.mark.parametrize(
    ("values", "problem", "classes"),
    [
        (["yes", "no"], "Binary classification", ["no", "yes"]),
        (["0", "1"], "Binary classification", ["0", "1"]),
        (["True", "False"], "Binary classification", ["False", "True"]),
        (["c", "a", "b"], "Multiclass classification", ["a", "b", "c"]),
        (["3", "1", "2"], "Multiclass classification", ["1", "2", "3"]),
    ],
)
def test_classes_are_found_and_named(
    tmp_path: Path, values: list[str], problem: str, classes: list[str]
) -> None:
    rows = [f"{n * 1.1:.1f},{values[n % len(values)]}" for n in range(120)]
    assert _run(tmp_path, "\n".join(("a,y", *rows))).returncode == 0
    facts = _facts(tmp_path)
    assert (facts["problem"], facts["classes"]) == (problem, classes)
    assert {row[0] for row in _lines(tmp_path, "train/train.csv")} == {f"{n}.0" for n in range(len(classes))}


def test_names_become_fit_for_headers_and_metrics(tmp_path: Path) -> None:
    rows = [f"{n * 0.5};{n * 2.5};{n * 1.5}" for n in range(60)]
    assert _run(tmp_path, "\n".join(("Größe, in cm;Größe  in cm;y", *rows)), delimiter=";").returncode == 0
    assert _facts(tmp_path)["columns"] == ["Gr_e_in_cm", "Gr_e_in_cm_2"]


def test_thousands_and_missing_marks_are_read(tmp_path: Path) -> None:
    rows = [f'"{n * 1234 + 1000:,}",{"?" if n % 4 == 0 else n * 1.5},{n * 2.5}' for n in range(60)]
    assert _run(tmp_path, "\n".join(("a,b,y", *rows))).returncode == 0
    assert _facts(tmp_path)["columns"] == ["a", "b"]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (["same"], "nothing to learn"),
        ([f"text {n}" for n in range(60)], "neither numbers nor at most 20 classes"),
    ],
)
def test_a_useless_target_is_told_in_the_exit_message(tmp_path: Path, target: list[str], words: str) -> None:
    rows = [f"{n * 1.5},{target[n % len(target)]}" for n in range(60)]
    done = _run(tmp_path, "\n".join(("a,y", *rows)))
    assert done.returncode == 1
    assert words in done.stderr
    assert words in (tmp_path / "output/message").read_text()
    assert "Traceback" not in done.stderr


def test_nothing_but_names_is_told(tmp_path: Path) -> None:
    rows = [f"name {n},{n % 2}" for n in range(60)]
    assert "no column is left" in _run(tmp_path, "\n".join(("a,y", *rows))).stderr
