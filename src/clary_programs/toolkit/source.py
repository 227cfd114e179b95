"""Fetch the user's code into the code folder, from S3, a local tarball or a local folder.

boto3 is imported only for an S3 address; it finds endpoint and credentials by itself (AWS_ENDPOINT_URL and
the credential chain). Does not know what the code is for.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from pathlib import Path
from urllib.parse import unquote, urlparse

from clary_programs.toolkit.errors import ClientError
from clary_programs.toolkit.unpack import unpack

_REMOTE = re.compile(r"(?!file:)[a-z+-]+://|[\w.-]+@[\w.-]+:", re.IGNORECASE)
_NO_REPOSITORY = (
    ": a job takes its code from S3; SDKs clone a Git repository (git_config) and upload what is in it"
)
_PATIENCE, _PAUSE = 120.0, 0.2  # seconds; beside them, boto3 tries again by itself


def fetch(address: str, folder: Path) -> None:
    """Put what `address` holds into `folder`; a folder named by itself stays as it is."""
    if address.lower().startswith("s3://"):
        _fetch_s3(address, folder)
        return
    path = Path(address.removeprefix("file://"))
    if not path.exists():
        hint = _NO_REPOSITORY if _REMOTE.match(address) else ""
        raise ClientError(f"the code at {address} does not exist{hint}")
    if path.resolve() == folder.resolve():
        return
    if path.is_dir():
        shutil.copytree(path, folder, dirs_exist_ok=True)
    elif path.name.endswith((".tar.gz", ".tgz", ".tar")):
        unpack(path, folder)
    else:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, folder)


def _fetch_s3(address: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="source-") as scratch:
        archive = Path(scratch) / "sourcedir.tar.gz"
        _download(address, archive)
        unpack(archive, folder)


def _download(address: str, path: Path) -> None:
    """Download an object. Wait for a platform that does not answer just now, as it starts again: a job survives that while it
    fetches its inputs, so it must not fail over its code."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ClientError as ServiceError

    end = time.monotonic() + _PATIENCE
    while True:
        try:
            return _download_once(address, path)
        except (Boto3Error, BotoCoreError, ServiceError) as error:
            if not _may_pass(error) or time.monotonic() > end:
                raise ClientError(f"cannot download the code from {address}: {error}") from error
        time.sleep(_PAUSE)


def _download_once(address: str, path: Path) -> None:
    import boto3

    parts = urlparse(address, allow_fragments=False)
    # Local mode of AWS's SDK names the endpoint by this variable, and the toolkit honours it.
    endpoint = os.environ.get("S3_ENDPOINT_URL") or None
    region = os.environ.get("AWS_REGION") or os.environ.get("SAGEMAKER_REGION") or None
    client = boto3.client("s3", region_name=region, endpoint_url=endpoint)
    client.download_file(parts.netloc, unquote(parts.path.lstrip("/")), str(path))


def _may_pass(error: Exception) -> bool:
    """Return whether nobody answered (S3, or where the role's credentials come from), or S3 said that it cannot at present."""
    from boto3.exceptions import RetriesExceededError
    from botocore.exceptions import ClientError as ServiceError
    from botocore.exceptions import ConnectionError as NotConnected
    from botocore.exceptions import CredentialRetrievalError, HTTPClientError

    if isinstance(error, ServiceError):
        return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500
    return isinstance(error, (CredentialRetrievalError, HTTPClientError, NotConnected, RetriesExceededError))
