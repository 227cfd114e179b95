"""GetParametersByPath: the parameters of a hierarchy with their values."""

from __future__ import annotations

from clary.plane import Context
from clary.services.ssm import filters, views
from clary.services.ssm.listing import more, page, place
from clary.services.ssm.names import Params, check_path, path_target
from clary.services.ssm.rows import Span
from clary.services.ssm.service import ssm

_KEYS = ("Type", "KeyId", "Label")  # ParameterStringFilter (API reference)
_PAGE = 10


@ssm.operation(on=path_target, heavy=lambda params: "ParameterFilters" in params)
def get_parameters_by_path(ctx: Context, params: Params) -> Params:
    """Return a page of the parameters right in a path, or also of those below it."""
    path = check_path(params["Path"])
    wanted = filters.read(params.get("ParameterFilters", []), _KEYS, tags=False)
    begin = place(ctx, params.get("NextToken"))
    span = Span(path, params.get("Recursive", False))
    found = page(ctx, span, begin, wanted, params.get("MaxResults", _PAGE))
    decrypt = params.get("WithDecryption", False)
    shown = [views.parameter(ctx, version, decrypt=decrypt) for version in found.versions]
    return {"Parameters": shown, **more(ctx, found.next and list(found.next))}
