"""The endpoint's side: `create` loads the models and gives the model server a handler that predicts in batches."""

from __future__ import annotations

import os
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path

from clary_programs.algorithms.xgboost import requests
from clary_programs.algorithms.xgboost.answers import Settings, Writer
from clary_programs.algorithms.xgboost.artifacts import load_folder
from clary_programs.algorithms.xgboost.inference_errors import InferenceError, unevaluated
from clary_programs.algorithms.xgboost.library import XGBoostError
from clary_programs.algorithms.xgboost.scoring import Ensemble
from clary_programs.serving.api import Answer, Handler, Invocation

DEFAULT_MAX_CONTENT_LENGTH = 6 * 1024**2
LARGEST_MAX_CONTENT_LENGTH = 20 * 1024**2


def create(model_dir: Path, environ: Mapping[str, str]) -> Handler:
    """Return the handler of the models in a folder. Raise XGBoostError where one cannot be loaded."""
    ensemble = Ensemble(load_folder(model_dir, is_ensemble(environ)))
    return XGBoostHandler(ensemble, Settings.of(environ), _max_content_length(environ))


class XGBoostHandler:
    """Answers everything that has arrived with one call of the library."""

    def __init__(self, ensemble: Ensemble, settings: Settings, max_content_length: int) -> None:
        self._ensemble = ensemble
        self._writer = Writer(settings, ensemble.objective, ensemble.classes, ensemble.width)
        self._width = requests.Width(ensemble.features, ensemble.pickled)
        self._max_content_length = max_content_length

    def answer(self, invocations: Sequence[Invocation]) -> list[Answer]:
        """Return one answer each, in order; a request that is refused does not disturb the others."""
        answers: list[Answer | None] = [None] * len(invocations)
        values, accepted = array("f"), []
        for at, invocation in enumerate(invocations):
            try:
                rows = requests.read(invocation, self._width)
                write = self._writer.for_accept(invocation.accept)
                if rows.sparse is not None:
                    answers[at] = write(self._ensemble.sparse(rows.sparse))
                else:
                    values += rows.values
                    accepted.append((at, rows.count, write))
            except InferenceError as refusal:
                answers[at] = refusal.answer
            except XGBoostError as error:
                answers[at] = unevaluated(str(error)).answer
        self._predict(values, accepted, answers)
        return answers  # type: ignore[return-value]

    def execution_parameters(self) -> dict[str, object]:
        """Return what batch transform is advised: many records a request, as many requests as there are
        processors."""
        return {
            "MaxConcurrentTransforms": os.cpu_count() or 1,
            "BatchStrategy": "MULTI_RECORD",
            "MaxPayloadInMB": self._max_content_length // 1024**2,
        }

    def _predict(self, values: array, accepted: list, answers: list[Answer | None]) -> None:
        """Predict all rows together and cut the predictions up by request."""
        if not accepted:
            return
        total = sum(count for _, count, _ in accepted)
        try:
            predictions = self._ensemble.dense(values, total)
        except XGBoostError as error:
            refused = unevaluated(str(error)).answer
            for at, _, _ in accepted:
                answers[at] = refused
            return
        start, width = 0, self._ensemble.width
        for at, count, write in accepted:
            end = start + count * width
            answers[at] = write(predictions[start:end])
            start = end


def is_ensemble(environ: Mapping[str, str]) -> bool:
    """Return whether all models of the folder predict together, not the first one alone."""
    return environ.get("SAGEMAKER_INFERENCE_ENSEMBLE", "true").lower() == "true"


def _max_content_length(environ: Mapping[str, str]) -> int:
    asked = int(environ.get("MAX_CONTENT_LENGTH") or DEFAULT_MAX_CONTENT_LENGTH)
    return min(asked, LARGEST_MAX_CONTENT_LENGTH)
