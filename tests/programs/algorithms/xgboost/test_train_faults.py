"""Every way in which a training job can be at fault, and what it is told."""

from __future__ import annotations

import re

import numpy as np
import pytest

from clary_programs.formats.recordio_protobuf import write_rows
from tests.programs.algorithms.xgboost.conftest import Data
from tests.programs.algorithms.xgboost.jobs import Job, csv_of

GOOD = {"num_round": 1}
SOFTMAX = {"num_round": 1, "objective": "multi:softmax"}


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({}, "Missing required hyperparameter: num_round"),
        ({**GOOD, "n_estimators": 5}, "Extraneous hyperparameter found: n_estimators"),
        ({"num_round": "ten"}, "Hyperparameter num_round: could not parse value (caused by ValueError)"),
        ({"num_round": 0}, "Hyperparameter num_round: 0 is not in [1, +inf)"),
        ({**GOOD, "eta": 1.5}, "Hyperparameter eta: 1.5 is not in [0, 1]"),
        ({**GOOD, "eta": "nan"}, "Hyperparameter eta: nan is not in [0, 1]"),
        ({**GOOD, "base_score": "1e400"}, "Hyperparameter base_score: inf is not in [0, inf)"),
        ({**GOOD, "gamma": "1e39"}, "Out of range value for min_split_loss, value='1e+39'"),
        ({**GOOD, "subsample": 0}, "Hyperparameter subsample: 0.0 is not in (0, 1]"),
        (
            {**GOOD, "booster": "forest"},
            "Hyperparameter booster: forest is not in ['gbtree', 'gblinear', 'dart']",
        ),
        ({**GOOD, "objective": "reg:magic"}, "Hyperparameter objective: reg:magic is not in ["),
        (
            {**GOOD, "eval_metric": "rmse,nice"},
            "Hyperparameter eval_metric: value ['rmse', 'nice'] not in range [",
        ),
        (
            {**GOOD, "eval_metric": "auc"},
            "Metric 'auc' can only be applied for classification and ranking problems.",
        ),
        ({**GOOD, "eval_metric": "rmse@3"}, "Metric 'rmse@3' is not supported. Parameter 'eval_metric' with"),
        ({**GOOD, "eval_metric": "error@x"}, "Threshold value 't' in 'error@t' expects float input."),
        (SOFTMAX, "Require input for parameter 'num_class' for multi-classification"),
        (
            {**GOOD, "monotone_constraints": "(1,2)"},
            "Hyperparameter monotone_constraints: value (1, 2) not in range",
        ),
        (
            {**GOOD, "monotone_constraints": "(1,0)"},
            "monotone_constraints can be used only when the tree_method",
        ),
        (
            {**GOOD, "monotone_constraints": "__import__('os')"},
            "Hyperparameter monotone_constraints: could not parse",
        ),
        (
            {**GOOD, "interaction_constraints": "[[0]]", "tree_method": "hist"},
            "Hyperparameter interaction_constraints",
        ),
        ({**GOOD, "updater": "shotgun"}, "Tree updater should be selected from these options:"),
        (
            {**GOOD, "updater": "prune", "booster": "gblinear"},
            "Linear updater should be one of these options:",
        ),
        ({**GOOD, "eta": 0.1, "learning_rate": 0.2}, "Hyperparameter learning_rate and eta are aliases"),
        (
            {**GOOD, "_tuning_objective_metric": "train:rmse"},
            "Hyperparameter _tuning_objective_metric: train:rmse",
        ),
        ({**GOOD, "objective": "binary:logistic"}, "base_score must be in (0,1) for the logistic loss"),
        ({**SOFTMAX, "num_class": 2}, "in the range of [0, num_class)"),
    ],
)
def test_hyperparameters_at_fault(
    job: Job,
    parameters: dict,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    job.channel("train", b"5,1,2\n3,4,5\n").parameters(**parameters)
    assert job.run(monkeypatch) == 2
    assert reason in job.failure
    assert reason in capfd.readouterr().err
    assert not job.model.exists()


@pytest.mark.parametrize(
    ("body", "content_type", "more", "reason"),
    [
        (b"1,2\n", "text/plain", {}, "text/plain is not an accepted ContentType: csv, libsvm, parquet,"),
        (b"1,2\n", "text/csv;label_size=2", {}, "Optional parameter label_size must be equal to 1"),
        (
            b"1,2\n",
            "text/csv",
            {"TrainingInputMode": "Stream"},
            "Channel configuration for 'train' channel is not",
        ),
        (b"1 0:2\n", "text/libsvm", {"TrainingInputMode": "Pipe"}, "Pipe mode not supported for LibSVM."),
        (b"", "text/csv", {}, "No data in training channel path"),
        (
            b"y,a\n1,2\n",
            "text/csv",
            {},
            "Failed to load csv data with exception:\ncould not convert string to float: 'y'",
        ),
        (b"12\n13\n", "text/csv", {}, "Could not determine delimiter on line 12:"),
        (b"1,2\n1,2,3\n", "text/csv", {}, "Failed to load csv data with exception:\nline 2 has 3 columns"),
        (b"1,2\n", "text/libsvm", {}, "does not follow LIBSVM label format <label>(:<weight>)."),
        (b"nonsense", "parquet", {}, "Failed to load parquet data with exception:"),
        (b"nonsense", "recordio-protobuf", {}, "Failed to load recordio-protobuf data with exception:"),
        (write_rows(np.ones((1, 2), np.float32)), "recordio-protobuf", {}, "Got input data without labels."),
    ],
)
def test_data_at_fault(
    job: Job, body: bytes, content_type: str, more: dict, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job.channel("train", body, content_type, **more).parameters(num_round=1)
    assert job.run(monkeypatch) == 2
    assert reason in job.failure


def test_channels_at_fault(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    job.parameters(num_round=1).channel("training", b"1,2\n")
    assert job.run(monkeypatch) == 2
    assert job.failure == "Missing required channel: train"
    job.channel("train", b"1,2\n3,4\n")
    assert job.run(monkeypatch) == 2
    assert job.failure == "Extraneous channel found: training"


def test_hidden_files_and_empty_validation(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    job.parameters(num_round=1).channel("train", b"1,2\n3,4\n").channel("validation", b"")
    assert job.run(monkeypatch) == 2
    assert job.failure.startswith("No data in validation channel path")
    job.channel("train", b"", file=".hidden")
    assert job.run(monkeypatch) == 2
    assert job.failure == "Hidden file found in the data path! Remove that before training."


def test_the_real_program_says_whose_fault_it_was(job: Job) -> None:
    job.channel("train", b"1,2\n").parameters()
    process = job.start()
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (2, "Missing required hyperparameter: num_round\n")
    assert job.failure == "Missing required hyperparameter: num_round"


def test_a_broken_platform_is_no_customer(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    job.channel("train", b"1,2\n3,4\n").parameters(num_round=1)
    (job.base / "model").write_text("a file where a folder should be")
    assert job.run(monkeypatch) == 1
    assert job.failure


def test_labels_beyond_a_logistic_objective(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    job.channel("train", b"2,1,2\n-1,4,5\n").parameters(num_round=1, objective="binary:logistic")
    assert job.run(monkeypatch) == 2
    assert re.search(r"label must be in .0, ?1. for logistic regression", job.failure)


def test_binary_metrics_of_many_classes(job: Job, iris: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    job.channel("train", csv_of(*iris))
    job.parameters(num_round=1, objective="multi:softmax", num_class=3, eval_metric="precision")
    assert job.run(monkeypatch) == 2
    assert job.failure.startswith("Target is multiclass but average='binary'")
