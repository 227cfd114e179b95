"""Reading, writing and downloading files."""

from __future__ import annotations

from clary_programs.contract import outcome
from clary_programs.contract.paths import Paths
from clary_programs.libraries._shared.files import (
    download_and_extract,
    read_file,
    read_json,
    s3_download,
    tmpdir,
    write_file,
    write_success_file,
)

from . import logging_config

__all__ = [
    "download_and_extract",
    "read_file",
    "read_json",
    "s3_download",
    "tmpdir",
    "write_failure_file",
    "write_file",
    "write_success_file",
]


def write_failure_file(failure_msg: str) -> None:
    """Leave the reason of a failure in the output folder, unless one is there."""
    if not outcome.write_failure(Paths.of(), failure_msg):
        logging_config.get_logger().info("Failure file exists. Skipping creation....")
