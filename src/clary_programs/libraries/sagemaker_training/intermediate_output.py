"""Copying files of the intermediate folder to S3 while training goes on.

A process looks at the folder twice a second and uploads what has not changed since its last look; after the job has
left `success` or `failure` it uploads the rest and ends. Files that are removed stay in S3.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlparse

from . import environment, logging_config

intermediate_path = environment.output_intermediate_dir
failure_file_path = os.path.join(environment.output_dir, "failure")
success_file_path = os.path.join(environment.output_dir, "success")

LOOK_SECONDS = 0.5

_State = tuple[int, int]


def start_sync(
    s3_output_location: str | None, region: str | None, endpoint_url: str | None = None
) -> multiprocessing.Process | None:
    """Start the copying and return its process; None if there is nowhere to copy to, or the platform does it.

    The platform does it if the folder exists. Raise ValueError for an address that is neither S3's nor a
    file's.
    """
    if not s3_output_location or os.path.exists(intermediate_path):
        return None
    os.makedirs(intermediate_path)
    url = urlparse(s3_output_location)
    if url.scheme == "file":
        return None
    if url.scheme != "s3":
        raise ValueError(f"Expecting 's3' scheme, got: {url.scheme} in {url}")
    prefix = "/".join(
        filter(None, [url.path.strip("/"), os.environ.get("TRAINING_JOB_NAME"), "output/intermediate"])
    )
    arguments = (url.netloc, prefix, region, endpoint_url)
    process = multiprocessing.Process(target=_sync, args=arguments, daemon=True)
    process.start()
    return process


def _sync(bucket: str, prefix: str, region: str | None, endpoint_url: str | None) -> None:
    import boto3

    client = boto3.client("s3", region_name=region, endpoint_url=endpoint_url)

    def upload(path: Path) -> None:
        key = f"{prefix}/{path.relative_to(intermediate_path).as_posix()}"
        try:
            client.upload_file(str(path), bucket, key)
        except FileNotFoundError:
            pass
        except Exception:
            logging_config.get_logger().exception("Failed to upload file to s3.")

    _watch(upload)


def _watch(upload: Callable[[Path], None]) -> None:
    """Call `upload` for every state of a file that lasts, until the job has ended."""
    seen: dict[Path, _State] = {}
    done: dict[Path, _State] = {}
    ended = False
    while not ended:
        ended = os.path.exists(success_file_path) or os.path.exists(failure_file_path)
        for path, state in _files():
            if done.get(path) != state and (ended or seen.get(path) == state):
                upload(path)
                done[path] = state
            seen[path] = state
        if not ended:
            time.sleep(LOOK_SECONDS)


def _files() -> Iterator[tuple[Path, _State]]:
    for path in sorted(Path(intermediate_path).rglob("*")):
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        if path.is_file():
            yield path, (status.st_mtime_ns, status.st_size)
