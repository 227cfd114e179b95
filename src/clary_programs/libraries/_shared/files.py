"""Reading, writing and downloading files.

Sources: aws/sagemaker-containers `_files.py`, aws/sagemaker-training-toolkit `files.py`.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from clary_programs.contract import outcome
from clary_programs.contract.paths import Paths
from clary_programs.toolkit.source import fetch


def write_success_file() -> None:
    """Leave the empty file `success` in the output folder."""
    outcome.write_success(Paths.of())


def write_failure_file(failure_msg: str) -> None:
    """Leave the reason of a failure in the output folder, in place of one that is there.

    Its first 1,024 characters become FailureReason.
    """
    outcome.write_failure(Paths.of(), failure_msg, replace=True)


@contextmanager
def tmpdir(suffix: str = "", prefix: str = "tmp", directory: str | None = None) -> Iterator[str]:
    """Make a folder that is there until the block ends."""
    with tempfile.TemporaryDirectory(suffix, prefix, directory) as path:
        yield path


def write_file(path: str, data: str | bytes, mode: str = "w") -> None:
    """Write a file opened with `mode`."""
    with open(path, mode) as file:
        file.write(data)


def read_file(path: str, mode: str = "r") -> Any:
    """Return the content of a file opened with `mode`."""
    with open(path, mode) as file:
        return file.read()


def read_json(path: str) -> Any:
    """Return what a JSON file holds."""
    return json.loads(read_file(path))


def download_and_extract(uri: str, path: str) -> None:
    """Put the code at an S3 address, in a tarball, a folder or a file into a folder, unless that has files
    already.

    Raise ClientError where the code cannot be had, or its tarball leads out of the folder.
    """
    folder = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        fetch(uri, folder)


def s3_download(url: str, dst: str) -> None:
    """Download one object of S3. Raise ValueError for another address, and what boto3 raises."""
    parts = urlparse(url, allow_fragments=False)
    if parts.scheme != "s3":
        raise ValueError(f"Expecting 's3' scheme, got: {parts.scheme} in {url}")
    import boto3

    region = os.environ.get("AWS_REGION") or os.environ.get("SAGEMAKER_REGION") or None
    client = boto3.client("s3", region_name=region, endpoint_url=os.environ.get("S3_ENDPOINT_URL") or None)
    client.download_file(parts.netloc, parts.path.lstrip("/"), dst)
