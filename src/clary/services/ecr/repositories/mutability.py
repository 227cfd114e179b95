"""Whether a tag may be moved to another image: the setting of a repository, with the tags that are left out of it.

Source: "Preventing image tags from being overwritten" (Amazon ECR User Guide, image-tag-mutability).
"""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Members, Record, revise
from clary.services.ecr import names
from clary.services.ecr.errors import invalid
from clary.services.ecr.globs import matches
from clary.services.ecr.names import Params, on_repository
from clary.services.ecr.service import ecr

MEMBER, FILTERS = "imageTagMutability", "imageTagMutabilityExclusionFilters"
_MUTABLE, _IMMUTABLE = "MUTABLE", "IMMUTABLE"
_WITH_EXCLUSION = "_WITH_EXCLUSION"
_MOST_WILDCARDS = 2  # "a maximum of 2 wildcards (*) per filter"


def settings_in(params: Params) -> dict[str, Any]:
    """Return the setting that a request asks for. Raise InvalidParameterException."""
    kind, filters = params.get(MEMBER, _MUTABLE), params.get(FILTERS) or []
    if kind.endswith(_WITH_EXCLUSION) != bool(filters):
        raise invalid(FILTERS, "Filters are required for a tag mutability with exclusion, and for no other")
    if any(one["filter"].count("*") > _MOST_WILDCARDS for one in filters):
        raise invalid(FILTERS, "A filter can contain at most 2 wildcards")
    return {MEMBER: kind, FILTERS: filters or None}


def is_fixed(repository: Record, tag: str) -> bool:
    """Return whether a tag that exists must stay where it is."""
    kind = repository.spec.get(MEMBER, _MUTABLE)
    excluded = any(matches(one["filter"], tag) for one in repository.spec.get(FILTERS, ()))
    return kind.startswith(_IMMUTABLE) != excluded


@ecr.operation(on=on_repository, accepts=Members(f"registryId repositoryName {MEMBER} {FILTERS}"))
def put_image_tag_mutability(ctx: Context, params: Params) -> Params:
    """Change the setting of a repository."""
    record = names.load(ctx, params)
    given = settings_in(params)
    ctx.tx.update(revise(record, spec=given, modified=ctx.now))
    return names.about(record) | {name: value for name, value in given.items() if value}
