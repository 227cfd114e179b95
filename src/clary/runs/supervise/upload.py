"""Takes outputs to S3: single PUTs, or parts above 64 MB. Knows what an output is, not when it is due."""

from __future__ import annotations

import os

from . import archive, beneath
from .folder import below, ml_folder
from .s3 import S3, Body, split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SINGLE = 64 << 20  # bytes; larger objects go in parts
_PART = 16 << 20
_MOST_PARTS = 10_000


def send_file(s3: S3, uri: str, fd: int) -> None:
    """An open file to exactly this address."""
    bucket, key = split(uri)
    size = os.fstat(fd).st_size
    if size <= _SINGLE:
        s3.put(bucket, key, Body(fd=fd, size=size))
    else:
        _send_parts(s3, bucket, key, fd, size)


def _send_parts(s3: S3, bucket: str, key: str, fd: int, size: int) -> None:
    part = max(_PART, -(-size // (_MOST_PARTS - 1)))
    upload = s3.begin_parts(bucket, key)
    try:
        tags = [
            s3.put_part(bucket, key, upload, number, Body(fd=fd, offset=at, size=min(part, size - at)))
            for number, at in enumerate(range(0, size, part), start=1)
        ]
        s3.end_parts(bucket, key, upload, tags)
    except BaseException:
        s3.abort_parts(bucket, key, upload)
        raise


def send(run: str, spec: dict[str, Any], s3: S3, output: dict[str, Any]) -> None:
    """One output of all hosts. Raises what S3 raises; OSError when the disk is full."""
    roots = [ml_folder(run, host["name"]) for host in spec["hosts"]]
    if output["form"] == "tar.gz":
        _send_archive(run, s3, roots, output)
        return
    for root in roots:
        for found in beneath.walk(root, below(output["path"])):
            send_below(s3, root, output, found.path)


def _send_archive(run: str, s3: S3, roots: list[str], output: dict[str, Any]) -> None:
    packed = f"{run}/output.tar.gz"
    try:
        filled = archive.pack(roots, below(output["path"]), packed)
        if not filled and output["skip_empty"]:
            return
        with open(packed, "rb") as file:
            send_file(s3, output["target"], file.fileno())
    finally:
        if os.path.exists(packed):
            os.unlink(packed)


def send_below(s3: S3, root: str, output: dict[str, Any], name: str) -> None:
    """One file of a `files` output; one that went away meanwhile is passed over."""
    try:
        fd = beneath.open_file(root, f"{below(output['path'])}/{name}")
    except OSError as error:
        if beneath.is_gone(error):
            return
        raise
    try:
        send_file(s3, f"{output['target'].rstrip('/')}/{name}", fd)
    finally:
        os.close(fd)
