"""The `train` and `validation` channels: what may be asked of them, their files or pipes, and the rows within.

Words as in aws/sagemaker-xgboost-container, `data_utils.py` and `channel_validation.py`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clary_programs.algorithms.xgboost import log
from clary_programs.algorithms.xgboost.content_types import SHORT, canonical
from clary_programs.algorithms.xgboost.errors import CustomerError
from clary_programs.formats import FormatError, decode, media
from clary_programs.formats.csv_text import sniff_delimiter
from clary_programs.formats.parquet import files_of
from clary_programs.formats.recordio import records
from clary_programs.formats.table import Table, stack

NAMES = ("train", "validation", "code")
MODES = ("File", "FastFile", "Pipe")
DEFAULT_TYPE = "text/libsvm"
MAX_DEPTH = 3
PIPE_WAIT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as configured. `kind` is a canonical content type."""

    name: str
    path: Path
    kind: str
    mode: str
    framed: bool

    def unloadable(self, error: Exception) -> CustomerError:
        """Return what is said of data that cannot be read, or that xgboost will not take."""
        return CustomerError(f"Failed to load {SHORT[self.kind]} data with exception:\n{error}")


def open_channels(config: Mapping[str, Mapping[str, Any]], data: Path) -> dict[str, Channel]:
    """Return the channels of `inputdataconfig.json` under the folder `data`. Raise CustomerError."""
    if "train" not in config:
        raise CustomerError("Missing required channel: train")
    for name in config:
        if name not in NAMES:
            raise CustomerError(f"Extraneous channel found: {name}")
    return {name: _channel(name, config[name], data) for name in NAMES[:2] if name in config}


def channel_at(path: Path, content_type: str, mode: str) -> Channel:
    """Return the channel whose files, or whose pipe, are at `path`. Raise CustomerError."""
    return _channel(path.name, {"ContentType": content_type, "TrainingInputMode": mode}, path.parent)


def read_channel(channel: Channel, weights: bool) -> Table | None:
    """Return all rows of a channel with their labels, None if there are none. Raise CustomerError."""
    try:
        tables = [
            decode(body, channel.kind, labels=1, weights=weights and channel.kind == media.CSV)
            for body in _bodies(channel)
            if body.strip()
        ]
        table = (
            stack([table for table in tables if table.rows]) if any(table.rows for table in tables) else None
        )
    except (FormatError, ValueError) as error:
        raise channel.unloadable(error) from None
    if table is not None and table.labels is None:
        raise CustomerError("Got input data without labels. Please check the input data set.")
    return table


def _channel(name: str, config: Mapping[str, Any], data: Path) -> Channel:
    kind, mode = (
        canonical(str(config.get("ContentType") or DEFAULT_TYPE)),
        config.get("TrainingInputMode", "File"),
    )
    if mode not in MODES:
        raise CustomerError(f"Channel configuration for '{name}' channel is not supported: {dict(config)}")
    if mode == "Pipe" and kind == media.LIBSVM:
        raise CustomerError("Pipe mode not supported for LibSVM.")
    return Channel(name, data / name, kind, mode, config.get("RecordWrapperType") == "RecordIO")


def _bodies(channel: Channel) -> Iterator[bytes]:
    if channel.mode == "Pipe":
        yield from _pipe_bodies(channel)
        return
    for path in _files(channel.path):
        body = path.read_bytes()
        _check_delimiter(channel, body)
        yield body


def _files(root: Path) -> list[Path]:
    """Return the channel's data files in the order of their paths, down to the container's depth of folders."""
    if not root.is_dir():
        return [root] if root.exists() else []
    found = []
    for path in sorted(root.rglob("*")):
        if path.name.startswith("."):
            raise CustomerError("Hidden file found in the data path! Remove that before training.")
        depth = len(path.relative_to(root).parts)
        if path.is_file() and depth > MAX_DEPTH:
            log.warning(f"{path} lies deeper than {MAX_DEPTH} folders and is not loaded.")
        elif path.is_file() and not path.name.startswith("_"):
            found.append(path)
    return found


def _check_delimiter(channel: Channel, body: bytes) -> None:
    line = body.strip(b"\r\n").split(b"\n", 1)[0]
    if channel.kind == media.CSV and line and sniff_delimiter(line) is None:
        shown = line[:50].decode("utf-8", "replace")
        raise CustomerError(f"Could not determine delimiter on line {shown}:\nCould not determine delimiter")


def _pipe_bodies(channel: Channel) -> Iterator[bytes]:
    path = channel.path.with_name(f"{channel.name}_0")
    deadline = time.monotonic() + PIPE_WAIT_SECONDS
    while not path.exists():
        if time.monotonic() > deadline:
            raise CustomerError(f"Pipe path {path} does not exist!")
        time.sleep(0.02)
    body = path.read_bytes()
    # recordio-protobuf is framed by itself; a wrapper frame around it would hold whole objects.
    if channel.framed and channel.kind != media.RECORDIO:
        yield from records(body)
    elif channel.kind == media.PARQUET:
        yield from files_of(body)
    else:
        yield body
