"""Read an object of the user's in pieces, as the job's role, and its lines. No object is in memory as a whole."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from clary.kernel import AwsError
from clary.plane import World
from clary.services.s3.control.batch import acting
from clary.services.s3.control.batch.errors import JobFailure

Params = dict[str, Any]

PIECE = 1 << 20
LARGEST = 256 << 20  # bytes of a file of an inventory, which is read in one step
_LONGEST_LINE = 16 << 10  # bytes: a key has 1024, and each may be written with three letters


class Place(NamedTuple):
    """An object, as a manifest names it."""

    bucket: str
    key: str
    version: str | None = None
    etag: str | None = None


class Piece(NamedTuple):
    body: bytes
    is_last: bool
    encryption: str


def place_of(location: Params) -> Place:
    """Return the object that a JobManifestLocation names."""
    bucket, _, key = location["ObjectArn"].partition(":::")[2].partition("/")
    etag = location["ETag"].strip('"')
    return Place(bucket, key, location.get("ObjectVersionId"), etag)


def piece(world: World, place: Place, start: int, length: int = PIECE) -> Piece:
    """Return the bytes from `start`. Raise JobFailure where the role may not read them, or they are not there any more."""
    try:
        found = acting.call(world, "GetObject", _request(place, start, length))
    except AwsError as error:
        if error.code == "InvalidRange" and start == 0:
            return Piece(b"", True, "")  # an empty object has no range
        if not error.senders_fault:
            raise
        raise failure_of(place, error) from None
    body = found["Body"] if isinstance(found["Body"], bytes) else b"".join(found["Body"])
    size = int(found["ContentRange"].rpartition("/")[2])
    return Piece(body, start + len(body) >= size, found.get("ServerSideEncryption") or "")


def failure_of(place: Place, error: AwsError) -> JobFailure:
    """Return why a job fails whose manifest cannot be read."""
    if error.code in ("NoSuchKey", "NoSuchVersion", "NoSuchBucket", "PreconditionFailed"):
        etag = f" and ETag ({place.etag})" if place.etag else ""
        return JobFailure(
            "ManifestNotFound",
            f"Manifest object was not found at bucket ({place.bucket}), key ({place.key}){etag}.",
        )
    return JobFailure(
        "ManifestNotReadable",
        f"Error reading the manifest. Caused by: {error.code}. ErrorCode: {error.status}",
    )


def _request(place: Place, start: int, length: int) -> Params:
    version = {"VersionId": place.version} if place.version else {}
    same = {"IfMatch": f'"{place.etag}"'} if place.etag else {}
    whole = {"Bucket": place.bucket, "Key": place.key, **version, **same}
    return {**whole, "Range": f"bytes={start}-{start + length - 1}"}


def pieces(world: World, place: Place) -> Iterator[bytes]:
    """Yield a whole object."""
    start, is_last = 0, False
    while not is_last:
        found = piece(world, place, start)
        yield found.body
        start, is_last = start + len(found.body), found.is_last


def whole(world: World, place: Place, most: int) -> bytes:
    """Return a whole object. Raise JobFailure for one that is larger than `most` bytes."""
    found = piece(world, place, 0, most)
    if not found.is_last:
        raise unreadable()
    return found.body


def gunzipped(compressed: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bytes of a gzip file, a piece at a time, however much a piece swells to. Raise JobFailure for too large a file."""
    reader, size = zlib.decompressobj(wbits=31), 0
    for part in compressed:
        left = part
        while left:
            found = reader.decompress(left, PIECE)
            size += len(found)
            if size > LARGEST:
                raise JobFailure("InvalidManifest", "A file of the inventory report is too large.")
            yield found
            left = reader.unconsumed_tail
            if reader.eof and (left := left or reader.unused_data):
                reader = zlib.decompressobj(wbits=31)


def lines(parts: Iterable[bytes]) -> Iterator[str]:
    """Yield the lines of a file, without their ends. Raise JobFailure for what is no text or has too long a line."""
    rest = b""
    for part in parts:
        *ended, rest = (rest + part).split(b"\n")
        yield from map(_text, ended)
        if len(rest) > _LONGEST_LINE:
            raise unreadable()
    if rest:
        yield _text(rest)


def _text(line: bytes) -> str:
    if len(line) > _LONGEST_LINE or b"\0" in line:
        raise unreadable()
    try:
        return line.decode().rstrip("\r")
    except UnicodeDecodeError:
        raise unreadable() from None


def unreadable() -> JobFailure:
    return JobFailure("InvalidManifestContent", "Reading the manifest caused parsing errors.")
