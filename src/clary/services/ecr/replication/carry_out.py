"""Replicate what was pushed: a consumer of the change feed writes the same image at each destination, in one transaction with
its position. No byte moves: the layers there name the same blobs.

What arrives by replication is not replicated on. A registry of another account must allow it by its policy, for
ecr:ReplicateImage, and ecr:CreateRepository where the repository is not there yet.
"""

from __future__ import annotations

from dataclasses import replace

from clary.kernel import AwsError, Caller
from clary.plane import Reaction, Record
from clary.plane.context import Context
from clary.services.ecr import names
from clary.services.ecr.images import manifests, pushes, rows
from clary.services.ecr.images.manifests import Manifest
from clary.services.ecr.layers import rows as layers
from clary.services.ecr.names import REPOSITORY
from clary.services.ecr.replication import configuration, status
from clary.services.ecr.replication.configuration import Destination
from clary.services.ecr.repositories import encryption, mutability
from clary.services.ecr.repositories.create import inserted
from clary.services.ecr.service import ecr
from clary.store.api import Change, Tx


@ecr.on_change(pushes.KIND)
def replicate(at: Reaction, change: Change) -> None:
    """Bring an image, or the deletion of one, to the destinations of its registry."""
    said = change.view
    source = names.find(at.tx, said["repository"])
    if source is None:
        return
    for to in configuration.destinations(at.tx, source.scope, source.id):
        if change.what == pushes.PUSHED:
            _push(at, source, to, said["digest"], said["tag"])
        elif to.deletes:
            _delete(at, source, to, said["digest"], said["tag"])


def _push(at: Reaction, source: Record, to: Destination, digest: str, tag: str) -> None:
    if rows.find(at.tx, source.arn, digest) is None:
        return  # it was deleted meanwhile
    try:
        _check_key(source)
        target = _target(at, source, to)
        _check_key(target)
        _check_tag(at.tx, target, tag, digest)
    except AwsError as error:
        status.write(at.tx, source.arn, digest, to, status.FAILED, error.code)
        return
    _copy(at, source, target, digest)
    if tag:
        rows.put_tag(at.tx, target.arn, tag, digest)
    status.write(at.tx, source.arn, digest, to, status.COMPLETE)


def _target(at: Reaction, source: Record, to: Destination) -> Record:
    """Return the repository at the destination, which is made if it is not there. Raise AccessDeniedException."""
    ctx = _context(at, source, to)
    arn = names.arn_in(ctx, to.registry, source.id)
    if to.registry != at.account:
        _require(ctx, "ecr:ReplicateImage", arn)
    found = at.tx.get(REPOSITORY.kind, to.scope, source.id)
    if found is not None:
        return found
    if to.registry != at.account:
        _require(ctx, "ecr:CreateRepository", arn)
    return inserted(at.tx, arn, to.scope, source.id, {mutability.MEMBER: "MUTABLE"}, at.now)


def _context(at: Reaction, source: Record, to: Destination) -> Context:
    """Return the call that the account of the source would make at the destination."""
    partition = at.platform.settings.partition
    root = f"arn:{partition}:iam::{at.account}:root"
    caller = Caller(at.account, root, at.account, root, is_root=True)
    services = at.platform.services
    return Context(
        at.platform, caller, to.registry, to.region, at.now, services["ecr"].model.operations["PutImage"],
        at.platform.ids.uuid(), tx=at.tx, inside=True,
    )  # fmt: skip


def _require(ctx: Context, action: str, arn: str) -> None:
    ctx.platform.authorizer.require(replace(ctx), action, (arn,), {}, {})


def _check_key(repository: Record) -> None:
    """Raise KmsException where the bytes would have to be encrypted again: rows share blobs."""
    if encryption.has_own_key(repository):
        raise AwsError("KmsException", "Repositories under keys of KMS are not replicated.")


def _check_tag(tx: Tx, target: Record, tag: str, digest: str) -> None:
    held = rows.tagged(tx, target.arn, tag) if tag else None
    if held not in (None, digest) and mutability.is_fixed(target, tag):
        raise AwsError("ImageTagAlreadyExistsException", "The tag is immutable at the destination.")


def _copy(at: Reaction, source: Record, target: Record, digest: str) -> None:
    """Write an image at the destination, with the images of an index and of those that it names."""
    waiting, seen = [digest], set[str]()
    while waiting:
        one = waiting.pop()
        image = None if one in seen else rows.find(at.tx, source.arn, one)
        seen.add(one)
        if image is not None and rows.find(at.tx, target.arn, one) is None:
            manifest = manifests.parse(image.manifest, image.media_type)
            waiting += [named.digest for named in manifest.images]
            _write(at, source, target, manifest)


def _write(at: Reaction, source: Record, target: Record, manifest: Manifest) -> None:
    """Write one image and the layers that it names. No byte moves."""
    for one in manifest.layers:
        layer = layers.find(at.tx, source.arn, one.digest)
        if layer is not None:
            layers.add(at.tx, layer._replace(repository=target.arn, scope=target.scope, touched=at.now))
    rows.insert(at.tx, target.arn, manifest, at.now)


def _delete(at: Reaction, source: Record, to: Destination, digest: str, tag: str) -> None:
    """Delete at the destination what was deleted at the source, if it is there and its registry lets the source."""
    target = at.tx.get(REPOSITORY.kind, to.scope, source.id)
    if target is None:
        return
    if to.registry != at.account:
        try:
            _require(_context(at, source, to), "ecr:ReplicateImage", target.arn)
        except AwsError:
            return
    if tag and rows.tagged(at.tx, target.arn, tag) == digest:
        rows.drop_tag(at.tx, target.arn, tag)
    elif not tag and not rows.indexes_of(at.tx, target.arn, digest):
        rows.drop(at.tx, target.arn, digest)
