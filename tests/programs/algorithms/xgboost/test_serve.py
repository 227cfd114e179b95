"""The endpoint's handler against xgboost's own predictions, and each of the container's refusals.

Words and forms: aws/sagemaker-xgboost-container, `algorithm_mode/serve.py` and `serve_utils.py`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xgboost

from clary_programs.algorithms.xgboost.library import XGBoostError
from clary_programs.algorithms.xgboost.serve import create
from clary_programs.formats.record import decode_record
from clary_programs.formats.recordio import records
from clary_programs.formats.recordio_protobuf import write_rows
from clary_programs.formats.table import as_sparse
from clary_programs.serving.api import Invocation
from tests.programs.algorithms.xgboost.conftest import Data
from tests.programs.algorithms.xgboost.jobs import SOURCE
from tests.programs.algorithms.xgboost.served import JSONLINES, RECORDIO, Make, ask, csv, numbers, text


def test_thirty_features_two_hundred_trees(make: Make, cancer: Data) -> None:
    handler, booster = make(cancer, rounds=200, objective="binary:logistic")
    rows = cancer[0][:200]
    answer = ask(handler, csv(rows))
    assert answer.content_type == "text/csv; charset=utf-8"
    np.testing.assert_array_equal(numbers(answer)[:, 0], booster.inplace_predict(rows))
    assert text(answer).endswith("\n")


def test_what_arrives_together_is_answered_as_if_alone(make: Make, cancer: Data) -> None:
    handler, _ = make(cancer, objective="binary:logistic")
    rows = cancer[0]
    invocations = [
        Invocation(csv(rows[:1]), "text/csv"),
        Invocation(b"", "text/csv"),
        Invocation(csv(rows[1:4]), "text/csv", "application/json"),
        Invocation(b"a,b", "text/csv"),
        Invocation(csv(np.hstack([rows[:2], rows[:2]])), "text/csv"),
        Invocation(csv(rows[4:5]), "text/csv", "image/png"),
        Invocation(write_rows(rows[5:7]), "application/x-recordio-protobuf", "application/json"),
        Invocation(csv(rows[7:300]), "text/csv"),
    ]
    together = handler.answer(invocations)
    assert [answer.status for answer in together] == [200, 204, 200, 415, 400, 406, 200, 200]
    alone = [handler.answer([invocation])[0] for invocation in invocations]
    assert together == alone
    assert handler.answer([]) == []


def test_every_request_format_and_delimiter(make: Make, diabetes: Data) -> None:
    handler, booster = make(diabetes)
    rows = diabetes[0][:3]
    theirs = booster.inplace_predict(rows)
    libsvm = "\n".join(
        " ".join(f"{at}:{value!r}" for at, value in enumerate(row)) for row in rows.tolist()
    ).encode()
    for body, content_type in [
        (csv(rows), "text/csv"),
        (csv(rows), "text/csv; charset=utf-8"),
        (csv(rows), ""),
        (csv(rows) + b"\r\n", "csv"),
        (csv(rows).replace(b",", b";"), "text/csv"),
        (csv(rows).replace(b",", b"\t"), "text/csv"),
        (csv(rows).replace(b",", b" "), "text/csv"),
        (libsvm, "text/libsvm"),
        (libsvm, "text/x-libsvm"),
        (libsvm, ""),
        (b"\n".join(b"1 " + line for line in libsvm.split(b"\n")), "text/libsvm"),
        (write_rows(rows), "application/x-recordio-protobuf"),
        (write_rows(as_sparse(rows)), "application/x-recordio-protobuf"),
    ]:
        np.testing.assert_array_equal(
            numbers(ask(handler, body, content_type))[:, 0], theirs, err_msg=content_type
        )


def test_missing_values(make: Make, diabetes: Data) -> None:
    handler, booster = make(diabetes)
    rows = diabetes[0][:2].copy()
    rows[0, 3] = rows[1, 9] = np.nan
    theirs = booster.inplace_predict(rows)
    lines = [",".join("" if np.isnan(value) else repr(value) for value in row) for row in rows.tolist()]
    np.testing.assert_array_equal(numbers(ask(handler, "\n".join(lines).encode()))[:, 0], theirs)
    sparse = " ".join(f"{at}:{value!r}" for at, value in enumerate(rows[0].tolist()) if value == value)
    np.testing.assert_array_equal(numbers(ask(handler, sparse.encode(), "text/libsvm"))[:, 0], theirs[:1])
    np.testing.assert_array_equal(numbers(ask(handler, csv(rows[1:, :9])))[:, 0], theirs[1:])


@pytest.mark.parametrize("objective", ["multi:softmax", "multi:softprob"])
def test_many_classes(make: Make, iris: Data, objective: str) -> None:
    handler, booster = make(iris, objective=objective, num_class=3)
    theirs = booster.inplace_predict(iris[0])
    answer = ask(handler, csv(iris[0]))
    np.testing.assert_array_equal(numbers(answer), theirs.reshape(150, -1))
    parsed = json.loads(text(ask(handler, csv(iris[0][:2]), accept="application/json")))
    assert parsed == {"predictions": [{"score": row} for row in theirs[:2].tolist()]}


@pytest.mark.parametrize(
    "parameters",
    [{"booster": "gblinear"}, {"booster": "dart", "rate_drop": 0.3}, {"objective": "binary:hinge"}],
)
def test_other_boosters(make: Make, cancer: Data, parameters: dict) -> None:
    handler, booster = make(cancer, **parameters)
    rows = cancer[0][:20]
    # Dart sums its trees in another order than `predict` of a DMatrix does.
    theirs = booster.predict(xgboost.DMatrix(rows))
    np.testing.assert_allclose(numbers(ask(handler, csv(rows)))[:, 0], theirs, rtol=1e-5)


def test_accepts(make: Make, diabetes: Data) -> None:
    """`serve.py`: without selectable inference CSV and JSON have an encoder (pull requests 269, 281), no other type."""
    handler, booster = make(diabetes)
    rows = diabetes[0][:2]
    theirs = booster.inplace_predict(rows).tolist()
    for accept in ("", "*/*", "text/csv", "Text/CSV; charset=utf-8"):
        assert text(ask(handler, csv(rows), accept=accept)) == "".join(f"{value!r}\n" for value in theirs)
    answer = ask(handler, csv(rows), accept="application/json;verbose=True")
    assert json.loads(text(answer)) == {"predictions": [{"score": value} for value in theirs]}
    for accept in (JSONLINES, RECORDIO):
        answer = ask(handler, csv(rows), accept=accept)
        assert (answer.status, accept in text(answer)) == (500, True)


def test_default_accept(make: Make, diabetes: Data) -> None:
    handler, _ = make(diabetes, {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "application/json"})
    assert ask(handler, csv(diabetes[0][:1])).content_type == "application/json"


@pytest.mark.parametrize(
    ("tag", "separator"),
    [
        ("1", ","),
        ("latest", ","),
        ("0.90-2-cpu-py3", ","),
        ("1.7-1", "\n"),
        ("1.0-1-cpu-py3", ","),
        ("1.2-1", ","),
        ("1.2-2", "\n"),
        ("1.3-1", "\n"),
        ("", "\n"),
    ],
)
def test_the_oldest_images_answer_on_one_line(make: Make, diabetes: Data, tag: str, separator: str) -> None:
    handler, booster = make(diabetes, {"CLARY_IMAGE_TAG": tag})
    theirs = map(repr, booster.inplace_predict(diabetes[0][:3]).tolist())
    answered = text(ask(handler, csv(diabetes[0][:3])))
    assert answered == separator.join(theirs) + ("\n" if separator == "\n" else "")


def test_the_oldest_images_know_no_accept_header(make: Make, diabetes: Data) -> None:
    """Pull request 269: before it the code was "hard coded to always return in the format text/csv"."""
    handler, _ = make(diabetes, {"CLARY_IMAGE_TAG": "1.0-1-cpu-py3"})
    plain = ask(handler, csv(diabetes[0][:2]))
    assert ask(handler, csv(diabetes[0][:2]), accept="application/json") == plain
    assert ask(handler, csv(diabetes[0][:2]), accept="image/png") == plain


@pytest.mark.parametrize("accept", ["", "text/csv", "application/json", JSONLINES])
def test_a_batch_transform_has_a_line_a_row_whatever_is_accepted(make: Make, iris: Data, accept: str) -> None:
    """`serve.py` (pull request 269): under SAGEMAKER_BATCH the scores are joined by newlines before any encoder is
    asked, and the Accept header is but the answer's type."""
    handler, booster = make(iris, {"SAGEMAKER_BATCH": "true"}, objective="multi:softprob", num_class=3)
    theirs = booster.inplace_predict(iris[0][:2]).tolist()
    answer = ask(handler, csv(iris[0][:2]), accept=accept)
    assert text(answer) == f"{theirs[0]}\n{theirs[1]}\n"
    assert answer.content_type.startswith(accept or "text/csv")
    assert ask(handler, csv(iris[0][:2]), accept="image/png").status == 406


@pytest.mark.parametrize(
    ("body", "content_type", "accept", "status", "message"),
    [
        (b"", "text/csv", "", 204, ""),
        (
            b"1,2",
            "application/json",
            "",
            415,
            "application/json is not an accepted ContentType: csv, libsvm,",
        ),
        (b"1,2", "parquet", "", 415, "Content-type parquet is not supported."),
        (
            b"a,b",
            "text/csv",
            "",
            415,
            "Loading csv data failed with Exception, please ensure data is in csv format:",
        ),
        (b"1,2\n1", "text/csv", "", 415, "Loading csv data failed with Exception"),
        (b"\n", "text/csv", "", 415, "Loading csv data failed with Exception"),
        (b"1 2 3", "text/libsvm", "", 415, "Loading libsvm data failed with Exception"),
        (b"\n\n", "text/libsvm", "", 415, "Loading libsvm data failed with Exception"),
        (b"junkjunk", "recordio-protobuf", "", 415, "Loading recordio-protobuf data failed with Exception"),
        (
            b"0:1 11:2",
            "text/libsvm",
            "",
            400,
            "Unable to evaluate payload provided: Feature size of libsvm inference data 12 is larger than "
            "feature size of trained model 10.",
        ),
        (
            b"1,2,3,4,5,6,7,8,9,10",
            "text/csv",
            "image/png",
            406,
            "Accept type image/png is not supported. Please use supported accept types: ['application/json', "
            "'application/jsonlines', 'application/x-recordio-protobuf', 'text/csv'].",
        ),
        (
            b"1,2,3,4,5,6,7,8,9,10",
            "text/csv",
            "application/jsonlines",
            500,
            # encoders.encode of aws/sagemaker-containers, which pull request 269 has serve.py call.
            "Content type application/jsonlines is not supported by this framework.\n\n            Please implement ",
        ),
    ],
)
def test_refusals(
    make: Make, diabetes: Data, body: bytes, content_type: str, accept: str, status: int, message: str
) -> None:
    handler, _ = make(diabetes, form="pickle")
    answer = ask(handler, body, content_type, accept)
    assert (answer.status, text(answer)[: len(message)]) == (status, message)
    assert bool(message) == bool(answer.body)


def test_selectable_inference(make: Make, iris: Data) -> None:
    """Developer guide, "Selectable inference": list values in double quotes, keys of other problems are nan."""
    environ = {"SAGEMAKER_INFERENCE_OUTPUT": "predicted_label, probabilities,labels,predicted_score"}
    handler, booster = make(iris, environ, objective="multi:softprob", num_class=3)
    rows, theirs = iris[0][:2], booster.inplace_predict(iris[0][:2]).tolist()
    assert text(ask(handler, csv(rows))) == "\n".join(f'0,"{row}","[0, 1, 2]",nan' for row in theirs)
    first = json.loads(text(ask(handler, csv(rows), accept="application/json")))["predictions"][0]
    assert first["predicted_label"] == 0
    assert first["probabilities"] == theirs[0]
    assert np.isnan(first["predicted_score"])
    assert len(text(ask(handler, csv(rows), accept="application/jsonlines")).splitlines()) == 2
    answer = ask(handler, csv(rows), accept="application/x-recordio-protobuf")
    assert isinstance(answer.body, bytes)
    label = decode_record(next(records(answer.body))).label
    np.testing.assert_array_equal(label["probabilities"].values, np.array(theirs[0], dtype=np.float32))


@pytest.mark.parametrize(
    ("objective", "rest"),
    [
        ("binary:logistic", lambda p: f'{int(p > 0.5)},{p},"{[1 - p, p]}",{p},"{[1 - p, p]}"'),
        ("binary:logitraw", lambda p: f'{int(p > 0)},nan,nan,{p},"{[1 - p, p]}"'),
        ("binary:hinge", lambda p: f'{p},nan,nan,{p},"{[1 - p, p]}"'),
        ("reg:squarederror", lambda p: "nan,nan,nan,nan,nan"),
    ],
)
def test_selectable_keys_by_objective(
    make: Make, cancer: Data, objective: str, rest: Callable[[float], str]
) -> None:
    keys = "predicted_label,probability,probabilities,raw_score,raw_scores"
    handler, booster = make(
        cancer, {"SAGEMAKER_INFERENCE_OUTPUT": keys, "SAGEMAKER_BATCH": "true"}, objective=objective
    )
    value = booster.inplace_predict(cancer[0][:1]).tolist()[0]
    assert text(ask(handler, csv(cancer[0][:1]))) == rest(value) + "\n"


def test_selectable_inference_of_a_ranking(make: Make, iris: Data) -> None:
    handler, _ = make(iris, {"SAGEMAKER_INFERENCE_OUTPUT": "predicted_score"}, objective="count:poisson")
    answer = ask(handler, csv(iris[0][:1]))
    assert answer.status == 500
    assert text(answer) == "Objective `count:poisson` unsupported for selectable inference predictions."


@pytest.mark.parametrize(("objective", "combine"), [("reg:squarederror", "mean"), ("multi:softmax", "vote")])
def test_ensembles(tmp_path: Path, iris: Data, objective: str, combine: str) -> None:
    parameters = {"objective": objective, **({"num_class": 3} if combine == "vote" else {})}
    boosters = []
    for at in range(3):
        booster = xgboost.train(parameters, xgboost.DMatrix(iris[0][at::3], iris[1][at::3]), 3)
        (tmp_path / f"xgboost-model-{at}").write_bytes(booster.save_raw("json"))
        boosters.append(booster)
    each = np.array([booster.inplace_predict(iris[0]) for booster in boosters])
    answered = numbers(ask(create(tmp_path, {}), csv(iris[0])))[:, 0]
    if combine == "mean":
        np.testing.assert_allclose(answered, each.mean(axis=0), rtol=1e-6)
    else:
        votes = [np.bincount(column.astype(int)).argmax() for column in each.T]
        np.testing.assert_array_equal(answered, votes)
    first = numbers(ask(create(tmp_path, {"SAGEMAKER_INFERENCE_ENSEMBLE": "false"}), csv(iris[0])))[:, 0]
    np.testing.assert_array_equal(first, each[0])


def test_wide_sparse_rows(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    features = np.full((50, 5000), np.nan, dtype=np.float32)
    features[:, ::700] = rng.normal(size=(50, 8))
    booster = xgboost.train({}, xgboost.DMatrix(features, features[:, 0]), 3)
    (tmp_path / "xgboost-model").write_bytes(booster.save_raw("ubj"))
    answer = ask(create(tmp_path, {}), write_rows(as_sparse(features)), "application/x-recordio-protobuf")
    np.testing.assert_array_equal(numbers(answer)[:, 0], booster.inplace_predict(features))


def test_execution_parameters(make: Make, diabetes: Data) -> None:
    handler, _ = make(diabetes)
    parameters = handler.execution_parameters()
    assert parameters is not None
    assert (parameters["BatchStrategy"], parameters["MaxPayloadInMB"]) == ("MULTI_RECORD", 6)
    assert isinstance(parameters["MaxConcurrentTransforms"], int)


def test_no_model_and_no_model_at_all(tmp_path: Path) -> None:
    with pytest.raises(XGBoostError, match="No model file found"):
        create(tmp_path, {})
    (tmp_path / "xgboost-model").write_bytes(b"not a model")
    with pytest.raises(XGBoostError, match=r"Model at .*xgboost-model cannot be loaded"):
        create(tmp_path, {})


def test_starting_imports_no_heavy_package(make: Make, diabetes: Data, tmp_path: Path) -> None:
    make(diabetes)
    code = (
        "import sys; from pathlib import Path; from clary_programs.serving.api import Invocation; "
        "from clary_programs.algorithms.xgboost.serve import create; "
        f"h = create(Path({str(tmp_path)!r}), {{}}); "
        "a = h.answer([Invocation(b'1,2,3,4,5,6,7,8,9,10', 'text/csv')])[0]; "
        "print(a.status, [n for n in ('numpy', 'pandas', 'sklearn', 'scipy', 'xgboost') if n in sys.modules])"
    )
    environ = {"PYTHONPATH": str(SOURCE), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "200 []\n", done.stdout + done.stderr
