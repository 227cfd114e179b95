"""DescribeRepositories: those that are named, or a page of all (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html)."""

from __future__ import annotations

from clary.plane import Context, Query
from clary.services.ecr import names, pages
from clary.services.ecr.errors import invalid
from clary.services.ecr.names import REPOSITORY, Params, on_repositories
from clary.services.ecr.repositories.shown import shown
from clary.services.ecr.service import ecr

_PAGE = 100


@ecr.operation(on=on_repositories)
def describe_repositories(ctx: Context, params: Params) -> Params:
    """Return repositories by name. Raise RepositoryNotFoundException where one of those that are named is not there."""
    given = params.get("repositoryNames")
    if given:
        if "nextToken" in params or "maxResults" in params:
            raise invalid("maxResults", "maxResults and nextToken cannot be used with repositoryNames")
        return {"repositories": [shown(names.named(ctx, ctx.tx, name)) for name in dict.fromkeys(given)]}
    limit = params.get("maxResults", _PAGE)
    after = pages.read(ctx, params)
    query = Query(order="id", after=(after[0], after[0]) if after else None, limit=limit + 1)
    found = ctx.tx.list(REPOSITORY.kind, ctx.scope, query)
    page = {"repositories": [shown(record) for record in found[:limit]]}
    return page | pages.more(ctx, [found[limit - 1].id] if len(found) > limit else None)
