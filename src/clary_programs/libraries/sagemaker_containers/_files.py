"""Reading, writing and downloading files."""

from clary_programs.libraries._shared.files import (
    download_and_extract,
    read_file,
    read_json,
    s3_download,
    tmpdir,
    write_failure_file,
    write_file,
    write_success_file,
)

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
