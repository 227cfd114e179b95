"""Predictions into response bodies: CSV in its three forms, JSON, JSON Lines and RecordIO.

Which of them an Accept header can have depends on the mode: an endpoint gives CSV and JSON, selectable inference all,
and a batch transform one line a row whatever is accepted.
Source: aws/sagemaker-xgboost-container, `algorithm_mode/serve.py` (pull requests 269 and 281) and `serve_utils.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from clary_programs.algorithms.xgboost import selectable
from clary_programs.algorithms.xgboost.artifacts import OLDEST_TAGS
from clary_programs.algorithms.xgboost.inference_errors import (
    ACCEPTS,
    InferenceError,
    unacceptable,
    unencodable,
)
from clary_programs.formats import media, parse_media_type
from clary_programs.serving.api import Answer

# Pull requests 269 to 271 taught master, 1.3-1 and 1.2-2 to look at the Accept header; those before have stayed.
_OLDEST = ("0.90", "1.0-", "1.2-1")
CSV_TYPE = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Settings:
    """How this endpoint or transform job answers. `oldest`: the images that know no Accept header, and put all scores on
    one line."""

    default_accept: str = "text/csv"
    batch: bool = False
    oldest: bool = False
    keys: tuple[str, ...] = ()

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Settings:
        """As the container's environment (and the tag of the image asked for) says."""
        tag = environ.get("CLARY_IMAGE_TAG", "")
        selected = environ.get("SAGEMAKER_INFERENCE_OUTPUT")
        return cls(
            environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT") or "text/csv",
            bool(environ.get("SAGEMAKER_BATCH")),
            tag in OLDEST_TAGS or tag.startswith(_OLDEST),
            tuple(selectable.keys_of(selected)) if selected is not None else (),
        )


class Writer:
    """Turns a model's predictions into answers. `width`: predictions a row."""

    def __init__(self, settings: Settings, objective: str, classes: int, width: int) -> None:
        self._settings = settings
        self._objective = objective
        self._classes = classes
        self._width = width
        self._writers: dict[str, Callable[[list[float]], Answer]] = {}

    def for_accept(self, accept: str) -> Callable[[list[float]], Answer]:
        """Return the writer for an Accept header, empty if none was sent. Raise InferenceError."""
        writer = self._writers.get(accept)
        if writer is None:
            writer = self._choose(self._accepted(accept))
            if len(self._writers) < 64:
                self._writers[accept] = writer
        return writer

    def _accepted(self, accept: str) -> str:
        if self._settings.oldest and not self._settings.keys:
            return media.CSV
        name = accept.split(";", 1)[0].strip()
        if not name or name == "*/*":
            return parse_media_type(self._settings.default_accept).name
        if name.lower() not in ACCEPTS:
            raise unacceptable(name)
        return name.lower()

    def _choose(self, accept: str) -> Callable[[list[float]], Answer]:
        if self._settings.keys:
            return lambda predictions: self._selected(predictions, accept)
        if self._settings.batch:
            return lambda predictions: self._batch(predictions, accept)
        if accept == media.JSON:
            return self._json
        if accept != media.CSV:
            raise unencodable(accept)
        if self._settings.oldest:
            return self._one_line
        return self._csv if self._width == 1 else self._wide_csv

    def _rows(self, predictions: list[float]) -> list[list[float]]:
        width = self._width
        return [predictions[at : at + width] for at in range(0, len(predictions), width)]

    def _values(self, predictions: list[float]) -> list[float] | list[list[float]]:
        return predictions if self._width == 1 else self._rows(predictions)

    def _csv(self, predictions: list[float]) -> Answer:
        if len(predictions) == 1:
            return Answer(b"%a\n" % predictions[0], 200, CSV_TYPE)
        return Answer("\n".join([*map(repr, predictions), ""]).encode(), 200, CSV_TYPE)

    def _wide_csv(self, predictions: list[float]) -> Answer:
        lines = (",".join(map(repr, row)) for row in self._rows(predictions))
        return Answer("\n".join([*lines, ""]).encode(), 200, CSV_TYPE)

    def _batch(self, predictions: list[float], accept: str) -> Answer:
        """Return one line per row, whatever the accepted type."""
        kind = CSV_TYPE if accept == media.CSV else accept
        return Answer(("\n".join(map(str, self._values(predictions))) + "\n").encode(), 200, kind)

    def _one_line(self, predictions: list[float]) -> Answer:
        return Answer(",".join(map(str, self._values(predictions))).encode(), 200, CSV_TYPE)

    def _json(self, predictions: list[float]) -> Answer:
        return Answer(encode_json(self._values(predictions)).encode(), 200, media.JSON)

    def _selected(self, predictions: list[float], accept: str) -> Answer:
        keys = self._settings.keys
        try:
            chosen = selectable.select(self._rows(predictions), keys, self._objective, self._classes)
            body = selectable.encode(chosen, keys, accept)
        except ValueError as error:
            return InferenceError(500, str(error)).answer
        if accept == media.CSV and self._settings.batch:
            body = f"{body}\n"
        kind = CSV_TYPE if accept == media.CSV else accept
        return Answer(body.encode() if isinstance(body, str) else body, 200, kind)


def encode_json(predictions: Sequence[float | list[float]]) -> str:
    """Return the predictions as the JSON of an endpoint, an object with a score each."""
    return json.dumps({"predictions": [{"score": value} for value in predictions]})
