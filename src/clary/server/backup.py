"""Back up a home, in use or not, into one file: `clary backup`. Running jobs are not included, and continue.

    hold blobs -> a copy of the records at one moment -> the platform's own files -> the blobs in the copy

Nothing that the copy refers to can be deleted meanwhile, and a blob is complete before a row refers to it. So
the file is the platform at the moment of the copy, with every write that was acknowledged before.
"""

from __future__ import annotations

import io
import json
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, BinaryIO

from clary.kernel import machine_time
from clary.objects.holds import held
from clary.objects.parcels import parcels
from clary.plane.blobs import columns_of, named
from clary.server import archive
from clary.server.archive import Refused, Writer
from clary.server.home import Home, read_json
from clary.server.unfinished import unfinished
from clary.services import registry
from clary.store.api import Incompatible, Tx
from clary.store.snapshot import Snapshot, copied, snapshot


@dataclass(slots=True)
class Account:
    """The content of a backup: number of object files, total size in bytes, and blobs that could not be read."""

    files: int = 0
    bytes: int = 0
    lost: list[str] = field(default_factory=list)


def backup(folder: Path, target: Path, store: str) -> dict[str, Any]:
    """Write the backup of a home and return what it contains.

    `store` is the address of its records if they are elsewhere. Raise Refused, NoSpace or OSError; then there
    is no file.
    """
    kind = archive.packing(target)
    _check(Home(folder), target, store)
    home, account = Home.found(folder), Account()
    with unfinished(target) as file:
        with archive.packed(kind, file) as stream, held(home.objects):
            _write(home, target.parent, Writer(stream), account)
        size = file.seek(0, io.SEEK_END)
    return {"files": account.files, "bytes": account.bytes, "size": size, "lost": account.lost}


def _check(home: Home, target: Path, store: str) -> None:
    if store or (read_json(home.location) or {}).get("records") == "postgresql":
        raise Refused(
            "the records of this platform are in PostgreSQL: stop the platform, dump its database with pg_dump, and copy the home"
        )
    if not (home.database.exists() and home.objects.is_dir() and home.identity.exists()):
        raise Refused(f"there is no platform with records of its own in {home.path}")
    if target.exists():
        raise Refused(f"{target} exists; choose another file")


def _write(home: Home, folder: Path, writer: Writer, account: Account) -> None:
    with home.alone():  # so that no root key is replaced between the copy of the records and that of its file
        try:
            copy = snapshot(home.database, folder, _names)
        except Incompatible as error:
            raise Refused(f"{home.database} cannot be backed up: {error}") from None
        own = {path: path.read_bytes() for path in _own_files(home)}
    with copy.database as database, copy.seen as names:
        _add(writer, account, archive.MANIFEST, io.BytesIO(_manifest(copy, sealed=_is_sealed(home))))
        _add(writer, account, archive.DATABASE, database)
        for path, content in own.items():
            _add(writer, account, str(path.relative_to(home.path)), io.BytesIO(content))
        _add_records(home, folder, writer, account)
        _add_stores(home, folder, writer, account)
        _add_objects(home, (line.decode().rstrip("\n") for line in names), writer, account)
    writer.finish()


def _is_sealed(home: Home) -> bool:
    """Return whether it takes the sealing key to use what is in the home: all but homes of earlier versions."""
    return home.sealing_key.exists() or "sealed" in (read_json(home.identity) or {})


def _names(tx: Tx) -> BinaryIO:
    """Return the blobs that rows refer to, one per line, in an unnamed file."""
    names = tempfile.TemporaryFile()  # noqa: SIM115 (the caller closes it)
    names.writelines(f"{key}\n".encode() for key in named(tx, _columns(tx)))
    names.seek(0)
    return names  # type: ignore[return-value]


def _columns(tx: Tx) -> list[str]:
    """Return the columns that name blobs. A home of an earlier version has not all of the tables."""
    tables = {name for (name,) in tx.sql("select name from sqlite_master where type = 'table'")}
    return [column for column in columns_of(registry()) if column.partition(".")[0] in tables]


def _own_files(home: Home) -> Iterator[Path]:
    for pattern in archive.OWN_FILES:
        yield from (
            path
            for path in sorted(home.path.glob(pattern))
            if archive.belongs(str(path.relative_to(home.path)))
        )


def _manifest(copy: Snapshot[BinaryIO], *, sealed: bool) -> bytes:
    """Return what a backup says of itself; `sealed` is whether it takes the sealing key to read all of it."""
    about = {
        "format": archive.FORMAT,
        "version": version("clary"),
        "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(machine_time())),
        "steps": copy.steps,
        "sealed": sealed,
    }
    return json.dumps(about, indent=2).encode() + b"\n"


def _add(writer: Writer, account: Account, name: str, content: IO[bytes]) -> None:
    size = content.seek(0, io.SEEK_END)
    content.seek(0)
    writer.add(name, size, content)
    account.bytes += size


def _add_records(home: Home, folder: Path, writer: Writer, account: Account) -> None:
    """Add the queues and logs as they are after the copy of the control plane's store: no queue in that copy lacks a message
    that was acknowledged before."""
    if home.records.exists():
        with copied(home.records, folder) as content:
            _add(writer, account, archive.RECORDS, content)


def _add_stores(home: Home, folder: Path, writer: Writer, account: Account) -> None:
    """Add the stores of programs that outlive their runs, each as it is at some moment of this backup. One that is no SQLite
    file, or a link, is told as lost: programs write there."""
    for path in sorted(home.path.glob("lasting/*/*.db")):
        name = str(path.relative_to(home.path))
        if not archive.belongs(name):
            continue
        try:
            if path.is_symlink():
                raise Incompatible("it is a link")
            with copied(path, folder) as content:
                _add(writer, account, name, content)
        except Incompatible:
            account.lost.append(name)


def _add_objects(home: Home, keys: Iterable[str], writer: Writer, account: Account) -> None:
    for parcel in parcels(home.objects, keys, account.lost.append):
        with parcel.content:
            writer.add(archive.OBJECTS + parcel.name, parcel.size, parcel.content)
        account.files += 1
        account.bytes += parcel.size
