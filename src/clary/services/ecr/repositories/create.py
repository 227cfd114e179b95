"""CreateRepository (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html)."""

from __future__ import annotations

from typing import Any

from clary.kernel.errors import not_implemented
from clary.plane import Context, Members, Record
from clary.plane.nouns.tags import pairs_of
from clary.services.ecr import names
from clary.services.ecr.errors import invalid, repository_exists
from clary.services.ecr.names import REPOSITORY, Params, on_repository
from clary.services.ecr.repositories import mutability
from clary.services.ecr.repositories.shown import shown
from clary.services.ecr.repositories.tags import RULES
from clary.services.ecr.service import ecr
from clary.store.api import Exists, Tx

_AES = "AES256"
_SCANNING = "imageScanningConfiguration"
_ACCEPTS = Members(
    f"registryId repositoryName tags {mutability.MEMBER} {mutability.FILTERS} encryptionConfiguration {_SCANNING}"
)


@ecr.operation(on=on_repository, accepts=_ACCEPTS, also=(ecr.tagging("tags"),))
def create_repository(ctx: Context, params: Params) -> Params:
    """Create a repository. Raise RepositoryAlreadyExistsException."""
    _refuse_absent(params)
    if params.get("registryId", ctx.caller.account) != ctx.caller.account:
        raise invalid("registryId", "A repository is created in the registry of the caller's account")
    tags = RULES.check(pairs_of(params.get("tags")))
    record = made(ctx, ctx.tx, params["repositoryName"], mutability.settings_in(params))
    if tags:
        ctx.tx.tag(record.arn, tags)
    return {"repository": shown(record)}


def made(ctx: Context, tx: Tx, name: str, spec: dict[str, Any]) -> Record:
    """Insert a repository of the account and region of the call. Raise RepositoryAlreadyExistsException."""
    try:
        return inserted(tx, names.arn_in(ctx, ctx.account, name), ctx.scope, name, spec, ctx.now)
    except Exists:
        raise repository_exists(name, ctx.account) from None


def inserted(tx: Tx, arn: str, scope: str, name: str, spec: dict[str, Any], now: float) -> Record:
    """Insert a repository. Raise Exists."""
    spec = {member: value for member, value in spec.items() if value is not None}
    doc: dict[str, Any] = {"spec": spec, "status": {}, "private": {}}
    return tx.insert(Record(REPOSITORY.kind, scope, name, arn, doc=doc, created=now, modified=now))


def _refuse_absent(params: Params) -> None:
    """Raise NotImplemented for keys of KMS and for scanning, which nobody would carry out."""
    kind = (params.get("encryptionConfiguration") or {}).get("encryptionType", _AES)
    if kind != _AES:
        raise not_implemented("ecr", f"CreateRepository with encryptionType {kind}")
    if (params.get(_SCANNING) or {}).get("scanOnPush"):
        raise not_implemented("ecr", "CreateRepository with scanOnPush")
