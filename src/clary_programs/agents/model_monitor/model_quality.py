"""A model-quality job: find labels and predictions, measure, suggest or check, report."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from . import cloudwatch, quality_constraints, quality_metrics, reports
from .capture import Lines, Payload, Record, payload_of
from .constraints import load
from .data_quality import load_table
from .environment import Settings
from .errors import AnalysisError
from .merge import merged_records
from .reading import Row, table_of_rows

_TRUTH = "groundTruthData."


@dataclass(frozen=True)
class Pairs:
    """Truth and answer, row by row, as texts; `scores` are probabilities of the positive class."""

    truth: NDArray[np.str_]
    prediction: NDArray[np.str_]
    scores: NDArray[np.float64] | None


def run(settings: Settings) -> str:
    """Do the job and return the exit message; raise AnalysisError."""
    assert settings.problem_type is not None
    pairs = load_pairs(settings)
    metrics = _measured(settings.problem_type, pairs)
    reports.write_document(
        settings.output_path, "statistics.json", _statistics(settings, metrics, len(pairs.truth))
    )
    suggestion = quality_constraints.suggested(settings.problem_type, metrics)
    reports.write_document(settings.output_path, "constraints.json", suggestion)
    if settings.publish_metrics:
        cloudwatch.write(settings.metrics_path, cloudwatch.model_metrics(settings, _scalars(metrics)))
    if settings.baseline_constraints is None:
        return "Completed: Job completed successfully."
    baseline = load(settings.baseline_constraints)
    found = quality_constraints.violations(settings.problem_type, baseline, metrics)
    reports.write_document(settings.output_path, "constraint_violations.json", {"violations": found})
    return reports.monitoring_words(len(found))


def _measured(problem_type: str, pairs: Pairs) -> dict[str, Any]:
    if problem_type == "Regression":
        return quality_metrics.regression(
            _numbers(pairs.truth, "label"), _numbers(pairs.prediction, "prediction")
        )
    if problem_type == "MulticlassClassification":
        return quality_metrics.multiclass(pairs.truth, pairs.prediction)
    labels = np.unique(np.concatenate([pairs.truth, pairs.prediction]))
    if len(labels) > 2:
        raise AnalysisError(
            f"BinaryClassification has two labels; found {len(labels)}: {', '.join(labels[:5])}"
        )
    return quality_metrics.binary(pairs.truth, pairs.prediction, pairs.scores)


def _statistics(settings: Settings, metrics: dict[str, Any], count: int) -> dict[str, Any]:
    dataset: dict[str, Any] = {"item_count": count}
    for name in ("start_time", "end_time"):
        moment = getattr(settings, name)
        if moment:
            dataset[name] = moment.isoformat().replace("+00:00", "Z")
    dataset["evaluation_time"] = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    key = quality_constraints.SECTIONS[str(settings.problem_type)][0]
    return {"version": 0.0, "dataset": dataset, key: metrics}


def _scalars(metrics: dict[str, Any]) -> dict[str, float]:
    found = {name: item.get("value") for name, item in metrics.items() if isinstance(item, dict)}
    return {name: value for name, value in found.items() if isinstance(value, float | int)}


def load_pairs(settings: Settings) -> Pairs:
    """Return labels and predictions of a table or of merged captures; rows that lack either are left out."""
    merged = settings.dataset_format.kind in ("capture", "merge") and settings.preprocessor is None
    table = table_of_rows(_merged_rows(settings)) if merged else load_table(settings, None)
    wanted = settings.attributes
    truth = _attribute(table, wanted.ground_truth, "ground_truth_attribute", _TRUTH if merged else "")
    scores = _attribute(table, wanted.probability, "probability_attribute") if wanted.probability else None
    if wanted.inference or scores is None:
        default = "0" if merged and "1" not in table.column_names else None
        prediction = _attribute(table, wanted.inference or default, "inference_attribute")
    else:
        prediction = _thresholded(settings, scores)
    return _paired(truth, prediction, scores)


def _thresholded(settings: Settings, scores: pa.Array) -> pa.Array:
    if settings.problem_type != "BinaryClassification":
        raise AnalysisError(f"inference_attribute is required for {settings.problem_type}")
    positive = pc.greater_equal(_cast_numbers(scores, "probability"), settings.attributes.threshold)
    return pc.if_else(positive, "1", "0")


def _paired(truth: pa.Array, prediction: pa.Array, scores: pa.Array | None) -> Pairs:
    kept = pc.and_(truth.is_valid(), prediction.is_valid())
    if scores is not None:
        kept = pc.and_(kept, scores.is_valid())
    if not pc.any(kept).as_py():
        raise AnalysisError("No row has both a label and a prediction")
    numbers = None
    if scores is not None:
        numbers = _cast_numbers(scores.filter(kept), "probability").to_numpy(zero_copy_only=False)
    return Pairs(_labels(truth.filter(kept)), _labels(prediction.filter(kept)), numbers)


def _labels(values: pa.Array) -> NDArray[np.str_]:
    """Texts of which 1, 1.0 and true are one label: a model says 1.0 where the ground truth says 1."""
    encoded = values.dictionary_encode()
    names = np.array([_canonical(text) for text in encoded.dictionary.to_pylist()], dtype=np.str_)
    return names[encoded.indices.to_numpy()]


def _canonical(text: str) -> str:
    bare = text.strip()
    if bare.lower() in ("true", "false"):
        return "1" if bare.lower() == "true" else "0"
    try:
        number = float(bare)
    except ValueError:
        return bare
    return str(int(number)) if number.is_integer() else repr(number)


def _attribute(table: pa.Table, name: str | None, variable: str, prefix: str = "") -> pa.Array:
    """Return the column of an attribute as texts: by name, or by position written as `3` or `_c3`."""
    names = [column for column in table.column_names if column.startswith(prefix)]
    if name is None and prefix:
        name = names[0].removeprefix(prefix) if len(names) == 1 else None
    if name is None:
        raise AnalysisError(f"{variable} is not set")
    position = name.removeprefix("_c")
    if f"{prefix}{name}" in names:
        column = f"{prefix}{name}"
    elif position.isdecimal() and int(position) < len(names):
        column = names[int(position)]
    else:
        raise AnalysisError(f"{variable} {name} is not a column of the data: {', '.join(names[:20])}")
    values = table.column(column).combine_chunks().cast(pa.string())
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def _cast_numbers(values: pa.Array, what: str) -> pa.Array:
    try:
        return values.cast(pa.float64())
    except pa.ArrowInvalid as error:
        raise AnalysisError(f"A {what} is not a number: {error}") from error


def _numbers(labels: NDArray[np.str_], what: str) -> NDArray[np.float64]:
    try:
        return labels.astype(np.float64)
    except ValueError as error:
        raise AnalysisError(f"A {what} is not a number: {error}") from error


def _merged_rows(settings: Settings) -> Iterator[Row]:
    for record in merged_records(settings):
        yield from _rows_of(record)


def _rows_of(record: Record) -> Iterator[Row]:
    output = record["captureData"].get("endpointOutput")
    if output is None:
        raise AnalysisError("A merged record has no endpointOutput")
    answers = _named(payload_of(output, "endpointOutput"))
    truths = _named(payload_of(record["groundTruthData"], "groundTruthData"))
    if len(answers) != len(truths):
        raise AnalysisError(f"A merged record has {len(answers)} answers and {len(truths)} labels")
    for answer, truth in zip(answers, truths, strict=True):
        yield answer | {f"{_TRUTH}{name}": value for name, value in truth.items()}


def _named(payload: Payload) -> list[Row]:
    if isinstance(payload, Lines):
        return [dict(enumerate_texts(line)) for line in payload.lines]
    return list(payload.rows)


def enumerate_texts(line: str) -> Iterator[tuple[str, str]]:
    """Return the fields of a CSV line by position."""
    return ((str(index), value.strip()) for index, value in enumerate(line.split(",")))
