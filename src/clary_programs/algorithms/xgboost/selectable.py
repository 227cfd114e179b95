"""Selectable inference (`SAGEMAKER_INFERENCE_OUTPUT`): which of label, probability and score an answer names.

Source: developer guide, aws/sagemaker-xgboost-container `algorithm_mode/serve_utils.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from clary_programs.formats import media

Value = float | int | list[float] | list[int]
Row = list[float]

_CLASSES = ("predicted_label", "labels")
_SCORES = ("raw_score", "raw_scores")
_PROBABILITIES = ("probability", "probabilities")
VALID: dict[str, tuple[str, ...]] = {
    "reg:squarederror": ("predicted_score",),
    "reg:logistic": ("predicted_score",),
    "reg:gamma": ("predicted_score",),
    "reg:tweedie": ("predicted_score",),
    "binary:logistic": (*_CLASSES, *_PROBABILITIES, *_SCORES),
    "binary:logitraw": (*_CLASSES, *_SCORES),
    "binary:hinge": (*_CLASSES, *_SCORES),
    "multi:softmax": (*_CLASSES, *_SCORES),
    "multi:softprob": (*_CLASSES, *_PROBABILITIES, *_SCORES),
}


def keys_of(setting: str) -> list[str]:
    """Return the environment variable's keys, in order."""
    return setting.replace(" ", "").lower().split(",")


def select(rows: Sequence[Row], keys: Sequence[str], objective: str, classes: int) -> list[dict[str, Value]]:
    """Return one object a row; a key that the objective does not have is NaN. Raise ValueError for an
    objective that selectable inference does not know."""
    if objective not in VALID:
        raise ValueError(f"Objective `{objective}` unsupported for selectable inference predictions.")
    valid = VALID[objective]
    chosen = [key for key in _VALUES if key in keys and key in valid]
    invalid = [key for key in keys if key not in valid]
    out = []
    for row in rows:
        answer: dict[str, Value] = {key: _VALUES[key](row, objective, classes) for key in chosen}
        answer.update(dict.fromkeys(invalid, float("nan")))
        out.append(answer)
    return out


def encode(answers: Sequence[Mapping[str, Value]], keys: Sequence[str], accept: str) -> str | bytes:
    """Return the answers as JSON, JSON Lines, RecordIO-Protobuf or CSV without a newline at its end.

    Raise ValueError for another content type.
    """
    if accept == media.JSON:
        return json.dumps({"predictions": answers})
    if accept == media.JSONLINES:
        return "".join(json.dumps(answer) + "\n" for answer in answers).encode()
    if accept == media.RECORDIO:
        from clary_programs.formats.recordio_protobuf import write_answers

        return write_answers(answers)
    if accept != media.CSV:
        raise ValueError(f"Cannot encode selected predictions into accept type '{accept}'.")
    return "\n".join(",".join(_csv_field(answer[key]) for key in keys) for answer in answers)


def _csv_field(value: Value) -> str:
    return f'"{value}"' if isinstance(value, list) else str(value)


def _predicted_label(row: Row, objective: str, classes: int) -> Value:
    if objective == "multi:softprob":
        return row.index(max(row))
    if objective in ("binary:hinge", "multi:softmax"):
        return row[0]
    return int(row[0] > (0.5 if objective == "binary:logistic" else 0.0))


def _labels(row: Row, objective: str, classes: int) -> Value:
    return list(range(classes)) if objective.startswith("multi:") else [0, 1]


def _greatest(row: Row, objective: str, classes: int) -> Value:
    return max(row)


def _all(row: Row, objective: str, classes: int) -> Value:
    return row if objective == "multi:softprob" else [1.0 - row[0], row[0]]


_VALUES: dict[str, Callable[[Row, str, int], Value]] = {
    "predicted_label": _predicted_label,
    "labels": _labels,
    "probability": _greatest,
    "probabilities": _all,
    "raw_score": _greatest,
    "raw_scores": _all,
    "predicted_score": _greatest,
}
