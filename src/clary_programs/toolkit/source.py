"""Fetch the user's code into the code folder, from S3, a local tarball or a local folder.

boto3 is imported only for an S3 address; it finds endpoint and credentials by itself (AWS_ENDPOINT_URL and
the credential chain). Does not know what the code is for.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlparse

from clary_programs.toolkit.errors import ClientError
from clary_programs.toolkit.unpack import unpack


def fetch(address: str, folder: Path) -> None:
    """Put what `address` holds into `folder`; a folder named by itself stays as it is."""
    if address.lower().startswith("s3://"):
        _fetch_s3(address, folder)
        return
    path = Path(address.removeprefix("file://"))
    if not path.exists():
        raise ClientError(f"the code at {address} does not exist")
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
    import boto3
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError
    from botocore.exceptions import ClientError as ServiceError

    parts = urlparse(address, allow_fragments=False)
    # Local mode of AWS's SDK names the endpoint by this variable, and the toolkit honours it.
    endpoint = os.environ.get("S3_ENDPOINT_URL") or None
    region = os.environ.get("AWS_REGION") or os.environ.get("SAGEMAKER_REGION") or None
    try:
        client = boto3.client("s3", region_name=region, endpoint_url=endpoint)
        client.download_file(parts.netloc, unquote(parts.path.lstrip("/")), str(path))
    except (Boto3Error, BotoCoreError, ServiceError) as error:
        raise ClientError(f"cannot download the code from {address}: {error}") from error
