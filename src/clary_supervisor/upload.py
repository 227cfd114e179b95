"""Takes outputs to S3: single PUTs, or parts above 64 MB. Knows what an output is, not when it is due."""

from __future__ import annotations

import os

from . import archive, safe_open, tree
from .account import refusal
from .folder import below, ml_folder
from .s3 import S3, Body, split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .account import Account

_SINGLE = 64 << 20  # bytes; larger objects go in parts
_PART = 16 << 20
_MOST_PARTS = 10_000
_LONGEST_KEY = 1024  # bytes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html


def send_file(s3: S3, uri: str, fd: int, kms_key: str = "") -> None:
    """Upload an open file to exactly this address, encrypted under a KMS key where one is named."""
    bucket, key = split(uri)
    size = os.fstat(fd).st_size
    if size <= _SINGLE:
        s3.put(bucket, key, Body(fd=fd, size=size), kms_key)
    else:
        _send_parts(s3, bucket, key, fd, size, kms_key)


def _send_parts(s3: S3, bucket: str, key: str, fd: int, size: int, kms_key: str) -> None:
    part = max(_PART, -(-size // (_MOST_PARTS - 1)))
    upload = s3.begin_parts(bucket, key, kms_key)
    try:
        tags = [
            s3.put_part(bucket, key, upload, number, Body(fd=fd, offset=at, size=min(part, size - at)))
            for number, at in enumerate(range(0, size, part), start=1)
        ]
        s3.end_parts(bucket, key, upload, tags)
    except BaseException:
        s3.abort_parts(bucket, key, upload)
        raise


def send(
    run: str, spec: dict[str, Any], s3: S3, output: dict[str, Any], account: Account
) -> dict[str, Any] | None:
    """Send one output of all hosts; return what an archive was, and None for files. Raises what S3 raises; Ended for what
    is too much; OSError when the disk is full."""
    roots = [ml_folder(run, host["name"]) for host in spec["hosts"]]
    if output["form"] == "tar.gz":
        return _send_archive(run, s3, roots, output, account)
    _send_files(s3, roots, output, account)
    return None


def _send_archive(
    run: str, s3: S3, roots: list[str], output: dict[str, Any], account: Account
) -> dict[str, Any] | None:
    packed = f"{run}/output.tar.gz"
    try:
        filled = archive.pack(roots, below(output["path"]), packed, account)
        if not filled and output["skip_empty"]:
            return None
        with open(packed, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            made = {
                "uri": output["target"],
                "bytes": size,
                "digest": Body(fd=file.fileno(), size=size).digest(),
            }
            send_file(s3, output["target"], file.fileno(), key_of(output))
            return made
    finally:
        if os.path.exists(packed):
            os.unlink(packed)


def _send_files(s3: S3, roots: list[str], output: dict[str, Any], account: Account) -> None:
    """All is looked at before the first one goes: of what cannot be sent whole, nothing is sent."""
    for root in roots:
        for member in tree.files(root, below(output["path"]), account):
            target(output, member.path)
            account.take(root, member.info.st_size)
    second = account.again()
    for root in roots:
        for member in tree.files(root, below(output["path"]), second):
            fd = member.open()
            if fd is not None:  # else it went away meanwhile
                _send(s3, target(output, member.path), root, fd, second, key_of(output))


def key_of(output: dict[str, Any]) -> str:
    """Return the KMS key of an output, or nothing: earlier versions knew none."""
    return output.get("kms_key", "")


def _send(s3: S3, address: str, root: str, fd: int, account: Account, kms_key: str) -> None:
    """Upload an open file and close it; it may have grown since it was counted."""
    try:
        account.take(root, os.fstat(fd).st_size)
        send_file(s3, address, fd, kms_key)
    finally:
        os.close(fd)


def target(output: dict[str, Any], name: str) -> str:
    """Return the address of a file of a `files` output. Ended (upload) for a name that is no key of S3."""
    prefix = output["target"].rstrip("/")
    try:
        length = len(split(f"{prefix}/{name}")[1].encode())
    except UnicodeEncodeError:
        raise refusal(f"the file name {os.fsencode(name)[-200:]!r} is not UTF-8") from None
    if length > _LONGEST_KEY:
        raise refusal(f"the key of the file {name[:200]!r} is longer than {_LONGEST_KEY} bytes")
    return f"{prefix}/{name}"


def send_below(s3: S3, root: str, output: dict[str, Any], name: str, account: Account) -> None:
    """One file of a continuous output; one that went away meanwhile is ignored."""
    address = target(output, name)
    try:
        fd = safe_open.open_file(root, f"{below(output['path'])}/{name}")
    except OSError as error:
        if safe_open.is_gone(error):
            return
        raise
    _send(s3, address, root, fd, account, key_of(output))
