"""How repositories and registries are named: ARNs, the registry that a request is about, the URI of a repository."""

from __future__ import annotations

from typing import Any

from clary.kernel import Arn
from clary.plane import Context, Key, Noun, Record
from clary.services.ecr.errors import no_repository
from clary.services.ecr.service import ecr
from clary.store.api import Tx

Params = dict[str, Any]

REPOSITORY = ecr.declare(Noun("Repository", arn="repository/{repositoryName}", key=Key("repositoryName")))
_SUFFIXES = {"aws-cn": "amazonaws.com.cn"}


def registry_in(ctx: Context, params: Params) -> str:
    """Return the account whose registry a request is about."""
    return params.get("registryId") or ctx.account


def arn_in(ctx: Context, registry: str, name: str) -> str:
    return f"arn:{ctx.partition}:ecr:{ctx.region}:{registry}:repository/{name}"


def on_repository(ctx: Context, params: Params) -> list[str]:
    """Return the ARN of the repository that a request names."""
    return [arn_in(ctx, registry_in(ctx, params), params["repositoryName"])]


def on_repositories(ctx: Context, params: Params) -> list[str]:
    """Return the ARNs of the repositories that a request names, or of all in the registry."""
    registry = registry_in(ctx, params)
    return [arn_in(ctx, registry, name) for name in params.get("repositoryNames") or ["*"]]


def on_resource(ctx: Context, params: Params) -> list[str]:
    return [params["resourceArn"]]


def find(tx: Tx, arn: str) -> Record | None:
    """Return the repository with this ARN, None where there is none."""
    try:
        parsed = Arn.parse(arn)
    except ValueError:
        return None
    name = parsed.resource.removeprefix("repository/")
    if parsed.service != "ecr" or name == parsed.resource:
        return None
    return tx.get(REPOSITORY.kind, f"{parsed.account}/{parsed.region}", name)


def load(ctx: Context, params: Params) -> Record:
    """Return the repository that a request names, of the account that owns it. Raise RepositoryNotFoundException."""
    return named(ctx, ctx.tx, params["repositoryName"])


def named(ctx: Context, tx: Tx, name: str) -> Record:
    record = tx.get(REPOSITORY.kind, ctx.scope, name)
    if record is None:
        raise no_repository(name, ctx.account)
    return record


def about(record: Record) -> Params:
    """Return the members by which most answers name a repository."""
    return {"registryId": registry_of(record), "repositoryName": record.id}


def registry_of(record: Record) -> str:
    return record.scope.partition("/")[0]


def host_of(partition: str, registry: str, region: str) -> str:
    """Return the host name of a registry, as AWS spells it."""
    return f"{registry}.dkr.ecr.{region}.{_SUFFIXES.get(partition, 'amazonaws.com')}"


def uri_of(record: Record) -> str:
    """Return the URI that clients push to and pull from."""
    arn = Arn.parse(record.arn)
    return f"{host_of(arn.partition, arn.account, arn.region)}/{record.id}"
