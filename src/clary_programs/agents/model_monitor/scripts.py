"""The user's record preprocessor and postprocessor, and the record object which AWS's documentation shows them.

It knows how to load and call a script; it does not know what is done with the rows.
"""

import importlib.util
import inspect
import json
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import AnalysisError
from .reading import Row

Handler = Callable[..., Any]


@dataclass
class EventData:
    """One side of an inference; `data` may be changed in place, as AWS's own example does."""

    data: Any
    encoding: str | None = None
    observedContentType: str | None = None  # AWS's spelling, which scripts read
    mode: str | None = None


@dataclass(frozen=True)
class EventMetadata:
    """Who and when: ids and times of an inference."""

    event_id: str | None = None
    event_time: str | None = None
    custom_attribute: list[str] | None = None


@dataclass(frozen=True)
class InferenceRecord:
    """What `preprocess_handler` is given (model-monitor-pre-and-post-processing, developer guide)."""

    endpoint_input: EventData | None = None
    endpoint_output: EventData | None = None
    batch_transform_output: EventData | None = None
    ground_truth: EventData | None = None
    event_metadata: EventMetadata = EventMetadata()
    event_version: str | None = None


def captured_record(document: dict[str, Any]) -> InferenceRecord:
    """Return the record object of a line of data capture."""
    captured, metadata = document.get("captureData") or {}, document.get("eventMetadata") or {}
    return InferenceRecord(
        endpoint_input=_event_data(captured.get("endpointInput")),
        endpoint_output=_event_data(captured.get("endpointOutput")),
        batch_transform_output=_event_data(captured.get("batchTransformOutput")),
        ground_truth=_event_data(document.get("groundTruthData")),
        event_metadata=EventMetadata(
            metadata.get("eventId"), metadata.get("inferenceTime"), metadata.get("customAttributes")
        ),
        event_version=document.get("eventVersion"),
    )


def file_record(data: Any, encoding: str) -> InferenceRecord:
    """Return the record object of a line of a file: a batch transform's, or a baseline's."""
    content_type = {"CSV": "text/csv", "JSON": "application/json"}[encoding]
    return InferenceRecord(batch_transform_output=EventData(data, encoding, content_type, "OUTPUT"))


def _event_data(section: dict[str, Any] | None) -> EventData | None:
    if section is None:
        return None
    data = section.get("data")
    if section.get("encoding") == "JSON" and isinstance(data, str):
        data = _parsed(data)
    return EventData(data, section.get("encoding"), section.get("observedContentType"), section.get("mode"))


def _parsed(data: str) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data


def preprocessed(script: Path, records: Iterable[InferenceRecord]) -> Iterator[Row]:
    """Yield the flat rows which `preprocess_handler` makes of the records: none, one or several of each.

    Rows whose keys are all digits are positional (AWS pads them with zeros so that they sort); they come out
    in the order of their keys.
    """
    handler = _handler(script, "preprocess_handler")
    wants_logger = len(inspect.signature(handler).parameters) > 1
    logger = logging.getLogger("preprocessor")
    for record in records:
        answer = (
            _called(script, handler, record, logger) if wants_logger else _called(script, handler, record)
        )
        yield from _rows(answer, script)


def _rows(answer: Any, script: Path) -> Iterator[Row]:
    for row in answer if isinstance(answer, list) else [answer]:
        if not isinstance(row, dict):
            raise AnalysisError(f"{script.name}: preprocess_handler must return a dict or a list of dicts")
        if row:
            yield {key: row[key] for key in sorted(row)} if positional(row) else row


def positional(row: Row) -> bool:
    """Return whether the row's keys are positions rather than names."""
    return all(str(key).isdigit() for key in row)


def postprocess(script: Path) -> None:
    """Run `postprocess_handler()`."""
    _called(script, _handler(script, "postprocess_handler"))


def _handler(script: Path, name: str) -> Handler:
    path = next(iter(sorted(script.glob("*.py"))), script) if script.is_dir() else script
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise AnalysisError(f"The script {path.name} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    _called(script, spec.loader.exec_module, module)
    handler = getattr(module, name, None)
    if not callable(handler):
        raise AnalysisError(f"{path.name} does not define {name}")
    return handler


def _called(script: Path, function: Handler, *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except Exception as error:  # whatever the user's code raises is the user's to read
        raise AnalysisError(f"{script.name} failed: {type(error).__name__}: {error}") from error
