"""The description of a transform job, and which of three sources each setting comes from. Opens no data.

`/opt/ml/config/transformjobconfig.json` holds the members of CreateTransformJob (of DescribeTransformJob, if you
like) and, for the agent alone:

| key | meaning |
|---|---|
| ServeCommand | list of str: starts the model server |
| ServedBeside | in its place, true: the server is in a container beside, and answers at CLARY_WORKER_SOCKET |
| Inputs | optional list of {"Path", "Key", "Bucket"}: the objects; Path is relative to the input folder. Without it every file there is one |
| ServePort | optional int: the HTTP port of a server that ignores SAGEMAKER_BIND_TO_PORT |
| ModelStartupTimeoutInSeconds | optional int, default 600 |

Source: AWS developer guide "Use your own inference code with batch transform"; contracts, section 15.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clary_programs.agents.transform.errors import TransformError
from clary_programs.contract.paths import Paths

FILE = "transformjobconfig.json"
MEGABYTE = 1 << 20
MULTI, SINGLE = "MultiRecord", "SingleRecord"
# The largest numbers that a container may propose: the API's own for a payload, and a bound on threads.
MOST = {"MaxConcurrentTransforms": 1000, "MaxPayloadInMB": 100}
# What containers and their environment call the strategies.
STRATEGY_WORDS = {MULTI: "MULTI_RECORD", SINGLE: "SINGLE_RECORD"}


@dataclass(frozen=True, slots=True)
class Item:
    """One input object: its file, its place under the output folder and its name in messages (bucket/key)."""

    path: Path
    relative: str
    name: str


@dataclass(frozen=True, slots=True)
class Settings:
    """The three settings that a container may propose. `max_payload` is in bytes, 0 is without limit."""

    concurrency: int = 1
    strategy: str = MULTI
    max_payload: int = 6 * MEGABYTE

    def __str__(self) -> str:
        size, word = self.max_payload // MEGABYTE, STRATEGY_WORDS[self.strategy]
        return f"MaxConcurrentTransforms={self.concurrency}, MaxPayloadInMB={size}, BatchStrategy={word}"


@dataclass(frozen=True, slots=True)
class TransformConfig:
    """One job, read from its file."""

    document: Mapping[str, object]
    items: list[Item] = field(default_factory=list)

    @classmethod
    def read(cls, paths: Paths) -> TransformConfig:
        """Raise TransformError for a file that is absent, no JSON, or that names no server."""
        path = paths.config / FILE
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise TransformError(f"cannot read {path}: {error}") from error
        if not document.get("ServeCommand") and not document.get("ServedBeside"):
            raise TransformError(f"{FILE} has neither ServeCommand nor ServedBeside")
        return cls(document, _items(document, input_folder(paths)))

    @property
    def serve_command(self) -> list[str]:
        return [str(word) for word in self.document["ServeCommand"]]

    @property
    def environment(self) -> dict[str, str]:
        """What the model's container gets beside its own variables; the three settings only where the request has them."""
        given = {
            "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": self.document.get("MaxConcurrentTransforms"),
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": self.document.get("MaxPayloadInMB"),
            "SAGEMAKER_BATCH_STRATEGY": STRATEGY_WORDS.get(self.document.get("BatchStrategy")),
        }
        own = {name: str(value) for name, value in (self.document.get("Environment") or {}).items()}
        return {**own, "SAGEMAKER_BATCH": "true", **{k: str(v) for k, v in given.items() if v is not None}}

    @property
    def split_type(self) -> str:
        return self._in("TransformInput", "SplitType") or "None"

    @property
    def content_type(self) -> str:
        return self._in("TransformInput", "ContentType") or ""

    @property
    def gzipped(self) -> bool:
        return self._in("TransformInput", "CompressionType") == "Gzip"

    @property
    def accept(self) -> str:
        return self._in("TransformOutput", "Accept") or ""

    @property
    def assemble_lines(self) -> bool:
        return self._in("TransformOutput", "AssembleWith") == "Line"

    @property
    def input_filter(self) -> str:
        return self._in("DataProcessing", "InputFilter") or "$"

    @property
    def output_filter(self) -> str:
        return self._in("DataProcessing", "OutputFilter") or "$"

    @property
    def joins_input(self) -> bool:
        return self._in("DataProcessing", "JoinSource") == "Input"

    @property
    def timeout_seconds(self) -> float:
        return float(self._in("ModelClientConfig", "InvocationsTimeoutInSeconds") or 600)

    @property
    def max_retries(self) -> int:
        value = self._in("ModelClientConfig", "InvocationsMaxRetries")
        return 3 if value is None else int(value)

    @property
    def startup_seconds(self) -> float:
        return float(self.document.get("ModelStartupTimeoutInSeconds") or 600)

    def _in(self, group: str, member: str) -> object:
        return (self.document.get(group) or {}).get(member)

    def settings(self, proposed: Mapping[str, object] | None) -> Settings:
        """Request before the container's answer to /execution-parameters before the defaults."""
        proposal, default = _proposal(proposed or {}), Settings()
        chosen = {
            name: self.document.get(name)
            for name in ("MaxConcurrentTransforms", "BatchStrategy", "MaxPayloadInMB")
        }
        merged = {name: proposal.get(name) if value is None else value for name, value in chosen.items()}
        payload = merged["MaxPayloadInMB"]
        return Settings(
            concurrency=max(1, int(merged["MaxConcurrentTransforms"] or default.concurrency)),
            strategy=merged["BatchStrategy"] or default.strategy,
            max_payload=default.max_payload if payload is None else int(payload) * MEGABYTE,
        )


def _proposal(proposed: Mapping[str, object]) -> dict[str, object]:
    """Return a container's proposal in the API's terms: MULTI_RECORD becomes MultiRecord. Leave out what the
    API rejects."""
    words = {word: name for name, word in STRATEGY_WORDS.items()} | {MULTI: MULTI, SINGLE: SINGLE}
    numbers = {name: _whole(proposed.get(name), most) for name, most in MOST.items()}
    return {**numbers, "BatchStrategy": words.get(str(proposed.get("BatchStrategy")))}


def _whole(value: object, most: int) -> int | None:
    """Return a whole number, also as text, from 0 to `most`; None for anything else."""
    text = str(value)
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
    return number if 0 <= number <= most else None


def input_folder(paths: Paths) -> Path:
    return paths.base / "processing" / "transform" / "input"


def output_folder(paths: Paths) -> Path:
    return paths.base / "processing" / "transform" / "output"


def partial_folder(paths: Paths) -> Path:
    """Return where outputs grow before they appear in the output folder."""
    return paths.base / "processing" / "transform" / "partial"


def _items(document: Mapping[str, object], folder: Path) -> list[Item]:
    named = document.get("Inputs")
    if named is None:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return [Item(path, str(path.relative_to(folder)), str(path.relative_to(folder))) for path in files]
    return [_item(entry, folder) for entry in named]


def _item(entry: Mapping[str, str], folder: Path) -> Item:
    relative = entry["Path"]
    path = folder / relative
    if not path.resolve().is_relative_to(folder.resolve()):
        raise TransformError(f"the input {relative} leads out of the input folder")
    name = "/".join(filter(None, [entry.get("Bucket"), entry.get("Key") or relative]))
    return Item(path, relative, name)
