"""Runs inside the processing job (scikit-learn image): turn a CSV into the files of the later steps.

    prepare_job.py --target COLUMN --delimiter ","

Reads /opt/ml/processing/input/*.csv. Writes below /opt/ml/processing/output: train/train.csv and
validation/validation.csv (label first, no header, as XGBoost reads them), test/test.csv (no label) with
answers/labels.csv, baseline/baseline.csv (header, no label, as the monitor reads it) and facts/facts.json.

The target: numbers of more than 20 different values are regression, two values are binary classification,
anything else is multiclass classification. Columns: numbers stay, and missing ones stay missing (XGBoost and
the monitor handle them). Texts of up to 12 values become a 0/1 column each, texts of more values become their
rank by frequency. Texts that almost never repeat are left out, as are constants and row numbers, and rows
without a target. Knows nothing of AWS but these folders.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

ROOT = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")) / "processing"
_MOST_CLASSES = 20
_MOST_COLUMNS_OF_A_TEXT = 12
_MISSING = ["?", "NA", "N/A", "null", "NULL", "None", "-"]
_SEED = 7
_MOST_TEST_ROWS = 2000


class Useless(Exception):
    """A model cannot learn from the data; the message says why."""


def main() -> None:
    """Run the whole job."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--target", required=True)
    parser.add_argument("--delimiter", default=",")
    args = parser.parse_args()
    frame = read(ROOT / "input", args.delimiter)
    labels, problem, classes = target_of(cast(pd.Series, frame[args.target]))
    frame = frame.loc[labels.index]
    features, left_out = features_of(frame.drop(columns=args.target))
    parts = split(features, labels, stratify=problem != "Regression")
    write(features.columns, parts)
    facts = {
        "problem": problem,
        "classes": classes,
        "columns": list(features.columns),
        "continuous": continuous(parts["train"][0]),
        "left_out": left_out,
        "rows": {name: len(part[1]) for name, part in parts.items()},
        "trivial": summary_of(parts["train"][1], problem),
    }
    save(ROOT / "output/facts/facts.json", json.dumps(facts))
    print(
        f"{problem}: {len(features)} rows, {len(features.columns)} columns; left out: {left_out or 'nothing'}"
    )


def read(folder: Path, delimiter: str) -> pd.DataFrame:
    """Return the one CSV file in a folder, with names and texts stripped."""
    (path,) = folder.glob("*.csv")
    frame = pd.read_csv(
        path, sep=delimiter, na_values=_MISSING, skipinitialspace=True, thousands=",", low_memory=False
    )
    frame.columns = [str(name).strip() for name in frame.columns]
    return frame


def target_of(column: pd.Series) -> tuple[pd.Series, str, list[str]]:
    """Return labels as numbers without missing ones, the kind of problem, and the names of the classes in
    order."""
    present = column.dropna()
    distinct = present.nunique()
    if distinct < 2:
        words = f"is {present.iloc[0]} in every row" if distinct else "is empty in every row"
        raise Useless(f"the target {words}; there is nothing to learn")
    numeric = pd.api.types.is_numeric_dtype(present) and not pd.api.types.is_bool_dtype(present)
    if numeric and distinct > _MOST_CLASSES:
        return present.astype(float), "Regression", []
    if distinct > _MOST_CLASSES:
        raise Useless(
            f"the target holds {distinct} different texts, neither numbers nor at most {_MOST_CLASSES} classes"
        )
    classes = sorted(present.unique().tolist())
    labels = present.map({value: float(n) for n, value in enumerate(classes)}).astype(float)
    names = [str(value) for value in classes]
    return labels, "Binary classification" if distinct == 2 else "Multiclass classification", names


def features_of(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return numeric columns only, and the names of those left out."""
    made: dict[str, pd.Series] = {}
    left_out: list[str] = []
    for name in frame.columns:
        columns = columns_of(str(name), cast(pd.Series, frame[name]))
        if not columns:
            left_out.append(str(name))
        for title, column in columns.items():
            made[_unique(title, made)] = column
    if not made:
        raise Useless("no column is left to learn from")
    return pd.DataFrame(made, index=frame.index), left_out


def columns_of(name: str, column: pd.Series) -> dict[str, pd.Series]:
    """Return the numeric columns that represent one column; none for a useless one."""
    distinct = column.nunique()
    if distinct < 2:
        return {}
    if pd.api.types.is_bool_dtype(column):
        return {name: column.astype(float)}
    if pd.api.types.is_numeric_dtype(column):
        return {} if is_row_number(column) else {name: column}
    texts = column.astype("string").str.strip()
    if distinct <= _MOST_COLUMNS_OF_A_TEXT:
        values = sorted(texts.dropna().unique())
        return {f"{name}_{value}": (texts == value).fillna(False).astype(int) for value in values}
    if distinct > len(column) / 2:
        return {}
    rank = {value: n for n, value in enumerate(texts.value_counts().index)}
    return {name: texts.map(rank)}


def is_row_number(column: pd.Series) -> bool:
    """Return whether a column counts the rows, from 0 or 1."""
    if not pd.api.types.is_integer_dtype(column):
        return False
    return bool(column.iloc[0] in (0, 1) and (column.diff().iloc[1:] == 1).all())


def _unique(title: str, taken: dict[str, Any]) -> str:
    """Return a unique name of letters, digits, dots and underscores, valid in CSV headers and metric names."""
    plain = re.sub(r"[^0-9A-Za-z_.]+", "_", title).strip("_") or "column"
    name, n = plain, 2
    while name in taken:
        name, n = f"{plain}_{n}", n + 1
    return name


def split(
    features: pd.DataFrame, labels: pd.Series, *, stratify: bool
) -> dict[str, tuple[pd.DataFrame, pd.Series]]:
    """Split rows reproducibly: 70 % train, 15 % validation, 15 % test (at most 2000), with equal shares of
    classes."""

    def by(part: pd.Series) -> pd.Series | None:
        return part if stratify and part.value_counts().min() >= 4 else None

    count = max(1, round(0.15 * len(labels)))
    halves: Any = train_test_split(
        features, labels, test_size=min(count, _MOST_TEST_ROWS), random_state=_SEED, stratify=by(labels)
    )
    rest_x, test_x, rest_y, test_y = halves
    halves = train_test_split(rest_x, rest_y, test_size=count, random_state=_SEED, stratify=by(rest_y))
    train_x, val_x, train_y, val_y = halves
    return {"train": (train_x, train_y), "validation": (val_x, val_y), "test": (test_x, test_y)}


def continuous(frame: pd.DataFrame) -> list[str]:
    """Return the continuous columns, in which drift can be simulated."""
    return [
        str(name)
        for name in frame.columns
        if frame[name].nunique() > _MOST_CLASSES and np.isfinite(frame[name].std())
    ]


def summary_of(labels: pd.Series, problem: str) -> Any:
    """Return what a trivial predictor would have learned: the mean, or how often each class occurs."""
    if problem == "Regression":
        return float(labels.mean())
    counts: dict[Any, int] = labels.value_counts().to_dict()
    return {str(int(label)): int(count) for label, count in counts.items()}


def write(names: pd.Index, parts: dict[str, tuple[pd.DataFrame, pd.Series]]) -> None:
    """Write the files of the later steps."""
    for name in ("train", "validation"):
        features, labels = parts[name]
        save(
            ROOT / f"output/{name}/{name}.csv",
            pd.concat([labels, features], axis=1).to_csv(header=False, index=False),
        )
    features, labels = parts["test"]
    save(ROOT / "output/test/test.csv", features.to_csv(header=False, index=False))
    save(ROOT / "output/answers/labels.csv", labels.to_csv(header=False, index=False))
    save(ROOT / "output/baseline/baseline.csv", parts["train"][0].to_csv(header=list(names), index=False))
    spread = cast(pd.Series, parts["train"][0].std()).fillna(0).to_dict()
    save(
        ROOT / "output/facts/spread.json",
        json.dumps({str(name): float(value) for name, value in spread.items()}),
    )


def save(path: Path, text: str) -> None:
    """Write a file; create its folder if needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


if __name__ == "__main__":
    try:
        main()
    except Useless as error:
        # What DescribeProcessingJob shows as ExitMessage.
        save(ROOT.parent / "output/message", str(error))
        raise SystemExit(str(error)) from None
