"""Puts inputs where the program expects them: which objects, under which names, to which host. AWS's own sentences
where they are missing.

Source of the rules: the container contract (S3Prefix is a string prefix; ShardedByS3Key gives object i to host i mod
n; ManifestFile's first element is the prefix) and SageMaker's developer guide.
"""

from __future__ import annotations

import calendar
import json
import os
import threading
import time
import zlib
from queue import Empty, SimpleQueue

from . import disk, limits, safe_open, unpack, witness
from .faults import Ended
from .folder import below, ml_folder
from .s3 import CHUNK, S3, Away, Cancelled, Listed, Refusal, split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_LINES = 8  # connections at once
_MANIFEST_LIMIT = 64 << 20


class Item:
    """One object and the name it gets below the input's folder."""

    __slots__ = ("bucket", "listed", "name")

    def __init__(self, bucket: str, listed: Listed, name: str) -> None:
        self.bucket = bucket
        self.listed = listed
        self.name = name


# which objects ----------------------------------------------------------------------------------------------------
def choose(s3: S3, item: dict[str, Any]) -> list[Item]:
    """Return the objects of an input, in key order. Ended (download) when there are none and some are
    required."""
    try:
        found = _CHOOSE[item["kind"]](s3, item["source"])
    except ValueError as error:
        raise Ended("download", f"ClientError: {error}") from None
    except Refusal as refusal:
        if not item["required"] and refusal.status == 404:
            return []
        raise _failed(refusal) from None
    if not found and item["required"]:
        raise Ended("download", _nothing(item["source"]))
    return found


def _prefix(s3: S3, source: str) -> list[Item]:
    bucket, prefix = split(source)
    found = [listed for listed in s3.list(bucket, prefix) if not listed.key.endswith("/")]
    return [Item(bucket, listed, _name(listed.key, prefix)) for listed in found]


def _name(key: str, prefix: str) -> str:
    """Return the key after the prefix. A prefix that ends within a name keeps that name whole, so none loses
    its beginning."""
    rest = key[len(prefix) :]
    if not prefix or prefix.endswith("/") or rest.startswith("/"):
        return rest.lstrip("/")
    return key[prefix.rfind("/") + 1 :]


def _object(s3: S3, source: str) -> list[Item]:
    bucket, key = split(source)
    found = [listed for listed in s3.list(bucket, key) if listed.key == key]
    return [Item(bucket, listed, key.rpartition("/")[2]) for listed in found]


def _manifest(s3: S3, source: str) -> list[Item]:
    bucket, key = split(source)
    try:
        entries = json.loads(s3.read(bucket, key, _MANIFEST_LIMIT))
        prefix = entries[0]["prefix"]
        names = [str(name) for name in entries[1:]]
    except (ValueError, LookupError, TypeError):
        raise ValueError(
            f'the manifest "{source}" is not a JSON array that begins with {{"prefix": ...}}'
        ) from None
    at, start = split(prefix)
    known = {listed.key: listed for listed in s3.list(at, start)}
    return [Item(at, _known(known, start + name, f"{prefix}{name}"), name.lstrip("/")) for name in names]


def _known(known: dict[str, Listed], key: str, uri: str) -> Listed:
    if key not in known:
        raise Refusal("NoSuchKey", 404, f"The specified key does not exist. ({uri})")
    return known[key]


def _found(s3: S3, source: str) -> list[Item]:
    """Return an object that the run does not fetch: whether it is there is the program's matter."""
    try:
        return _object(s3, source)
    except (ValueError, Refusal):
        return []


_CHOOSE = {"prefix": _prefix, "object": _object, "model": _object, "manifest": _manifest}


def _nothing(source: str) -> str:
    bucket = split(source)[0]
    return (
        f'ClientError: No S3 objects found under S3 URL "{source}" given in input data source. Please ensure that the '
        "bucket exists in the selected region, that objects exist under that S3 prefix, and that the role has "
        f'"s3:ListBucket" permissions on bucket "{bucket}".'
    )


def _failed(refusal: Refusal) -> Ended:
    return Ended("download", f"ClientError: Data download failed:{refusal}")


# to their places --------------------------------------------------------------------------------------------------
class Downloads:
    """Fetches File inputs of all hosts, several objects at once. `cancelled` ends it early.

    `seen` is what the inputs were, and the objects that the program fetches by itself (witness.py).
    """

    def __init__(self, run: str, spec: dict[str, Any], s3: S3) -> None:
        self._run = run
        self._spec = spec
        self._s3 = s3
        self._work: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._failure: BaseException | None = None
        self._size = 0
        self.seen: list[dict[str, Any]] = []

    def fetch(self) -> None:
        """Return when all is there. Raise Ended (download, disk, stopped)."""
        for item in self._spec["inputs"]:
            self._plan(item)
        for source in self._spec["sources"]:
            self.seen.append(witness.seen(source, source, _found(self._s3, source)))
        self._check_room()
        count = min(_LINES, self._work.qsize())
        threads = [threading.Thread(target=self._labour, daemon=True) for _ in range(count)]
        with limits.ModestMemory():  # headers of an archive are read whole
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        if self._failure:
            raise self._failure

    def _plan(self, item: dict[str, Any]) -> None:
        chosen = choose(self._s3, item)
        self.seen.append(witness.seen(below(item["path"]), item["source"], chosen))
        if item["mode"] == "Pipe":
            return
        hosts = self._spec["hosts"]
        for number, host in enumerate(hosts):
            mine = chosen[number :: len(hosts)] if item["sharded"] else chosen
            folder = ml_folder(self._run, host["name"])
            for one in mine:
                self._work.put(self._errand(folder, item, one))
                self._size += one.listed.size

    def _errand(self, folder: str, item: dict[str, Any], one: Item) -> Callable[[], None]:
        path = below(item["path"])
        if item["kind"] == "model":
            return lambda: self._unpack(folder, path, one)
        try:
            name = below(one.name)
        except ValueError:
            raise Ended(
                "download", f"ClientError: Data download failed:illegal object key {one.listed.key!r}"
            ) from None
        return lambda: self._fetch(folder, f"{path}/{name}", one, item["gunzip"])

    def _check_room(self) -> None:
        volume = self._spec["resources"]["volume"]
        if volume and self._size > volume * len(self._spec["hosts"]):
            raise Ended(
                "disk",
                f"ClientError: Data download failed:the input of {self._size} bytes does not fit the volume",
            )
        if self._size > disk.free(self._run):
            raise Ended("disk", "ClientError: Data download failed:no space left on device")

    def _labour(self) -> None:
        while self._failure is None:
            try:
                self._work.get_nowait()()
            except Empty:
                return
            except BaseException as error:
                self._failure = self._failure or translate(error, "download")

    def _fetch(self, folder: str, path: str, one: Item, gunzip: bool) -> None:
        if gunzip:
            path = path.removesuffix(".gz")
        elif _is_there(folder, path, one.listed):
            return
        part = f"{path}.clary-part"

        room = self._room()

        def write(pieces: Iterator[bytes]) -> None:
            fd = safe_open.open_file(folder, part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, make=True)
            with os.fdopen(fd, "wb") as file:
                for piece in _at_most(room, inflate(pieces)) if gunzip else pieces:
                    file.write(piece)

        self._s3.get(one.bucket, one.listed.key, write)
        stamp = _seconds(one.listed.modified)
        os.utime(f"{folder}/{part}", (stamp, stamp), follow_symlinks=False)
        os.replace(f"{folder}/{part}", f"{folder}/{path}")

    def _room(self) -> int:
        """Return bytes that one compressed object may become: its own size says nothing about that."""
        return min(int(disk.free(self._run) * 0.9), 3 * self._spec["resources"]["volume"] or 50 << 30)

    def _unpack(self, folder: str, path: str, one: Item) -> None:
        room = self._room()
        safe_open.empty(folder, path)
        self._s3.get(
            one.bucket,
            one.listed.key,
            lambda pieces: unpack.unpack(unpack.Stream(pieces), folder, path, room),
        )


def translate(error: BaseException, reason: str) -> BaseException:
    """Return a failure of a transfer as the reason that ends the run; anything else as it is."""
    said = "Data download failed" if reason == "download" else "Artifact upload failed"
    match error:
        case Refusal():
            return Ended(reason, f"ClientError: {said}:{error}")
        case Cancelled():
            return Ended("stopped")
        case Away():
            return Ended(reason, f"InternalServerError: {said}:{error}")
        case unpack.Unsafe():
            return Ended(reason, f"ClientError: {said}:{error}")
        case OSError() if error.errno in (28, 122):  # ENOSPC, EDQUOT
            return Ended("disk", f"ClientError: {said}:no space left on device")
        case OSError():
            return Ended(reason, f"ClientError: {said}:{error.strerror or error}")
    return error


def _at_most(room: int, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the same pieces. Ended (disk) when they are more than `room` bytes."""
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            raise Ended("disk", "ClientError: Data download failed:no space left on device")
        yield piece


def inflate(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Undo gzip, also of several members one after the other, in pieces of 1 MiB at most. Unsafe when it is no gzip."""
    engine = zlib.decompressobj(31)
    try:
        for piece in pieces:
            while piece:
                if engine.eof:
                    engine = zlib.decompressobj(31)
                yield engine.decompress(piece, CHUNK)
                piece = engine.unconsumed_tail or engine.unused_data
    except zlib.error as error:
        raise unpack.Unsafe(f"not gzip: {error}") from None
    if not engine.eof:
        raise unpack.Unsafe("the gzip data ends too early")


def _seconds(text: str) -> float:
    try:
        return float(calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")))
    except ValueError:
        return time.time()


def _is_there(folder: str, path: str, listed: Listed) -> bool:
    """Return whether an earlier supervisor fetched this very object: same size, same time."""
    try:
        info = os.stat(f"{folder}/{path}", follow_symlinks=False)
    except OSError:
        return False
    return (
        info.st_size == listed.size and bool(listed.modified) and info.st_mtime == _seconds(listed.modified)
    )
