"""The key under which the bytes of a repository lie: the registry's own, or that of a repository with a key of KMS.

Rows say which by a number: that of a service key, or 0 for the repository's own.
"""

from __future__ import annotations

from clary.kernel import Arn
from clary.plane import Context, Record
from clary.services.ecr import names
from clary.services.ecr.errors import no_repository
from clary.services.ecr.layers.service_keys import service_keys
from clary.services.ecr.repositories import encryption
from clary.store.api import Tx

OWN = 0


async def new(ctx: Context, repository: str) -> tuple[int, bytes]:
    """Return the number and the key for new bytes of a repository (an ARN). Raise KmsException, RepositoryNotFoundException."""
    record = await _record(ctx, repository)
    if encryption.has_own_key(record):
        return OWN, await encryption.data_key(ctx, record)
    return await service_keys.current(ctx)


async def numbered(ctx: Context, repository: str, number: int) -> bytes:
    """Return the key of bytes that a repository names. Raise KmsException, RepositoryNotFoundException."""
    if number != OWN:
        return await service_keys.numbered(ctx, number)
    return await encryption.data_key(ctx, await _record(ctx, repository))


def keep(ctx: Context, tx: Tx, number: int) -> None:
    """Make sure that the key of a row that is written is in the store."""
    if number != OWN:
        service_keys.keep(ctx, tx, number)


async def _record(ctx: Context, repository: str) -> Record:
    record = await ctx.transact(lambda tx: names.find(tx, repository))
    if record is None:
        arn = Arn.parse(repository)
        raise no_repository(arn.resource.removeprefix("repository/"), arn.account)
    return record
