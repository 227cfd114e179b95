"""What scripts train with: channels, checkpoints, metrics, callbacks and the settings of the built-in algorithm.

Source of names, texts and values: aws/sagemaker-xgboost-container, the module of each test's name; scikit-learn.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import sklearn.metrics
import xgboost

from clary_programs.serving.api import Invocation
from clary_programs.serving.frameworks import defaults_of
from clary_programs.serving.hooks import HookedHandler, hooks_of

pytestmark = pytest.mark.usefixtures("job")


@pytest.fixture
def data() -> xgboost.DMatrix:
    features = np.random.default_rng(7).normal(size=(60, 3)).astype(np.float32)
    return xgboost.DMatrix(features, label=features[:, 0] * 2 + features[:, 1])


def test_content_types_of_channels() -> None:
    from sagemaker_algorithm_toolkit.exceptions import UserError
    from sagemaker_xgboost_container import data_utils

    for given, short in [
        (None, "libsvm"),
        ("text/libsvm ;charset=utf8", "libsvm"),
        ("text/x-libsvm", "libsvm"),
        ("text/csv; label_size=1", "csv"),
        ("application/x-parquet", "parquet"),
        ("application/x-recordio-protobuf", "recordio-protobuf"),
    ]:
        assert data_utils.get_content_type(given) == short
    with pytest.raises(UserError, match="label_size must be equal to 1"):
        data_utils.get_content_type("text/csv; label_size=5")
    with pytest.raises(
        UserError, match=r"^application/json is not an accepted ContentType: csv, libsvm, parquet"
    ):
        data_utils.get_content_type("application/json")


def test_the_first_lines_of_data_files(tmp_path: Path) -> None:
    from sagemaker_algorithm_toolkit.exceptions import UserError
    from sagemaker_xgboost_container.data_utils import validate_data_file_path

    (tmp_path / "good").write_text("1 0:1 1:2\n")
    validate_data_file_path(str(tmp_path), "text/libsvm")
    (tmp_path / "good").write_text("1,2\n")
    validate_data_file_path(str(tmp_path), "text/csv")
    with pytest.raises(UserError, match=r"First line '1,2\.\.\.' of file 'good' is not 'LIBSVM' format"):
        validate_data_file_path(str(tmp_path), "libsvm")
    with pytest.raises(UserError, match="is not a valid path!"):
        validate_data_file_path(str(tmp_path / "none"), "csv")


def test_rows_of_several_paths(tmp_path: Path) -> None:
    from sagemaker_algorithm_toolkit.exceptions import UserError
    from sagemaker_xgboost_container import data_utils

    (tmp_path / "a").write_text("1,2,3\n")
    (tmp_path / "b").write_text("4,5,6\n7,8,9\n")
    both = data_utils.get_dmatrix([str(tmp_path / "a"), str(tmp_path / "b")], "csv")
    assert (both.get_label().tolist(), both.num_col()) == ([1, 4, 7], 2)
    weighted = data_utils.get_csv_dmatrix(str(tmp_path / "b"), 1)
    assert (weighted.get_weight().tolist(), weighted.num_col()) == ([5, 8], 1)
    assert data_utils.get_libsvm_dmatrix(str(tmp_path / "none")) is None
    with pytest.raises(UserError, match=r"Pipe mode not supported for LibSVM\."):
        data_utils.get_libsvm_dmatrix(str(tmp_path), is_pipe=True)
    (tmp_path / "b").write_text("4,5\n")
    with pytest.raises(UserError, match="differ in number of columns"):
        data_utils.get_dmatrix([str(tmp_path / "a"), str(tmp_path / "b")], "csv")


def test_sizes_and_doubles(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    from sagemaker_algorithm_toolkit.exceptions import UserError
    from sagemaker_xgboost_container import data_utils

    for folder in ("train", "validation"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "part").write_text("1,2\n")
    assert data_utils.get_size(str(tmp_path)) == 8
    assert data_utils.get_size(str(tmp_path / "none")) == 0
    with caplog.at_level(logging.WARNING):
        data_utils.check_data_redundancy(str(tmp_path / "train"), str(tmp_path / "validation"))
    assert "Suspected identical files found." in caplog.text
    (tmp_path / "train" / ".hidden").write_text("")
    with pytest.raises(UserError, match="Hidden file found in the data path!"):
        data_utils.get_size(str(tmp_path))


def test_a_training_goes_on_from_its_checkpoint(
    tmp_path: Path, data: xgboost.DMatrix, capsys: pytest.CaptureFixture[str]
) -> None:
    from sagemaker_xgboost_container import checkpointing

    arguments = {"params": {"max_depth": 2}, "dtrain": data, "num_boost_round": 7, "evals": [(data, "train")]}
    folder = str(tmp_path / "checkpoints")
    checkpointing.train(arguments, folder)
    assert sorted(os.listdir(folder)) == [f"xgboost-checkpoint.{at}" for at in range(2, 7)]
    assert checkpointing.load_checkpoint(folder) == (f"{folder}/xgboost-checkpoint.6", 7)
    assert "callbacks" not in arguments
    capsys.readouterr()
    trained = checkpointing.train({**arguments, "num_boost_round": 9}, folder)
    printed = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in printed] == ["[7]\ttrain-rmse", "[8]\ttrain-rmse"]
    reference = xgboost.train({"max_depth": 2}, data, 9)
    np.testing.assert_allclose(trained.predict(data), reference.predict(data), rtol=1e-6)


def test_a_broken_checkpoint_is_passed_over(tmp_path: Path, data: xgboost.DMatrix) -> None:
    from sagemaker_xgboost_container import checkpointing

    assert checkpointing.load_checkpoint(str(tmp_path)) == (None, 0)
    assert checkpointing.load_checkpoint(None) == (None, 0)
    callback = checkpointing.save_checkpoint(str(tmp_path), max_to_keep=2)
    xgboost.train({}, data, 4, callbacks=[callback])
    assert sorted(os.listdir(tmp_path)) == ["xgboost-checkpoint.2", "xgboost-checkpoint.3"]
    (tmp_path / "xgboost-checkpoint.10").write_bytes(b"half a model")
    (tmp_path / "xgboost-checkpoint.3.sagemaker-ignore").write_bytes(b"")
    assert checkpointing.load_checkpoint(str(tmp_path)) == (str(tmp_path / "xgboost-checkpoint.3"), 4)
    assert checkpointing.load_checkpoint(str(tmp_path), max_try=1) == (None, 0)


def test_a_checkpoint_that_is_being_uploaded_stays(tmp_path: Path, data: xgboost.DMatrix) -> None:
    from sagemaker_xgboost_container import checkpointing

    callback = checkpointing.SaveCheckpointCallBack(str(tmp_path), max_to_keep=1)
    model = xgboost.train({}, data, 1)
    callback(model, 0)
    (tmp_path / f"xgboost-checkpoint.0{checkpointing.FILE_LOCK_SUFFIX}").touch()
    callback(model, 1)
    assert os.path.exists(callback.format_path(0))
    callback.after_training(model)
    assert not os.path.exists(callback.format_path(0))


def test_the_containers_callbacks(tmp_path: Path, data: xgboost.DMatrix) -> None:
    from sagemaker_xgboost_container.callback import get_callbacks

    folder = tmp_path / "model"
    model, done, callbacks = get_callbacks(
        str(folder), str(tmp_path / "checkpoints"), "train", "rmse", 2, "false", is_master=True
    )
    assert (model, done) == (None, 0)
    xgboost.train({"max_depth": 2}, data, 3, evals=[(data, "train")], callbacks=callbacks)
    model, done, _ = get_callbacks(
        str(folder), str(tmp_path / "checkpoints"), None, None, None, "false", True
    )
    assert (model, done) == (str(tmp_path / "checkpoints" / "xgboost-checkpoint.2"), 3)


def test_the_intermediate_model(tmp_path: Path, data: xgboost.DMatrix) -> None:
    from sagemaker_xgboost_container.checkpointing import save_intermediate_model

    callback = save_intermediate_model(str(tmp_path), "xgboost-model")
    trained = xgboost.train({}, data, 2, callbacks=[callback])
    left = xgboost.Booster(model_file=bytearray((tmp_path / "xgboost-model").read_bytes()))
    np.testing.assert_array_equal(left.predict(data), trained.predict(data))


MARGINS = np.array([-2.0, 0.5, 1.5, -0.1, 3.0, -1.0])
LABELS = np.array([0.0, 1.0, 0.0, 0.0, 1.0, 1.0])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("accuracy", sklearn.metrics.accuracy_score),
        ("balanced_accuracy", sklearn.metrics.balanced_accuracy_score),
        ("f1", lambda *two: sklearn.metrics.f1_score(*two, average="macro")),
        ("f1_binary", sklearn.metrics.f1_score),
        ("precision", sklearn.metrics.precision_score),
        ("precision_micro", lambda *two: sklearn.metrics.precision_score(*two, average="micro")),
        ("recall", sklearn.metrics.recall_score),
        ("recall_macro", lambda *two: sklearn.metrics.recall_score(*two, average="macro")),
    ],
)
def test_metrics_of_classes(name: str, expected: object) -> None:
    from sagemaker_xgboost_container.metrics import custom_metrics

    matrix = xgboost.DMatrix(MARGINS.reshape(-1, 1), label=LABELS)
    found, value = custom_metrics.CUSTOM_METRICS[name](MARGINS, matrix)
    assert (found, value) == (name, pytest.approx(expected(LABELS, MARGINS > 0)))
    assert getattr(custom_metrics, name)(np.array([]), matrix) == (name, 0.0)


def test_metrics_of_several_classes_and_of_numbers() -> None:
    from sagemaker_xgboost_container.metrics import custom_metrics

    matrix = xgboost.DMatrix(MARGINS.reshape(-1, 1), label=[0, 1, 2, 2, 1, 0])
    columns = np.eye(3)[[0, 1, 2, 1, 1, 0]]
    assert custom_metrics.accuracy(columns, matrix) == ("accuracy", pytest.approx(5 / 6))
    with pytest.raises(ValueError, match="Target is multiclass but average='binary'"):
        custom_metrics.f1_binary(columns, matrix)
    feval = custom_metrics.configure_feval(["mse", "rmse", "mae", "r2"])
    labels = matrix.get_label()
    mse = sklearn.metrics.mean_squared_error(labels, MARGINS)
    assert feval(MARGINS, matrix) == [
        ("mse", pytest.approx(mse)),
        ("rmse", pytest.approx(mse**0.5)),
        ("mae", pytest.approx(sklearn.metrics.mean_absolute_error(labels, MARGINS))),
        ("r2", pytest.approx(sklearn.metrics.r2_score(labels, MARGINS))),
    ]


def test_which_metrics_a_training_computes(tmp_path: Path) -> None:
    from sagemaker_xgboost_container.algorithm_mode import train_utils

    native, feval, objective = train_utils.get_eval_metrics_and_feval("validation:f1", ["logloss", "mae"])
    assert (native, objective) == (["logloss"], ["f1"])
    assert callable(feval)
    assert train_utils.get_eval_metrics_and_feval(None, ["auc"]) == (["auc"], None, None)
    assert train_utils.get_eval_metrics_and_feval(None, None) == (None, None, None)
    assert train_utils.get_union_metrics(["b"], ["a", "b"]) == ["a", "b"]
    for name in ("xgboost-model", "half.sagemaker-ignore"):
        (tmp_path / name).touch()
    train_utils.cleanup_dir(str(tmp_path), "xgboost-model")
    assert os.listdir(tmp_path) == ["xgboost-model"]


def test_answers_of_the_built_in_algorithm(monkeypatch: pytest.MonkeyPatch) -> None:
    from sagemaker_xgboost_container.algorithm_mode import serve_utils

    with pytest.raises(RuntimeError, match="Selectable inference content is not enabled"):
        serve_utils.get_selected_output_keys()
    monkeypatch.setenv("SAGEMAKER_INFERENCE_OUTPUT", "Predicted_Label, probabilities")
    keys = serve_utils.get_selected_output_keys()
    chosen = serve_utils.get_selected_predictions([np.float32(0.75)], keys, "binary:logistic")
    assert chosen == [{"predicted_label": 1, "probabilities": [0.25, 0.75]}]
    encode = serve_utils.encode_selected_predictions
    assert encode(chosen, keys, "text/csv") == '1,"[0.25, 0.75]"'
    assert encode(chosen, keys, "application/jsonlines").endswith(b"\n")
    with pytest.raises(RuntimeError, match="Cannot encode selected predictions into accept type 'a/b'"):
        encode(chosen, keys, "a/b")
    matrix, kind = serve_utils.parse_content_data(b"1,2\n", "text/csv")
    assert (matrix.num_col(), kind) == (2, "csv")
    with pytest.raises(
        RuntimeError, match="please ensure data is in csv format:\n <class 'ValueError'>\n could not"
    ):
        serve_utils.parse_content_data(b"a,b", "text/csv")


def test_requests_of_the_built_in_algorithm() -> None:
    """`parse_content_data` looks for colons alone in libsvm, and has AWS's words for each type (`serve_utils.py`)."""
    from sagemaker_algorithm_toolkit.exceptions import UserError
    from sagemaker_xgboost_container.algorithm_mode import serve_utils

    matrix, kind = serve_utils.parse_content_data(b"1 0:1 2:2 x\n0:3\n", "text/x-libsvm")
    assert (kind, matrix.num_row(), matrix.num_col(), matrix.num_nonmissing()) == ("libsvm", 2, 3, 3)
    assert matrix.get_label().size == 0
    for body, named, words in (
        (b"1 2 3", "text/libsvm", "in libsvm format:\n <class 'ValueError'>\n cannot infer dimensions"),
        (b"junkjunk", "recordio-protobuf", "in recordio-protobuf format: <class 'ValueError'> Incorrect"),
    ):
        with pytest.raises(RuntimeError, match=words):
            serve_utils.parse_content_data(body, named)
    with pytest.raises(RuntimeError, match="Content-type parquet is not supported"):
        serve_utils.parse_content_data(b"PAR1", "parquet")
    with pytest.raises(UserError, match="Optional parameter label_size must be equal to 1"):
        serve_utils.parse_content_data(b"1,2", "text/csv; label_size=0")


def test_the_words_of_content_types() -> None:
    """The words and lists of `data_utils.py`; all that a channel refuses is the user's error."""
    from sagemaker_algorithm_toolkit.exceptions import UserError
    from sagemaker_xgboost_container import data_utils

    assert data_utils.get_content_type(None) == "libsvm"
    assert data_utils.get_content_type("text/csv; label_size=1; charset=utf8") == "csv"
    accepted = (
        "csv, libsvm, parquet, recordio-protobuf, text/csv, text/libsvm, text/x-libsvm, application/x-parquet, "
        "application/x-recordio-protobuf"
    )
    assert ", ".join(data_utils.VALID_CONTENT_TYPES) == accepted
    assert [
        name for name in data_utils.VALID_CONTENT_TYPES if name not in data_utils.VALID_PIPED_CONTENT_TYPES
    ] == [
        "libsvm",
        "text/libsvm",
        "text/x-libsvm",
    ]
    for asked in ("a/b", ""):
        with pytest.raises(UserError) as raised:
            data_utils.get_content_type(asked)
        assert str(raised.value) == f"{asked} is not an accepted ContentType: {accepted}."


def test_scores_and_ensembles_of_the_built_in_algorithm(monkeypatch: pytest.MonkeyPatch) -> None:
    """The values of `test/unit/algorithm_mode/test_serve_utils.py`."""
    from sagemaker_xgboost_container.algorithm_mode import serve_utils

    assert serve_utils.encode_predictions_as_json([]) == '{"predictions": []}'
    scores = serve_utils.encode_predictions_as_json([0.43861907720565796, 0.4533972144126892])
    assert scores == '{"predictions": [{"score": 0.43861907720565796}, {"score": 0.4533972144126892}]}'
    assert serve_utils.is_ensemble_enabled()
    monkeypatch.setenv("SAGEMAKER_INFERENCE_ENSEMBLE", "false")
    assert not serve_utils.is_ensemble_enabled()


def test_errors_of_inference() -> None:
    """The statuses and texts of `algorithm_mode/inference_errors.py`, as the model server answers with them."""
    from sagemaker_xgboost_container.algorithm_mode import inference_errors as errors

    module = ModuleType("inference")
    answers = []
    for error in (
        errors.NoContentInferenceError(),
        errors.UnsupportedMediaTypeInferenceError("no table"),
        errors.BadRequestInferenceError("too wide"),
        errors.ModelLoadInferenceError("no file"),
    ):
        module.model_fn, module.input_fn = lambda folder: None, _raising(error)
        handler = HookedHandler(hooks_of(module, defaults_of("xgboost")), "/m", {})
        (answer,) = handler.answer([Invocation(b"1", "text/csv")])
        answers.append((answer.status, answer.body.partition(b"\n")[0]))
    assert answers == [
        (204, b""),
        (415, b"no table"),
        (400, b"Unable to evaluate payload provided: too wide"),
        (500, b"Unable to load model: no file"),
    ]


def _raising(error: Exception) -> Callable[[str, str], None]:
    def input_fn(body: str, content_type: str) -> None:
        raise error

    return input_fn


def test_models_in_a_folder(tmp_path: Path, data: xgboost.DMatrix) -> None:
    import pickle

    from sagemaker_xgboost_container.algorithm_mode import serve_utils

    trained = xgboost.train({}, data, 2)
    (tmp_path / "xgboost-model").write_bytes(pickle.dumps(trained))
    model, form = serve_utils.get_loaded_booster(str(tmp_path))
    assert form == serve_utils.PKL_FORMAT
    np.testing.assert_array_equal(model.predict(data), trained.predict(data))
    (tmp_path / "xgboost-model-1").write_bytes(trained.save_raw("ubj"))
    _, forms = serve_utils.get_loaded_booster(str(tmp_path), ensemble=True)
    assert forms == [serve_utils.PKL_FORMAT, serve_utils.XGB_FORMAT]
    (tmp_path / "xgboost-model").write_bytes(b"no model")
    with pytest.raises(RuntimeError, match="cannot be loaded"):
        serve_utils.get_loaded_booster(str(tmp_path))


def test_a_single_host_needs_no_others() -> None:
    from sagemaker_xgboost_container import distributed

    with distributed.Rabit(["algo-1"], "algo-1") as helper:
        assert (helper.is_master, helper.rank, helper.synchronize({"rows": 5})) == (True, 0, [{"rows": 5}])
    told: dict[str, object] = {}
    distributed.rabit_run(told.update, {"depth": 2}, True, ["algo-1"], "algo-1", update_rabit_args=True)
    assert told == {"depth": 2, "is_master": True}
    with pytest.raises(SystemExit) as left:
        distributed.rabit_run(told.update, {}, False, ["algo-1"], "algo-1")
    assert left.value.code == 0
    with pytest.raises(ValueError, match="max_connect_attempts must be None or an integer greater than 0"):
        distributed.Rabit(["a"], max_connect_attempts=0)


def test_errors_say_what_they_were_caused_by() -> None:
    from sagemaker_algorithm_toolkit import exceptions as exc

    assert str(exc.UserError("bad data")) == "bad data"
    assert exc.AlgorithmError(caused_by=ValueError("deep")).message == "deep (caused by ValueError)"
    assert exc.PlatformError("no disk", OSError()).message == "no disk (caused by OSError)"
    assert str(exc.BaseToolkitError()) == "unknown error occurred"
