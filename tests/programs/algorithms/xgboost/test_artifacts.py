"""Model files of every age. The old binary form is checked on a stump written out here, field by field, and on the
artefacts of AWS's own examples, whose predictions were taken with xgboost 1.7.6, which still read them."""

from __future__ import annotations

import math
import os
import pickle
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest
import xgboost

from clary_programs.algorithms.xgboost.artifacts import load, load_file, load_folder
from clary_programs.algorithms.xgboost.library import XGBoostError
from clary_programs.algorithms.xgboost.scoring import Ensemble, Predictor
from clary_programs.algorithms.xgboost.serve import create
from clary_programs.serving.api import Invocation
from tests.programs.algorithms.xgboost.conftest import Data
from tests.programs.algorithms.xgboost.jobs import Job, csv_of

SHARED = Path(__file__).parents[4].parent / "shared" / "data" / "aws"


def text(value: bytes) -> bytes:
    return struct.pack("<Q", len(value)) + value


def stump(objective: bytes = b"reg:linear", base: float = 0.5, major: int = 1, classes: int = 0) -> bytes:
    """`x[1] < 0.25 ? -1 : 2`, missing goes left; two features and one attribute."""
    learner = struct.pack("<fIiiiIII104x", base, 2, classes, 1, 0, major, 0, 0)
    booster = struct.pack("<iiiiqii128x", 1, 1, 0, 0, 0, 1, 0)
    tree = struct.pack("<iiiiii124x", 1, 3, 0, 0, 2, 0)
    nodes = struct.pack("<iiiIf", -1, 1, 2, 1 | 1 << 31, 0.25)
    nodes += struct.pack("<iiiIf", 0 | -(1 << 31), -1, -1, 0, -1.0)
    nodes += struct.pack("<iiiIf", 0, -1, -1, 0, 2.0)
    statistics = struct.pack("<fffi", 1, 2, 3, 0) * 3
    attributes = struct.pack("<Q", 2) + text(b"note") + text(b"kept") + text(b"SAVED_PARAM_x") + text(b"no")
    head = learner + text(objective) + text(b"gbtree") + booster
    return head + tree + nodes + statistics + struct.pack("<i", 0) + attributes


def ask(data: bytes, *rows: list[float]) -> list[float]:
    from array import array

    predictor = Predictor(load(data))
    return predictor.dense(array("f", [value for row in rows for value in row]), len(rows))


@pytest.mark.parametrize("header", [b"", b"binf"])
def test_the_old_binary_form(header: bytes) -> None:
    assert ask(header + stump(), [0, 0.2], [0, 0.25], [0, math.nan]) == [-0.5, 2.5, -0.5]
    assert load(stump()).booster.attribute("note") == "kept"
    assert load(stump()).booster.attribute("SAVED_PARAM_x") is None


def test_before_release_one_the_base_score_was_a_margin() -> None:
    chance = 1 / (1 + math.exp(-2))
    assert ask(stump(b"binary:logistic", 0.0, major=0), [0, 1]) == pytest.approx([chance])
    assert ask(stump(b"binary:logistic", 0.5, major=1), [0, 1]) == pytest.approx([chance])
    assert ask(stump(b"count:poisson", 0.0, major=0), [0, 1]) == pytest.approx([math.exp(2)])
    assert ask(stump(b"count:poisson", 1.0, major=1), [0, 1]) == pytest.approx([math.exp(2)])


@pytest.mark.parametrize("cut", [0, 3, 100, 150, 400, 550])
def test_cut_models_are_refused(cut: int, tmp_path: Path) -> None:
    (tmp_path / "xgboost-model").write_bytes(stump()[:cut])
    with pytest.raises(XGBoostError, match=r"Model at .*xgboost-model cannot be loaded"):
        load_file(tmp_path / "xgboost-model")


@pytest.mark.parametrize("form", ["ubj", "json"])
def test_present_forms(diabetes: Data, form: str) -> None:
    booster = xgboost.train({}, xgboost.DMatrix(*diabetes), 3)
    assert (
        ask(bytes(booster.save_raw(form)), diabetes[0][0].tolist())
        == booster.inplace_predict(diabetes[0][:1]).tolist()
    )


def test_pickles_of_this_release(diabetes: Data) -> None:
    booster = xgboost.train({}, xgboost.DMatrix(*diabetes), 3)
    assert (
        ask(pickle.dumps(booster), diabetes[0][0].tolist())
        == booster.inplace_predict(diabetes[0][:1]).tolist()
    )


class Stranger:
    """What a hostile pickle would look like."""

    def __reduce__(self):
        return os.mkdir, ("stranger-was-here",)


def test_strangers_pickles_run_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "xgboost-model").write_bytes(pickle.dumps(Stranger()))
    with pytest.raises(XGBoostError, match="mkdir, which is no part of an XGBoost Booster"):
        load_file(tmp_path / "xgboost-model")
    assert not (tmp_path / "stranger-was-here").exists()
    (tmp_path / "xgboost-model").write_bytes(pickle.dumps({"handle": b""}))
    with pytest.raises(XGBoostError, match="holds no XGBoost Booster"):
        load_file(tmp_path / "xgboost-model")


def test_folders(tmp_path: Path, diabetes: Data, iris: Data) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / ".hidden").write_bytes(b"")
    (tmp_path / "xgboost-model.sagemaker-ignore").write_bytes(b"half written")
    for name, data in (("b", diabetes), ("a", iris)):
        (tmp_path / name).write_bytes(xgboost.train({}, xgboost.DMatrix(*data), 1).save_raw("ubj"))
    assert [model.booster.features for model in load_folder(tmp_path, ensemble=True)] == [4, 10]
    assert [model.booster.features for model in load_folder(tmp_path, ensemble=False)] == [4]
    with pytest.raises(XGBoostError, match="differ in their features"):
        Ensemble(load_folder(tmp_path, ensemble=True))


@pytest.mark.parametrize(
    ("name", "features", "known"),
    [
        (
            "xgb_abalone_model.tar.gz",
            9,
            [10.759788513183594, 15.209895133972168, 13.568400382995605, 7.280322551727295],
        ),
        ("xgb-churn-prediction-model.tar.gz", 69, [0.03318415954709053, 0.834690511226654]),
    ],
)
def test_artefacts_of_awss_examples(tmp_path: Path, name: str, features: int, known: list[float]) -> None:
    if not (SHARED / name).exists():
        pytest.skip("the artefacts of AWS's examples are not here")
    with tarfile.open(SHARED / name) as archive:
        archive.extractall(tmp_path, filter="data")
    rng = np.random.default_rng(0)
    rows = rng.random((4, features)).astype(np.float32)[: len(known)]
    body = "\n".join(",".join(map(repr, row)) for row in rows.tolist()).encode()
    answer = create(tmp_path, {}).answer([Invocation(body, "text/csv")])[0]
    assert isinstance(answer.body, bytes)
    assert list(map(float, answer.body.split())) == pytest.approx(known, rel=1e-6)


@pytest.mark.parametrize("tag", ["1", "latest", "0.90-2-cpu-py3", "1.0-1-cpu-py3", "1.2-2"])
def test_older_images_leave_a_pickled_booster(
    job: Job, diabetes: Data, tag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Developer guide, "How to use SageMaker AI XGBoost": up to 1.2 the artifact is for `pickle.load`."""
    monkeypatch.setenv("CLARY_IMAGE_TAG", tag)
    job.channel("train", csv_of(*diabetes)).parameters(num_round=3, save_model_on_termination="true")
    assert job.run(monkeypatch) == 0, job.failure
    booster = pickle.loads(job.model.read_bytes())
    theirs = xgboost.train({}, xgboost.DMatrix(*diabetes), 3).predict(xgboost.DMatrix(diabetes[0]))
    np.testing.assert_array_equal(booster.predict(xgboost.DMatrix(diabetes[0])), theirs)
    row = ",".join(map(repr, diabetes[0][0].tolist())).encode()
    answer = create(job.base / "model", {}).answer([Invocation(row, "text/csv")])
    assert float(answer[0].body) == pytest.approx(float(theirs[0]))


@pytest.mark.parametrize("tag", ["1.3-1", "1.7-1", "3.0-5", ""])
def test_newer_images_leave_xgboosts_own_form(
    job: Job, diabetes: Data, tag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLARY_IMAGE_TAG", tag)
    job.channel("train", csv_of(*diabetes)).parameters(num_round=2)
    assert job.run(monkeypatch) == 0, job.failure
    assert xgboost.Booster(model_file=bytearray(job.model.read_bytes())).num_boosted_rounds() == 2
