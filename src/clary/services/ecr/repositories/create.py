"""CreateRepository (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html)."""

from __future__ import annotations

from typing import Any

from clary.kernel.errors import not_implemented
from clary.plane import Context, Members, Record
from clary.plane.nouns.tags import pairs_of
from clary.services.ecr import names
from clary.services.ecr.errors import invalid, repository_exists
from clary.services.ecr.names import REPOSITORY, Params, on_repository
from clary.services.ecr.repositories import encryption, mutability
from clary.services.ecr.repositories.shown import shown
from clary.services.ecr.repositories.tags import RULES
from clary.services.ecr.service import ecr
from clary.store.api import Tx

_SCANNING = "imageScanningConfiguration"
_ACCEPTS = Members(
    f"registryId repositoryName tags {mutability.MEMBER} {mutability.FILTERS} {encryption.MEMBER} {_SCANNING}"
)


@ecr.operation(on=on_repository, accepts=_ACCEPTS, also=(ecr.tagging("tags"),))
def create_repository(ctx: Context, params: Params) -> Params:
    """Create a repository. Raise RepositoryAlreadyExistsException."""
    _refuse_absent(params)
    if params.get("registryId", ctx.caller.account) != ctx.caller.account:
        raise invalid("registryId", "A repository is created in the registry of the caller's account")
    tags = RULES.check(pairs_of(params.get("tags")))
    record = _made(ctx, params)
    if tags:
        ctx.tx.tag(record.arn, tags)
    return {"repository": shown(record)}


def _made(ctx: Context, params: Params) -> Record:
    """Insert a repository of the account and region of the call. Raise RepositoryAlreadyExistsException, KmsException."""
    name, spec = params["repositoryName"], mutability.settings_in(params)
    arn = names.arn_in(ctx, ctx.account, name)
    if names.find(ctx.tx, arn) is not None:
        raise repository_exists(name, ctx.account)
    encrypted, private = encryption.chosen(ctx, arn, params)
    return inserted(ctx.tx, arn, ctx.scope, name, spec | encrypted, ctx.now, private)


def inserted(
    tx: Tx, arn: str, scope: str, name: str, spec: Params, now: float, private: Params | None = None
) -> Record:
    """Insert a repository. Raise Exists."""
    spec = {member: value for member, value in spec.items() if value is not None}
    doc: dict[str, Any] = {"spec": spec, "status": {}, "private": private or {}}
    return tx.insert(Record(REPOSITORY.kind, scope, name, arn, doc=doc, created=now, modified=now))


def _refuse_absent(params: Params) -> None:
    """Raise NotImplemented for scanning, which nobody would carry out."""
    if (params.get(_SCANNING) or {}).get("scanOnPush"):
        raise not_implemented("ecr", "CreateRepository with scanOnPush")
