"""GetParameterHistory: the versions of a parameter, the oldest first, with their values and labels."""

from __future__ import annotations

from collections.abc import Mapping

from clary.plane import Context
from clary.services.ssm import rows, views
from clary.services.ssm.listing import more, position
from clary.services.ssm.names import Params, target, wanted
from clary.services.ssm.rows import Version
from clary.services.ssm.service import ssm

_PAGE = 50


@ssm.operation(on=target, heavy=lambda params: params.get("WithDecryption", False))
def get_parameter_history(ctx: Context, params: Params) -> Params:
    """Return a page of versions. Raise ParameterNotFound."""
    after = position(ctx, params.get("NextToken")) or 0
    limit, decrypt = params.get("MaxResults", _PAGE), params.get("WithDecryption", False)
    newest = rows.require(ctx, wanted(ctx, params["Name"]).key)
    found = rows.history(ctx, newest.key, after, limit + 1)
    labels = rows.labels(ctx, newest.key)
    shown = [_shown(ctx, version, newest, labels, decrypt) for version in found[:limit]]
    return {"Parameters": shown, **more(ctx, found[limit - 1].number if len(found) > limit else 0)}


def _shown(
    ctx: Context, version: Version, newest: Version, labels: Mapping[str, int], decrypt: bool
) -> Params:
    return {
        **views.metadata(ctx, version, is_newest=version.number == newest.number),
        "Value": views.value(ctx, version, decrypt=decrypt),
        "Labels": [label for label, number in labels.items() if number == version.number],
    }
