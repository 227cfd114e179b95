"""Uploads as operations of the API and the distribution protocol both make them: find, append, complete.

Bytes are stored before a row names them. What a request that fails has stored is deleted, what a process that dies has stored
is found by the sweep.
"""

from __future__ import annotations

from collections.abc import AsyncIterable

from clary.plane import Context
from clary.services.ecr.errors import no_upload
from clary.services.ecr.layers import keys, storage, upload_rows
from clary.services.ecr.layers.storage import Stored
from clary.services.ecr.layers.upload_rows import Upload
from clary.services.ecr.names import named
from clary.store.api import Tx


def begin(ctx: Context, tx: Tx, name: str) -> str:
    """Begin an upload to a repository, and return its id. Raise RepositoryNotFoundException."""
    repository = named(ctx, tx, name)
    id = ctx.platform.ids.uuid()
    upload_rows.begin(tx, id, repository.arn, ctx.now)
    return id


async def find(ctx: Context, name: str, id: str) -> Upload:
    """Return an upload. Raise RepositoryNotFoundException, UploadNotFoundException."""

    def look(tx: Tx) -> Upload | None:
        return upload_rows.find(tx, id, named(ctx, tx, name).arn)

    found = await ctx.transact(look)
    if found is None:
        raise no_upload(id, name, ctx.account)
    return found


async def append(ctx: Context, name: str, upload: Upload, body: bytes | AsyncIterable[bytes]) -> Upload:
    """Store a body and add it to an upload. Raise UploadNotFoundException where another request has moved that on."""
    stored = await storage.store(ctx, upload.repository, body)
    if stored.size == 0:
        await storage.discard(ctx, stored.place)
        return upload
    if not await ctx.transact(lambda tx: _added(ctx, tx, upload, stored), write=True):
        await storage.discard(ctx, stored.place)
        raise no_upload(upload.id, name, ctx.account)
    return upload._replace(size=upload.size + stored.size)


def _added(ctx: Context, tx: Tx, upload: Upload, stored: Stored) -> bool:
    if not upload_rows.add(tx, upload, stored, ctx.now):
        return False
    keys.keep(ctx, tx, stored.cipher)
    return True


async def cancel(ctx: Context, upload: Upload) -> None:
    """Delete an upload and what has come of it."""
    await ctx.transact(lambda tx: upload_rows.drop(tx, upload.id, ctx.now), write=True)
