"""GetAccountSetting and PutAccountSetting: whether layers may be mounted from other repositories of the registry.

Source: API_PutAccountSetting (Amazon ECR API Reference); what is about scanning and about policies of earlier is not here.
"""

from __future__ import annotations

from clary.kernel.errors import not_implemented, validation
from clary.plane import Context, Members
from clary.services.ecr.names import Params
from clary.services.ecr.registry import settings
from clary.services.ecr.service import ecr
from clary.store.api import Tx

BLOB_MOUNTING = "BLOB_MOUNTING"
_VALUES = ("ENABLED", "DISABLED")
_ELSEWHERE = ("BASIC_SCAN_TYPE_VERSION", "REGISTRY_POLICY_SCOPE")


def mounts(tx: Tx, scope: str) -> bool:
    return settings.get(tx, scope, BLOB_MOUNTING) == "ENABLED"


@ecr.operation
def get_account_setting(ctx: Context, params: Params) -> Params:
    """Return a setting of the registry."""
    _check_name("GetAccountSetting", params["name"])
    return {"name": BLOB_MOUNTING, "value": settings.get(ctx.tx, ctx.scope, BLOB_MOUNTING) or "DISABLED"}


@ecr.operation(accepts=Members("name value"))
def put_account_setting(ctx: Context, params: Params) -> Params:
    """Change a setting of the registry."""
    _check_name("PutAccountSetting", params["name"])
    if params["value"] not in _VALUES:
        raise validation(f"The value of {BLOB_MOUNTING} is one of {', '.join(_VALUES)}")
    settings.put(ctx.tx, ctx.scope, BLOB_MOUNTING, params["value"])
    return {"name": BLOB_MOUNTING, "value": params["value"]}


def _check_name(operation: str, name: str) -> None:
    if name in _ELSEWHERE:
        raise not_implemented("ecr", f"{operation} of {name}")
    if name != BLOB_MOUNTING:
        raise validation(f"There is no account setting {name}")
