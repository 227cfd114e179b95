"""The ground-truth merge: capture records and labels joined on inferenceId, else eventId.

AWS runs it as a job of its own before model quality; its environment is dataset_source,
ground_truth_source and output_path, and the merged files keep the capture's folders.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .capture import Record, records
from .environment import Settings
from .errors import AnalysisError
from .reading import data_files, json_documents


def run(settings: Settings) -> str:
    """Write the merged records; returns the exit message, raises AnalysisError if nothing could be joined."""
    if settings.ground_truth_source is None:
        raise AnalysisError("ground_truth_source is not set")
    labels = ground_truth(settings.ground_truth_source)
    merged = 0
    for path in data_files(settings.dataset_source):
        joined = list(_joined(records(path, settings.start_time, settings.end_time), labels))
        if joined:
            _write(_target(settings, path), joined)
        merged += len(joined)
    if not merged:
        raise AnalysisError("No captured record has ground truth of the same inferenceId or eventId")
    return "Completed: Job completed successfully."


def merged_records(settings: Settings) -> Iterator[Record]:
    """Return the records of a model-quality job: merged already, or merged here if it was given its ground
    truth."""
    found = records(settings.dataset_source, settings.start_time, settings.end_time)
    if settings.ground_truth_source is None:
        return (record for record in found if "groundTruthData" in record)
    return _joined(found, ground_truth(settings.ground_truth_source))


def ground_truth(source: Path) -> dict[str, dict[str, Any]]:
    """Return `groundTruthData` by eventId; of two labels for one id the later file, the later line holds."""
    found: dict[str, dict[str, Any]] = {}
    for path in data_files(source):
        for document in json_documents(path, lines=True):
            try:
                found[str(document["eventMetadata"]["eventId"])] = document["groundTruthData"]
            except (KeyError, TypeError) as error:
                raise AnalysisError(
                    f"{path.name} holds a line that is not ground truth: {error!r}"
                ) from error
    return found


def _joined(found: Iterator[Record], labels: dict[str, dict[str, Any]]) -> Iterator[Record]:
    for record in found:
        metadata = record.get("eventMetadata") or {}
        key = str(metadata.get("inferenceId") or metadata.get("eventId"))
        if key in labels:
            yield {**record, "groundTruthData": labels[key]}


def _target(settings: Settings, path: Path) -> Path:
    relative = (
        path.relative_to(settings.dataset_source) if path != settings.dataset_source else Path(path.name)
    )
    return settings.output_path / relative


def _write(path: Path, found: list[Record]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in found))
