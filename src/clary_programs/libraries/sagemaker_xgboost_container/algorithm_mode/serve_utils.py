"""How the built-in algorithm reads a request, predicts and writes an answer, for scripts that do it themselves."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clary_programs.algorithms.xgboost import inference_errors, selectable
from clary_programs.algorithms.xgboost.answers import encode_json
from clary_programs.algorithms.xgboost.artifacts import load_file
from clary_programs.algorithms.xgboost.library import XGBoostError
from clary_programs.algorithms.xgboost.serve import is_ensemble
from clary_programs.formats import FormatError, media
from clary_programs.formats.libsvm import read_libsvm_payload
from clary_programs.formats.table import Table
from clary_programs.serving.xgboost_content import dmatrix_of

from .. import encoder
from ..checkpointing import TEMP_FILE_SUFFIX
from ..constants import sm_env_constants
from ..data_utils import CSV, LIBSVM, RECORDIO_PROTOBUF, get_content_type

if TYPE_CHECKING:
    import numpy as np
    import xgboost

PKL_FORMAT = "pkl_format"
XGB_FORMAT = "xgb_format"

PREDICTED_LABEL = "predicted_label"
LABELS = "labels"
PROBABILITY = "probability"
PROBABILITIES = "probabilities"
RAW_SCORE = "raw_score"
RAW_SCORES = "raw_scores"
PREDICTED_SCORE = "predicted_score"
ALL_VALID_SELECT_KEYS = [
    PREDICTED_LABEL,
    LABELS,
    PROBABILITY,
    PROBABILITIES,
    RAW_SCORE,
    RAW_SCORES,
    PREDICTED_SCORE,
]
VALID_OBJECTIVES = {objective: list(keys) for objective, keys in selectable.VALID.items()}


def parse_content_data(input_data: bytes, input_content_type: str) -> tuple[xgboost.DMatrix, str]:
    """Return the rows of a body, without labels, and its type's short name.

    Raise RuntimeError for a body that is not of its type, UserError for an unknown type.
    """
    kind = get_content_type(input_content_type)
    if kind not in _DECODERS:
        raise RuntimeError(f"Content-type {input_content_type} is not supported.")
    try:
        return _DECODERS[kind](input_data), kind
    except Exception as error:
        raise RuntimeError(inference_errors.unreadable_text(kind, error)) from error


def _csv(body: bytes) -> xgboost.DMatrix:
    return encoder.csv_to_dmatrix(body.strip(), dtype=float)


def _libsvm(body: bytes) -> xgboost.DMatrix:
    try:
        return dmatrix_of(Table(read_libsvm_payload(body)))
    except FormatError as error:
        raise ValueError(error.message) from error


_DECODERS: dict[str, Callable[[bytes], xgboost.DMatrix]] = {
    CSV: _csv,
    LIBSVM: _libsvm,
    RECORDIO_PROTOBUF: encoder.recordio_protobuf_to_dmatrix,
}


def get_loaded_booster(
    model_dir: str, ensemble: bool = False
) -> tuple[xgboost.Booster | list[xgboost.Booster], str | list[str]]:
    """Return the model in a folder and how it was written, lists of both for an ensemble. Raise RuntimeError.

    A pickle is read as a Booster and nothing else.
    """
    files = _model_files(Path(model_dir))
    if not files:
        raise RuntimeError(f"No model file found in {model_dir}")
    loaded = [_load(path) for path in (files if ensemble else files[:1])]
    models, formats = [model for model, _ in loaded], [form for _, form in loaded]
    return (models, formats) if ensemble else loaded[0]


def _model_files(folder: Path) -> list[Path]:
    files = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    return sorted(path for path in files if not path.name.endswith(TEMP_FILE_SUFFIX))


def _load(path: Path) -> tuple[xgboost.Booster, str]:
    import xgboost

    try:
        model = load_file(path)
    except XGBoostError as error:
        raise RuntimeError(str(error)) from error
    with path.open("rb") as file:
        is_pickle = file.read(1) == b"\x80"
    booster = xgboost.Booster(model_file=bytearray(model.booster.save()))
    return booster, PKL_FORMAT if is_pickle else XGB_FORMAT


def is_ensemble_enabled() -> bool:
    """Return whether the environment lets all models of a folder predict together."""
    return is_ensemble(os.environ)


def encode_predictions_as_json(predictions: Sequence[float | list[float]]) -> str:
    """Return the predictions as JSON, an object with a score each."""
    return encode_json(predictions)


def is_selectable_inference_output() -> bool:
    """Return whether the environment names what an answer shall hold."""
    return sm_env_constants.SAGEMAKER_INFERENCE_OUTPUT in os.environ


def get_selected_output_keys() -> list[str]:
    """Return what the environment says that an answer shall hold. Raise RuntimeError where it does not."""
    if not is_selectable_inference_output():
        raise RuntimeError(
            "'SAGEMAKER_INFERENCE_OUTPUT' environment variable is not present. "
            "Selectable inference content is not enabled."
        )
    return selectable.keys_of(os.environ[sm_env_constants.SAGEMAKER_INFERENCE_OUTPUT])


def get_selected_predictions(
    raw_predictions: Iterable[np.ndarray], selected_keys: Sequence[str], objective: str, num_class: str = ""
) -> list[dict[str, Any]]:
    """Return one object a prediction; a key that the objective does not have is NaN. Raise ValueError."""
    import numpy as np

    rows = [np.atleast_1d(prediction).tolist() for prediction in raw_predictions]
    return selectable.select(rows, selected_keys, objective, int(num_class or 2))


def encode_selected_predictions(
    predictions: Sequence[Mapping[str, Any]], selected_content_keys: Sequence[str], accept: str
) -> str | bytes:
    """Return the objects as JSON, JSON Lines, RecordIO-Protobuf or CSV. Raise RuntimeError for another type."""
    try:
        encoded = selectable.encode(predictions, selected_content_keys, accept)
    except ValueError as error:
        raise RuntimeError(str(error)) from error
    ends = accept == media.CSV and os.environ.get(sm_env_constants.SAGEMAKER_BATCH)
    return f"{encoded}\n" if ends else encoded
