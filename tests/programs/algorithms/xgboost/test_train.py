"""The training program against xgboost itself on scikit-learn's data."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
import xgboost

from clary_programs.formats.parquet import write_parquet
from clary_programs.formats.recordio_protobuf import write_rows
from clary_programs.formats.table import as_sparse
from tests.programs.algorithms.xgboost.conftest import Data
from tests.programs.algorithms.xgboost.jobs import Job, csv_of

LINE = re.compile(r"^\[(\d+)\]\t(.*)$", re.M)


def scores(log: str) -> list[dict[str, float]]:
    """One dict a round."""
    rounds = [line.split("\t") for _, line in LINE.findall(log)]
    return [{name: float(value) for name, value in (entry.split(":") for entry in line)} for line in rounds]


def expected(data: Data, rounds: int, **parameters: object) -> xgboost.Booster:
    return xgboost.train(parameters, xgboost.DMatrix(*data), rounds)


def loaded(job: Job, name: str = "xgboost-model") -> xgboost.Booster:
    booster = xgboost.Booster()
    booster.load_model(bytearray((job.base / "model" / name).read_bytes()))
    return booster


def test_the_real_program_trains_what_xgboost_trains(job: Job, diabetes: Data) -> None:
    features, labels = diabetes
    job.channel("train", csv_of(features[:300], labels[:300])).channel(
        "validation", csv_of(features[300:], labels[300:])
    )
    job.parameters(
        num_round=12, max_depth=3, learning_rate=0.2, subsample=0.8, seed=7, objective="reg:linear"
    )
    process = job.start()
    log, errors = process.communicate(timeout=60)
    assert (process.returncode, errors, job.failure) == (0, "", "")
    reference = expected((features[:300], labels[:300]), 12, max_depth=3, eta=0.2, subsample=0.8, seed=7)
    theirs = reference.predict(xgboost.DMatrix(features))
    booster = xgboost.Booster()
    booster.load_model(job.model)
    np.testing.assert_array_equal(booster.predict(xgboost.DMatrix(features)), theirs)
    printed = scores(log)
    assert [int(at) for at, _ in LINE.findall(log)] == list(range(12))
    rmse = float(np.sqrt(np.mean((theirs[300:] - labels[300:]) ** 2)))
    assert printed[-1]["validation-rmse"] == pytest.approx(rmse, abs=1e-4)
    assert set(printed[0]) == {"train-rmse", "validation-rmse"}
    assert "Train matrix has 300 rows and 10 columns" in log


def test_starting_imports_no_heavy_package(job: Job, diabetes: Data) -> None:
    job.channel("train", csv_of(diabetes[0][:20], diabetes[1][:20])).parameters(num_round=1)
    code = (
        "import sys; from clary_programs.algorithms.xgboost.train import main; assert main() == 0; "
        "print([name for name in ('pandas', 'sklearn', 'scipy', 'xgboost', 'pyarrow') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=job.environ(), capture_output=True, text=True, timeout=60
    )
    assert done.stdout.endswith("\n[]\n"), done.stdout + done.stderr


@pytest.mark.parametrize(
    "kind", ["text/libsvm", None, "application/x-parquet", "application/x-recordio-protobuf", "sparse"]
)
def test_every_format_gives_the_same_model(
    job: Job, diabetes: Data, kind: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    features, labels = diabetes
    columns = np.column_stack([labels, features])
    lines = [
        " ".join([repr(y), *(f"{i}:{v!r}" for i, v in enumerate(x))])
        for x, y in zip(features.tolist(), labels.tolist(), strict=True)
    ]
    bodies = {
        "text/libsvm": "\n".join(lines).encode(),
        "application/x-parquet": write_parquet({str(at): columns[:, at] for at in range(columns.shape[1])}),
        "application/x-recordio-protobuf": write_rows(features, labels),
        "sparse": write_rows(as_sparse(features), labels),
    }
    content_type = "application/x-recordio-protobuf" if kind == "sparse" else kind
    job.channel("train", bodies[kind or "text/libsvm"], content_type).parameters(
        num_round=5, tree_method="exact"
    )
    assert job.run(monkeypatch) == 0, job.failure
    reference = expected(diabetes, 5, tree_method="exact").predict(xgboost.DMatrix(features))
    np.testing.assert_array_equal(loaded(job).predict(xgboost.DMatrix(features)), reference)


def test_ranking_by_queries(job: Job, diabetes: Data, monkeypatch: pytest.MonkeyPatch, capfd) -> None:
    """`qid` as in xgboost's documentation, "Text Input Format of DMatrix"; ids need not ascend over the files."""
    features, labels = diabetes[0][:200], (diabetes[1][:200] // 70).astype(int)
    rows = zip(features.tolist(), labels.tolist(), strict=True)
    lines = [
        " ".join([str(y), f"qid:{(9 - at // 20) % 10}", *(f"{i}:{v!r}" for i, v in enumerate(x))]) + "\n"
        for at, (x, y) in enumerate(rows)
    ]
    job.channel("train", "".join(lines[:100]).encode(), "text/libsvm", file="1")
    job.channel("train", "".join(lines[100:]).encode(), "text/libsvm", file="2")
    job.parameters(num_round=4, objective="rank:ndcg", eval_metric="ndcg@5", tree_method="exact")
    assert job.run(monkeypatch) == 0, job.failure
    matrix = xgboost.DMatrix(features, labels, qid=np.arange(200) // 20)
    parameters = {"objective": "rank:ndcg", "eval_metric": "ndcg@5", "tree_method": "exact"}
    reference = xgboost.train(parameters, matrix, 4)
    np.testing.assert_array_equal(loaded(job).predict(matrix), reference.predict(matrix))
    assert f"train-ndcg@5:{float(reference.eval(matrix).rsplit(':')[-1]):.5f}" in capfd.readouterr().out


def test_files_in_folders_are_one_data_set(job: Job, diabetes: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    features, labels = diabetes
    job.channel("train", csv_of(features[:200], labels[:200]), file="a/1.csv")
    job.channel("train", csv_of(features[200:], labels[200:]), file="b/2.csv").channel(
        "train", b"", file="empty.csv"
    )
    job.channel("train", b"no data", file="_SUCCESS").parameters(num_round=3)
    assert job.run(monkeypatch) == 0, job.failure
    reference = expected(diabetes, 3).predict(xgboost.DMatrix(features))
    np.testing.assert_array_equal(loaded(job).predict(xgboost.DMatrix(features)), reference)


def test_csv_weights(job: Job, diabetes: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    features, labels = diabetes
    weights = np.linspace(0.1, 2, len(labels), dtype=np.float32)
    job.channel("train", csv_of(np.column_stack([weights, features]), labels))
    job.parameters(num_round=3, csv_weights=1)
    assert job.run(monkeypatch) == 0, job.failure
    matrix = xgboost.DMatrix(features, labels, weight=weights)
    reference = xgboost.train({}, matrix, 3).predict(matrix)
    np.testing.assert_array_equal(loaded(job).predict(xgboost.DMatrix(features)), reference)


def test_container_metrics_as_scikit_learn_has_them(
    job: Job, cancer: Data, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from sklearn import metrics

    features, labels = cancer
    job.channel("train", csv_of(features, labels))
    names = "error,accuracy,balanced_accuracy,f1,f1_binary,precision,recall,precision_macro,recall_micro,mse"
    job.parameters(num_round=2, max_depth=1, objective="binary:logistic", eval_metric=names)
    assert job.run(monkeypatch) == 0, job.failure
    last = scores(capsys.readouterr().out)[-1]
    chance = loaded(job).predict(xgboost.DMatrix(features))
    guess = (chance > 0.5).astype(int)
    for name, value in {
        "error": 1 - metrics.accuracy_score(labels, guess),
        "accuracy": metrics.accuracy_score(labels, guess),
        "balanced_accuracy": metrics.balanced_accuracy_score(labels, guess),
        "f1": metrics.f1_score(labels, guess, average="macro"),
        "f1_binary": metrics.f1_score(labels, guess),
        "precision": metrics.precision_score(labels, guess),
        "recall": metrics.recall_score(labels, guess),
        "precision_macro": metrics.precision_score(labels, guess, average="macro"),
        "recall_micro": metrics.recall_score(labels, guess, average="micro"),
        "mse": metrics.mean_squared_error(labels, chance),
    }.items():
        assert last[f"train-{name}"] == pytest.approx(value, abs=1e-4), name


def test_tuning_objective_is_printed_too(
    job: Job, iris: Data, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    job.channel("train", csv_of(*iris)).channel("validation", csv_of(*iris))
    job.parameters(
        num_round=2,
        objective="multi:softprob",
        num_class=3,
        eval_metric="merror",
        _tuning_objective_metric="validation:f1_macro",
    )
    assert job.run(monkeypatch) == 0, job.failure
    assert set(scores(capsys.readouterr().out)[0]) == {
        "train-merror",
        "train-f1_macro",
        "validation-merror",
        "validation-f1_macro",
    }


def test_early_stopping_keeps_the_best_rounds(
    job: Job, diabetes: Data, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    features, labels = diabetes
    job.channel("train", csv_of(features[:300], labels[:300])).channel(
        "validation", csv_of(features[300:], labels[300:])
    )
    job.parameters(num_round=200, early_stopping_rounds=3, eval_metric="mae,rmse")
    assert job.run(monkeypatch) == 0, job.failure
    rmse = [line["validation-rmse"] for line in scores(capsys.readouterr().out)]
    best = int(np.argmin(rmse))
    assert len(rmse) == best + 4
    assert loaded(job).num_boosted_rounds() == best + 1
    assert loaded(job).attr("best_iteration") == str(best)


def test_early_stopping_may_wait_for_more_of_a_metric(
    job: Job, iris: Data, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    features, labels = iris
    job.channel("train", csv_of(features[::2], labels[::2])).channel(
        "validation", csv_of(features[1::2], labels[1::2])
    )
    job.parameters(
        num_round=100, early_stopping_rounds=4, objective="multi:softmax", num_class=3, eval_metric="accuracy"
    )
    assert job.run(monkeypatch) == 0, job.failure
    accuracy = [line["validation-accuracy"] for line in scores(capsys.readouterr().out)]
    assert loaded(job).num_boosted_rounds() == int(np.argmax(accuracy)) + 1
    assert len(accuracy) == int(np.argmax(accuracy)) + 5


def test_checkpoints_resume_to_the_same_model(
    job: Job, diabetes: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = job.base / "checkpoints"
    job.channel("train", csv_of(*diabetes)).config("checkpointconfig", {"LocalPath": str(folder)})
    job.parameters(num_round=7)
    assert job.run(monkeypatch) == 0, job.failure
    assert sorted(path.name for path in folder.iterdir()) == [
        f"xgboost-checkpoint.{at}" for at in range(2, 7)
    ]
    (folder / "xgboost-checkpoint.99").write_bytes(b"cut short")
    job.parameters(num_round=10)
    assert job.run(monkeypatch) == 0, job.failure
    matrix = xgboost.DMatrix(diabetes[0])
    assert loaded(job).num_boosted_rounds() == 10
    np.testing.assert_allclose(loaded(job).predict(matrix), expected(diabetes, 10).predict(matrix), rtol=1e-5)


def test_sigterm_keeps_the_last_whole_round(job: Job, diabetes: Data) -> None:
    job.channel("train", csv_of(*diabetes)).parameters(num_round=1000000, save_model_on_termination="true")
    process = job.start()
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("[20]\t"):
            break
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert [path.name for path in job.model.parent.iterdir()] == ["xgboost-model"]
    assert loaded(job).num_boosted_rounds() >= 20


def test_cross_validation(
    job: Job, cancer: Data, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    features, labels = cancer
    job.channel("train", csv_of(features[:400], labels[:400])).channel(
        "validation", csv_of(features[400:], labels[400:])
    )
    job.parameters(num_round=4, objective="binary:logistic", eval_metric="error", _kfold=3, _num_cv_round=2)
    assert job.run(monkeypatch) == 0, job.failure
    log = capsys.readouterr().out
    assert sorted(path.name for path in (job.base / "model").iterdir()) == [
        f"xgboost-model-{at}" for at in range(6)
    ]
    rows = np.loadtxt(job.base / "output" / "data" / "predictions.csv", delimiter=",")
    assert rows.shape == (569, 3)
    np.testing.assert_array_equal(rows[:, 0], labels)
    assert (rows[:, 2] == labels).mean() > 0.9
    assert "The overall metrics of 2-round cross validation" in log
    assert scores(log)[-1]["validation-error"] < 0.1
    assert LINE.findall(log)[-1][0] == "4"


@pytest.mark.parametrize("kind", ["text/csv", "application/x-parquet"])
def test_pipe_mode(job: Job, diabetes: Data, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two objects, one behind the other (developer guide, "Pipe mode")."""
    job.declare("train", kind, TrainingInputMode="Pipe").parameters(num_round=3)
    pipe = job.base / "input" / "data" / "train_0"
    pipe.parent.mkdir(parents=True)
    os.mkfifo(pipe)
    columns = np.column_stack([diabetes[1], diabetes[0]])
    parts = [columns[:100], columns[100:]]
    if kind == "text/csv":
        bodies = [csv_of(part[:, 1:], part[:, 0]) for part in parts]
    else:
        bodies = [write_parquet({str(at): column for at, column in enumerate(part.T)}) for part in parts]
    feeder = threading.Thread(target=pipe.write_bytes, args=(b"".join(bodies),))
    feeder.start()
    assert job.run(monkeypatch) == 0, job.failure
    feeder.join()
    matrix = xgboost.DMatrix(diabetes[0])
    np.testing.assert_array_equal(loaded(job).predict(matrix), expected(diabetes, 3).predict(matrix))


def test_two_hosts_train_the_model_of_one(job: Job, diabetes: Data) -> None:
    """The shards of both hosts count: metrics are those of all rows, and the model that of the whole data set."""
    features, labels = diabetes
    hosts = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
    jobs = [Job(job.base.parent / host).hosts(host, *hosts) for host in hosts]
    for at, one in enumerate(jobs[:2]):
        one.channel("train", csv_of(features[at::2], labels[at::2]))
    jobs[2].declare("train")
    started = [
        one.parameters(num_round=5, eval_metric="rmse,mse").start(
            TRAINING_JOB_NAME=f"two-hosts-{os.getpid()}"
        )
        for one in jobs
    ]
    logs = [process.communicate(timeout=120) for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], logs
    assert [one.model.exists() for one in jobs] == [True, False, False]
    predictions = loaded(jobs[0]).predict(xgboost.DMatrix(features))
    last = scores(logs[0][0])[-1]
    error = float(np.mean((predictions - labels) ** 2))
    assert last["train-mse"] == pytest.approx(error, rel=1e-4)
    assert last["train-rmse"] == pytest.approx(error**0.5, rel=1e-4)
    alone = expected(diabetes, 5, tree_method="hist").predict(xgboost.DMatrix(features))
    assert error == pytest.approx(float(np.mean((alone - labels) ** 2)), rel=0.1)
    assert scores(logs[1][0]) == []
    assert "will not be used in distributed training" in logs[2][0]
