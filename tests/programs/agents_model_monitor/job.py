"""A folder laid out like /opt/ml, and the analyser run over it as a monitoring job would."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from clary_programs.agents.model_monitor.__main__ import main

BASELINE_FORMAT = '{"csv":{"header":true,"output_columns_position":"START"}}'
CAPTURE_FORMAT = '{"sagemakerCaptureJson":{"captureIndexNames":["endpointInput","endpointOutput"]}}'
MERGE_FORMAT = '{"sagemakerMergeJson":{"captureIndexNames":["endpointOutput"]}}'


class Job:
    """One /opt/ml; `run` leaves the exit code, the reports are read with `document`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, text: str | bytes) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
        return target

    def run(self, **variables: str) -> int:
        defaults = {
            "SAGEMAKER_BASE_DIR": str(self.root),
            "dataset_source": "/opt/ml/processing/input/data",
            "dataset_format": BASELINE_FORMAT,
            "output_path": "/opt/ml/processing/output",
        }
        return main({**defaults, **variables})

    def document(self, name: str) -> dict[str, Any]:
        return json.loads((self.root / "processing/output" / name).read_text())

    @property
    def message(self) -> str:
        return (self.root / "output/message").read_text()

    @property
    def violations(self) -> list[dict[str, str]]:
        return self.document("constraint_violations.json")["violations"]

    def features(self, name: str = "statistics.json") -> dict[str, dict[str, Any]]:
        return {feature["name"]: feature for feature in self.document(name)["features"]}

    def metric_lines(self) -> list[dict[str, Any]]:
        return [
            json.loads(line) for line in (self.root / "output/metrics/cloudwatch").read_text().splitlines()
        ]

    def baseline(self, csv: str, **variables: str) -> None:
        """Run a baseline and move its reports where a monitoring job finds them."""
        self.write("processing/input/data/base.csv", csv)
        assert self.run(**variables) == 0, self.message
        for name in ("statistics", "constraints"):
            text = (self.root / f"processing/output/{name}.json").read_text()
            self.write(f"processing/baseline/{name}/{name}.json", text)

    def monitor(self, **variables: str) -> int:
        defaults = {
            "dataset_source": "/opt/ml/processing/input/endpoint",
            "dataset_format": CAPTURE_FORMAT,
            "baseline_constraints": "/opt/ml/processing/baseline/constraints/constraints.json",
            "baseline_statistics": "/opt/ml/processing/baseline/statistics/statistics.json",
        }
        return self.run(**{**defaults, **variables})

    def capture(self, found: Iterable[Mapping[str, Any]], name: str = "00-00-000-x.jsonl") -> None:
        lines = "".join(json.dumps(record) + "\n" for record in found)
        self.write(f"processing/input/endpoint/AllTraffic/2030/01/02/03/{name}", lines)


def captured(
    sent: Any, answered: Any, encoding: str = "CSV", event_id: str = "e-1", **metadata: Any
) -> dict[str, Any]:
    """A line of data capture (developer guide, "Capture data")."""
    kind = {"CSV": "text/csv", "JSON": "application/json", "BASE64": "text/csv"}[encoding]

    def section(mode: str, data: Any) -> dict[str, Any]:
        return {"observedContentType": kind, "mode": mode, "data": data, "encoding": encoding}

    return {
        "captureData": {
            "endpointInput": section("INPUT", sent),
            "endpointOutput": section("OUTPUT", answered),
        },
        "eventMetadata": {"eventId": event_id, "inferenceTime": "2030-01-02T03:04:05Z", **metadata},
        "eventVersion": "0",
    }
