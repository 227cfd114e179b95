"""A data-quality job: read, describe, suggest or check, report. The order of the work, and nothing of its detail."""

from collections.abc import Sequence

import pyarrow as pa

from . import cloudwatch, reports
from .capture import captured_table, records
from .columns import FRACTIONAL, columns_of
from .constraints import Constraints, load, parsed, suggested
from .environment import Settings
from .reading import (
    Row,
    data_files,
    default_names,
    flattened,
    json_documents,
    read_csv,
    read_json,
    read_parquet,
    table_of_rows,
)
from .scripts import InferenceRecord, captured_record, file_record, positional, preprocessed
from .statistics import dataset_statistics
from .violations import drifts, violations


def run(settings: Settings) -> str:
    """Do the job and return the exit message; raise AnalysisError."""
    constraints = parsed(load(settings.baseline_constraints)) if settings.baseline_constraints else None
    baseline = load(settings.baseline_statistics) if settings.baseline_statistics else None
    table = load_table(settings, constraints)
    columns = columns_of(table)
    current = dataset_statistics(columns, table.num_rows)
    reports.write_document(settings.output_path, "statistics.json", current)
    suggestion = suggested(columns, settings.categorical_drift_method)
    reports.write_document(settings.output_path, "constraints.json", suggestion)
    distances = drifts(constraints, baseline, current) if constraints else {}
    if settings.publish_metrics:
        lines = cloudwatch.data_metrics(settings, constraints, columns, distances)
        cloudwatch.write(settings.metrics_path, lines)
    if constraints is None:
        return "Completed: Job completed successfully."
    found = [violation.as_json() for violation in violations(constraints, columns, distances)]
    reports.write_document(settings.output_path, "constraint_violations.json", {"violations": found})
    return reports.monitoring_words(len(found))


def load_table(settings: Settings, constraints: Constraints | None) -> pa.Table:
    """Return the dataset in whatever format; headerless columns take the baseline's names by position."""
    form = settings.dataset_format
    naming = Naming(constraints)
    as_text = naming.as_text()
    if settings.preprocessor:
        return _positioned(table_of_rows(_preprocessed_rows(settings)), naming)
    if form.kind in ("capture", "merge"):
        found = records(settings.dataset_source, settings.start_time, settings.end_time)
        return captured_table(found, form, naming, as_text)
    files = data_files(settings.dataset_source)
    if form.kind == "csv":
        return read_csv(files, form.header, naming, as_text)
    return read_json(files, form.lines) if form.kind == "json" else read_parquet(files)


class Naming:
    """Names for headerless columns, and which columns must keep the spelling of their values."""

    def __init__(self, constraints: Constraints | None) -> None:
        self._features = constraints.features if constraints else ()

    def __call__(self, width: int) -> Sequence[str]:
        """Return the baseline's names in its order, then `_cN` for the columns beyond them."""
        names = [feature.name for feature in self._features]
        return (names + default_names(width)[len(names) :])[:width]

    def as_text(self) -> frozenset[str]:
        """Return all but the fractional: whether 1.0 is Integral or a value is in a domain is a matter of
        spelling."""
        return frozenset(item.name for item in self._features if item.inferred_type != FRACTIONAL)


def _preprocessed_rows(settings: Settings) -> list[Row]:
    assert settings.preprocessor is not None
    return list(preprocessed(settings.preprocessor, _inference_records(settings)))


def _inference_records(settings: Settings) -> list[InferenceRecord]:
    form = settings.dataset_format
    if form.kind in ("capture", "merge"):
        found = records(settings.dataset_source, settings.start_time, settings.end_time)
        return [captured_record(document) for document in found]
    files = data_files(settings.dataset_source)
    if form.kind == "csv":
        lines = [line for path in files for line in path.read_text().splitlines()[int(form.header) :] if line]
        return [file_record(line, "CSV") for line in lines]
    if form.kind == "json":
        return [file_record(item, "JSON") for path in files for item in json_documents(path, form.lines)]
    return [file_record(flattened(row), "JSON") for row in read_parquet(files).to_pylist()]


def _positioned(table: pa.Table, naming: Naming) -> pa.Table:
    names = table.column_names
    return table.rename_columns(list(naming(len(names)))) if positional(dict.fromkeys(names)) else table
