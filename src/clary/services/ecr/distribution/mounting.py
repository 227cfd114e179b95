"""Mounting: a repository takes over a layer of another one of its registry, without bytes, where the registry's account says so.

Source: "Blob mounting in Amazon ECR" (Amazon ECR User Guide): it is off until PutAccountSetting turns it on, and needs
ecr:GetDownloadUrlForLayer on the repository that has the layer. Without it the client gets an upload.
"""

from __future__ import annotations

from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.sites import Visit
from clary.services.ecr import names
from clary.services.ecr.distribution import asking
from clary.services.ecr.distribution.visitors import account_of
from clary.services.ecr.layers import keys, rows
from clary.services.ecr.registry import account_settings
from clary.services.ecr.repositories import encryption
from clary.store.api import Tx


async def mount(visit: Visit, repository: str, digest: str, source: str) -> bool:
    """Return whether the layer was mounted. Raise AccessDeniedException where the visitor may push nothing there."""
    if not source:
        return False
    ctx = await asking.allowed(visit, "InitiateLayerUpload", repository)
    try:
        await visit.authorize("ecr:GetDownloadUrlForLayer", names.arn_in(ctx, account_of(visit), source))
    except AwsError:
        return False
    return await ctx.transact(lambda tx: _mounted(ctx, tx, repository, digest, source), write=True)


def _mounted(ctx: Context, tx: Tx, repository: str, digest: str, source: str) -> bool:
    if not account_settings.mounts(tx, ctx.scope):
        return False
    target = names.named(ctx, tx, repository)
    layer = rows.find(tx, names.arn_in(ctx, ctx.account, source), digest)
    if layer is None or layer.cipher == keys.OWN or encryption.has_own_key(target):
        return False  # "Repositories must use identical encryption type and keys."
    if not rows.add(tx, layer._replace(repository=target.arn, touched=ctx.now)):
        rows.touch(tx, target.arn, [digest], ctx.now)
    return True
