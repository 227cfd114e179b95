"""The object store in a folder. Knows files and threads, no bucket.

    segments/<id>.seg      bodies up to 64 KiB, appended one after the other (segments.py)
    blobs/ab/cd/<rest>     larger ones, a file each
    tmp/<key>              those that are not whole yet

A file for each small object would cost a create and a rename (docs/decisions/0003-object-store.md).
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Literal, NamedTuple, ParamSpec, TypeVar

from clary.kernel import machine_time
from clary.objects import holds
from clary.objects.api import Blob, Missing, NoSpace
from clary.objects.encrypted_files import Source, opened_piece
from clary.objects.encryption import Keys, encrypt, pieces
from clary.objects.handles import Handle
from clary.objects.keys import Slice, new_file, parse
from clary.objects.segments import Segments
from clary.objects.uploads import Upload, make_folders, path_of, sync_folders

P = ParamSpec("P")
T = TypeVar("T")
SMALL = 64 << 10
_BUFFER = 512 << 10
_CHUNK = 1 << 20
_SEGMENTS = 16  # that are decrypted at a time
_THREADS = 8


class FileStore:
    """An ObjectStore in the folder `root`, made with mode 0700 if it is not there. For one event loop a process;
    several processes may share the folder.

    `synchronous` NORMAL survives the death of any process, but a power loss may take the last blobs; FULL waits for
    the disk before a blob is acknowledged.
    """

    def __init__(self, root: str | Path, *, synchronous: Literal["NORMAL", "FULL"] = "NORMAL") -> None:
        self._root = Path(root)
        self._durable = synchronous == "FULL"
        self._root.mkdir(mode=0o700, exist_ok=True)
        for folder in ("segments", "blobs", "tmp"):
            (self._root / folder).mkdir(mode=0o700, exist_ok=True)
        self._segments = Segments(self._root / "segments", durable=self._durable)
        self._pool = ThreadPoolExecutor(_THREADS, "clary-objects")
        self._syncing: asyncio.Task[None] | None = None
        self._next_sync: asyncio.Task[None] | None = None

    # ObjectStore -----------------------------------------------------------------------------------------------

    async def put(self, body: AsyncIterator[bytes] | bytes, keys: Keys = ()) -> Blob:
        if isinstance(body, bytes):
            small = len(body) <= SMALL
            return await (self._put_small(body, keys) if small else self._put_large([body], None, keys))
        chunks: list[bytes] = []
        size = 0
        async for chunk in body:
            chunks.append(chunk)
            size += len(chunk)
            if size > SMALL:
                return await self._put_large(chunks, body, keys)
        return await self._put_small(b"".join(chunks), keys)

    async def join(self, keys: Sequence[str]) -> Blob:
        parts = [parse(key) for key in keys]
        if sum(part.length if isinstance(part, Slice) else SMALL + 1 for part in parts) <= SMALL:
            return await self._put_small(b"".join(self._segments.read(part) for part in parts), ())  # type: ignore[arg-type]
        return await self._in_thread(self._join, parts)

    async def get(self, key: str, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        where = parse(key)
        if isinstance(where, Slice):
            body = self._segments.read(where)
            if piece := body[start : None if length is None else start + length]:
                yield piece
            return
        file = self._open(where)
        end = os.fstat(file.fd).st_size
        end = end if length is None else min(end, start + length)
        while start < end:
            piece = await self._in_thread(_read, file, min(_CHUNK, end - start), start)
            if not piece:
                raise Missing(key)  # cannot be: a blob never shrinks
            start += len(piece)
            yield piece

    async def decrypted(
        self, key: str, keys: Keys, sizes: Sequence[int], start: int = 0, length: int | None = None
    ) -> AsyncIterator[bytes]:
        length = sum(sizes) - start if length is None else length
        where = parse(key)
        if isinstance(where, Slice):
            source: Source = memoryview(self._segments.read(where))
        else:
            source = self._open(where)
        for piece in pieces(sizes, len(keys), start, length, _SEGMENTS):
            if isinstance(source, Handle):
                opened = await self._in_thread(opened_piece, source, keys, piece)
            else:
                opened = opened_piece(source, keys, piece)
            for part in opened:
                yield part

    def path(self, key: str) -> str | None:
        try:
            where = parse(key)
        except Missing:
            return None
        if isinstance(where, Slice):
            return None
        path = str(path_of(self._root, where))
        return path if os.path.exists(path) else None

    async def delete(self, key: str) -> None:
        try:
            where = parse(key)
        except Missing:
            return
        if isinstance(where, Slice):
            await self._in_thread(self._segments.delete, where)
        else:
            await self._in_thread(path_of(self._root, where).unlink, True)

    def deleting(self) -> AbstractContextManager[bool]:
        return holds.deleting(self._root)

    async def sweep(self, live: set[str], older_than: float) -> int:
        return await self._in_thread(self._sweep, live, older_than)

    def close(self) -> None:
        """Wait for what the threads are doing."""
        self._pool.shutdown()
        self._segments.close()

    # small -----------------------------------------------------------------------------------------------------

    async def _put_small(self, body: bytes, keys: Keys) -> Blob:
        with _full_disk():
            where = self._segments.append(encrypt(keys, body) if keys else body)
        if self._durable:
            await self._synced()
        return Blob(where.key, len(body), hashlib.md5(body, usedforsecurity=False).hexdigest())

    async def _synced(self) -> None:
        """One fdatasync for all that wait for the next one."""
        if self._next_sync is None:
            self._next_sync = asyncio.create_task(self._sync_after(self._syncing))
        await asyncio.shield(self._next_sync)

    async def _sync_after(self, previous: asyncio.Task[None] | None) -> None:
        if previous is not None:
            await asyncio.wait([previous])
        self._syncing, self._next_sync = self._next_sync, None
        await self._in_thread(self._segments.sync)

    # large -----------------------------------------------------------------------------------------------------

    async def _put_large(self, chunks: list[bytes], body: AsyncIterator[bytes] | None, keys: Keys) -> Blob:
        """Let two threads write and digest one buffer while the loop gathers the next."""
        upload = Upload(self._root, durable=self._durable, keys=keys)
        step = _Step()
        try:
            size = sum(map(len, chunks))
            async for chunk in body or _nothing():
                chunks.append(chunk)
                size += len(chunk)
                if size >= _BUFFER:
                    await step.done()
                    step = self._step(upload.write, upload.digest, chunks)
                    chunks, size = [], 0
            await step.done()
            step = self._step(upload.finish, upload.digest, chunks)
            md5 = await step.done()
        except BaseException as error:
            step.afterwards(upload.abandon)
            with _full_disk():
                raise error
        return Blob(upload.key, upload.size, md5)

    def _step(
        self, write: Callable[[list[bytes]], None], digest: Callable[[list[bytes]], str], chunks: list[bytes]
    ) -> _Step:
        return _Step(self._pool.submit(write, chunks), self._pool.submit(digest, chunks))

    def _join(self, parts: Sequence[Slice | str]) -> Blob:
        if len(parts) == 1 and isinstance(parts[0], str):
            return self._link(parts[0])
        upload = Upload(self._root, durable=self._durable)
        try:
            for part in parts:
                self._copy(part, upload)
            upload.finish()
        finally:
            upload.abandon()
        return Blob(upload.key, upload.size, "")

    def _copy(self, part: Slice | str, upload: Upload) -> None:
        if isinstance(part, Slice):
            upload.write([self._segments.read(part)])
        else:
            file = self._open(part)
            upload.copy(file.fd, 0, os.fstat(file.fd).st_size)

    def _link(self, part: str) -> Blob:
        """Return a second name for the same bytes. It is made young first: a sweep must not take it for a
        leftover."""
        key = new_file()
        source, target = path_of(self._root, part), path_of(self._root, key)
        try:
            os.utime(source)
            make_folders(target)
            os.link(source, target)
            if self._durable:
                sync_folders(target)
        except FileNotFoundError:
            raise Missing(part) from None
        return Blob(key, target.stat().st_size, "")

    def _open(self, key: str) -> Handle:
        try:
            return Handle(path_of(self._root, key), os.O_RDONLY)
        except FileNotFoundError:
            raise Missing(key) from None

    # -----------------------------------------------------------------------------------------------------------

    def _sweep(self, live: set[str], older_than: float) -> int:
        oldest = machine_time() - older_than
        swept = self._segments.sweep(live, older_than)
        for path in (self._root / "blobs").glob("??/??/*"):
            key = "f" + path.parent.parent.name + path.parent.name + path.name
            swept += key not in live and _unlink_old(path, oldest)
        return swept + sum(_unlink_old(path, oldest) for path in (self._root / "tmp").iterdir())

    async def _in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        with _full_disk():
            return await asyncio.wrap_future(self._pool.submit(work, *args, **kwargs))


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


class _Step(NamedTuple):
    """What two threads are doing with one buffer of an upload."""

    writing: Future[None] | None = None
    digesting: Future[str] | None = None

    async def done(self) -> str:
        """Wait for both. -> MD5 (hex) so far"""
        if self.writing is None or self.digesting is None:
            return ""
        await asyncio.wrap_future(self.writing)
        return await asyncio.wrap_future(self.digesting)

    def afterwards(self, clean: Callable[[], None]) -> None:
        """Clean up once the writing thread has let go of the file; at once if it has."""
        if self.writing is None:
            clean()
        else:
            self.writing.add_done_callback(lambda _: clean())


@contextmanager
def _full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoSpace(str(error)) from error
        raise


def _read(file: Handle, length: int, start: int) -> bytes:
    return os.pread(file.fd, length, start)


def _unlink_old(path: Path, oldest: float) -> bool:
    """Remove a file that is old and not being written."""
    try:
        file = Handle(path, os.O_RDONLY)
        fcntl.flock(file.fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        if os.fstat(file.fd).st_mtime > oldest:
            return False
        path.unlink()
    except (FileNotFoundError, BlockingIOError):
        return False
    return True
