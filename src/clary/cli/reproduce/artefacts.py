"""What is in a model: each file of its archive or folder by a digest. The archive's own bytes do not matter."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterator
from typing import Any

from clary.cli.reproduce.clients import Clients, Document, place_of

_PIECE = 1 << 20

Members = dict[str, str]
"""Name -> digest of the content, or where a link leads."""


def members(clients: Clients, job: Document) -> Members | None:
    """Return the files of a job's model; None where there is no model, or it can no longer be read."""
    uri = job.get("ModelArtifacts", {}).get("S3ModelArtifacts")
    if not uri:
        return None
    try:
        return dict(_of_archive(clients, uri) if uri.endswith(".tar.gz") else _of_folder(clients, uri))
    except (clients.s3.exceptions.ClientError, tarfile.TarError, OSError, EOFError):
        return None


def _of_archive(clients: Clients, uri: str) -> Iterator[tuple[str, str]]:
    """Read an archive from its beginning to its end, a piece at a time."""
    bucket, key = place_of(uri)
    body = clients.s3.get_object(Bucket=bucket, Key=key)["Body"]
    with tarfile.open(fileobj=body, mode="r|gz") as archive:
        for one in archive:
            if one.isfile():
                yield one.name, _digest(archive.extractfile(one))
            elif not one.isdir():
                yield one.name, f"-> {one.linkname}"


def _of_folder(clients: Clients, uri: str) -> Iterator[tuple[str, str]]:
    bucket, prefix = place_of(uri)
    pages = clients.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    for page in pages:
        for one in page.get("Contents", []):
            body = clients.s3.get_object(Bucket=bucket, Key=one["Key"])["Body"]
            yield one["Key"].removeprefix(prefix), _digest(body)


def _digest(file: Any) -> str:
    made = hashlib.sha256()
    while piece := file.read(_PIECE):
        made.update(piece)
    return made.hexdigest()
