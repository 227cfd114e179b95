"""What access control must know of Amazon ECR: whose a repository is, its policy with that of its registry, and the condition
keys of its page of the Service Authorization Reference, all of which are about tags.

Sources: "Private repository policies" and "Private registry permissions" (Amazon ECR User Guide).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from clary.access.document import listed
from clary.access.request_keys import Values
from clary.kernel import Arn
from clary.plane import Access, Context, Guard
from clary.services.ecr import names
from clary.services.ecr.registry import settings
from clary.services.ecr.service import ecr
from clary.store.api import Tx


def guard(ctx: Context, arn: str, params: Mapping[str, Any]) -> Guard:
    """Return the account of a repository, and the statements of its policy and of its registry's."""
    try:
        parsed = Arn.parse(arn)
    except ValueError:
        return Guard()
    if ctx.tx is not None:
        return Guard(parsed.account, _policy(ctx.tx, arn, parsed))
    with ctx.transaction() as at:
        return Guard(parsed.account, _policy(at.tx, arn, parsed))


def _policy(tx: Tx, arn: str, parsed: Arn) -> str | None:
    record = names.find(tx, arn)
    own = record.private.get("policy") if record else None
    registrys = settings.get(tx, f"{parsed.account}/{parsed.region}", settings.POLICY)
    return _together(own, registrys, arn)


@lru_cache(maxsize=1024)
def _together(own: str | None, registrys: str | None, arn: str) -> str | None:
    """Return one policy of two. A statement of a repository's policy names no resource: it is about the repository."""
    if own is None:
        return registrys
    document = json.loads(own)
    statements = [{**one, "Resource": arn} for one in listed(document.get("Statement", []))]
    if registrys is not None:
        statements += listed(json.loads(registrys).get("Statement", []))
    return json.dumps({**document, "Statement": statements})


def keys(ctx: Context, action: str, params: Mapping[str, Any], key: str) -> Values:
    """Return the tags of the repository for `ecr:ResourceTag/…`."""
    if not key.startswith("ecr:resourcetag/") or "repositoryName" not in params or ctx.tx is None:
        return None
    wanted = key.partition("/")[2]
    for arn in names.on_repository(ctx, dict(params)):
        for name, value in ctx.tx.tags(arn).items():
            if name.lower() == wanted:
                return (value,)
    return None


ecr.access = Access(keys=keys, guard=guard)
