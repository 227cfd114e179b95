"""The end of an upload: its parts become a layer of the repository, if they are what the client says.

Parts are joined in the kernel. One that is the whole layer is taken over as it is. Where another repository of the registry
has the layer, its bytes are used, and those that came are let go.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.ecr.layers import keys, rows, storage, upload_rows
from clary.services.ecr.layers.rows import Layer
from clary.services.ecr.layers.storage import Bytes
from clary.services.ecr.layers.upload_rows import Part, Upload
from clary.store.api import Tx

Params = dict[str, object]


async def complete(ctx: Context, upload: Upload, digest: str) -> bool:
    """Make a layer of an upload; return False where the repository had it already. Raise InvalidLayerException, and then
    nothing is left of the upload."""
    parts = await ctx.transact(lambda tx: upload_rows.parts(tx, upload.id))
    if await _digest_of(ctx, upload.repository, parts) != digest:
        await ctx.transact(lambda tx: upload_rows.drop(tx, upload.id, ctx.now), write=True)
        message = f"The digest of the layer that was uploaded is not the one that was given, {digest}"
        raise AwsError("InvalidLayerException", message)
    whole = await _whole(ctx, upload.repository, parts)
    made = len(parts) != 1
    try:
        return await ctx.transact(lambda tx: _written(ctx, tx, upload, digest, whole), write=True)
    except AwsError:
        if made:
            await storage.discard(ctx, whole.place)
        raise


async def _digest_of(ctx: Context, repository: str, parts: Sequence[Part]) -> str:
    if len(parts) == 1:
        return parts[0].sha256
    return await storage.digest_of(ctx, repository, [part.bytes for part in parts])


async def _whole(ctx: Context, repository: str, parts: Sequence[Part]) -> Bytes:
    """Return where all the bytes lie together. Parts under different keys are written again under one."""
    if len(parts) == 1:
        return parts[0].bytes
    if not parts:
        stored = await storage.store(ctx, repository, b"")
        return Bytes(stored.place, stored.cipher, (0,))
    if len({part.cipher for part in parts}) > 1:
        every = storage.read_all(ctx, repository, [part.bytes for part in parts])
        again = await storage.store(ctx, repository, every)
        return Bytes(again.place, again.cipher, (again.size,))
    place = await storage.join(ctx, [part.place for part in parts])
    return Bytes(place, parts[0].cipher, tuple(part.size for part in parts))


def _written(ctx: Context, tx: Tx, upload: Upload, digest: str, whole: Bytes) -> bool:
    """Write the layer in place of the upload. Raise UploadNotFoundException where another request has ended it."""
    now = upload_rows.find(tx, upload.id, upload.repository)
    if now is None or now.size != upload.size:
        raise AwsError("UploadNotFoundException", f"The upload with id '{upload.id}' has changed meanwhile")
    keys.keep(ctx, tx, whole.cipher)
    known = None if whole.cipher == keys.OWN else rows.in_registry(tx, ctx.scope, digest)
    used = known.bytes if known else whole
    layer = Layer(
        upload.repository, digest, ctx.scope, used.place, upload.size, orjson.dumps(used.sizes).decode(),
        used.cipher, "", ctx.now,
    )  # fmt: skip
    added = rows.add(tx, layer)
    if not added:
        rows.touch(tx, upload.repository, [digest], ctx.now)
    upload_rows.drop(tx, upload.id, ctx.now, kept=used.place)
    if used.place != whole.place:
        rows.let_go(tx, [whole.place], ctx.now)
    return added
