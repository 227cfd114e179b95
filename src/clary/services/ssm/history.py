"""GetParameterHistory: the versions of a parameter, the oldest first, with their values and labels."""

from __future__ import annotations

from clary.plane import Context, Members
from clary.services.ssm import rows, views
from clary.services.ssm.listing import more, position
from clary.services.ssm.names import Params, target, wanted
from clary.services.ssm.service import ssm

_PAGE = 50


_ACCEPTS = Members("Name WithDecryption MaxResults NextToken")


@ssm.operation(on=target, accepts=_ACCEPTS, lane="compute")
def get_parameter_history(ctx: Context, params: Params) -> Params:
    """Return a page of versions. Raise ParameterNotFound."""
    after = position(ctx, params.get("NextToken")) or 0
    limit, decrypt = params.get("MaxResults", _PAGE), params.get("WithDecryption", False)
    with ctx.transaction() as at:
        newest = rows.require(at, wanted(ctx, params["Name"]).key)
        found = rows.history(at, newest.key, after, limit + 1)
        labels = rows.labels(at, newest.key)
        shown = [
            views.metadata(at, version, is_newest=version.number == newest.number)
            for version in found[:limit]
        ]
    for entry, version in zip(shown, found, strict=False):
        entry["Value"] = views.value(ctx, version, decrypt=decrypt)
        entry["Labels"] = [label for label, number in labels.items() if number == version.number]
    return {"Parameters": shown, **more(ctx, found[limit - 1].number if len(found) > limit else 0)}
