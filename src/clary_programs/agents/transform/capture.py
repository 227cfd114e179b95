"""Data capture of a batch job: inference ids in the output, and manifests of what was read and written.

Uploads nothing: the folder it fills lies beside the output folder and mirrors DestinationS3Uri.
Source: AWS developer guide "Capture data from batch transform job"; contracts, section 15.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from clary_programs.agents.transform.association import Association, lines_of
from clary_programs.agents.transform.config import TransformConfig
from clary_programs.contract.paths import Paths

ID, TIME = "SageMakerInferenceId", "SageMakerInferenceTime"


def capture_folder(paths: Paths) -> Path:
    """Return what is to be uploaded to DestinationS3Uri, `input/…` and `output/…`."""
    return paths.base / "processing" / "transform" / "capture"


class Identified:
    """An association whose output records each carry a new id and the time the job started."""

    def __init__(self, inner: Association, config: TransformConfig, started: datetime) -> None:
        self._inner, self._time = inner, started.strftime("%Y-%m-%dT%H:%M:%SZ")
        kind = (config.accept or config.content_type).partition(";")[0].strip().lower()
        self._csv, self._json = kind == "text/csv", kind in ("application/json", "application/jsonlines")
        self._whole = kind == "application/json" and config.split_type == "None"

    def to_model(self, payload: bytes) -> bytes:
        return self._inner.to_model(payload)

    def to_output(self, payload: bytes, answer: bytes) -> bytes:
        output = self._inner.to_output(payload, answer)
        if not (self._csv or self._json):
            return output
        records = [output] if self._whole else lines_of(output)
        mark = self._row if self._csv else self._document
        return b"\n".join(map(mark, records)) + (b"\n" if output.endswith(b"\n") else b"")

    def _row(self, record: bytes) -> bytes:
        return b"%b,%b,%b" % (record, str(uuid.uuid4()).encode(), self._time.encode())

    def _document(self, record: bytes) -> bytes:
        value = json.loads(record)
        value = value if isinstance(value, dict) else {"SageMakerOutput": value}
        marked = {**value, ID: str(uuid.uuid4()), TIME: self._time}
        return json.dumps(marked, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def wants_ids(config: TransformConfig) -> bool:
    """Return whether GenerateInferenceId is on."""
    return bool((config.document.get("DataCaptureConfig") or {}).get("GenerateInferenceId"))


def write_manifests(config: TransformConfig, folder: Path, started: datetime, done: list[str]) -> None:
    """One manifest of the inputs and one of the outputs of the objects in `done`; nothing without DataCaptureConfig."""
    if not config.document.get("DataCaptureConfig") or not done:
        return
    hour = started.astimezone(UTC).strftime("%Y/%m/%d/%H")
    source = _uri(config.document, "TransformInput", "DataSource", "S3DataSource", "S3Uri")
    target = _uri(config.document, "TransformOutput", "S3OutputPath")
    lists = {"input": (source, done), "output": (target, [f"{name}.out" for name in done])}
    for side, (prefix, names) in lists.items():
        path = folder / side / hour / f"{uuid.uuid4()}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        manifest = [{"prefix": prefix if prefix.endswith("/") else f"{prefix}/"}, *names]
        path.write_text(json.dumps(manifest), encoding="utf-8")


def _uri(document: Mapping[str, object], *members: str) -> str:
    value: object = document
    for member in members:
        value = (value or {}).get(member)
    return str(value or "")
