"""SetSecurityTokenServicePreferences: kept and shown by GetAccountSummary. Tokens are valid in all regions here."""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.iam.account import settings
from clary.services.iam.service import operation
from clary.store.api import Tx

Params = dict[str, Any]
_NAME = "token-preferences"
_VERSIONS = {"v1Token": 1, "v2Token": 2}


@operation()
def set_security_token_service_preferences(ctx: Context, params: Params) -> Params:
    settings.write(ctx.tx, ctx.account, _NAME, {"version": _VERSIONS[params["GlobalEndpointTokenVersion"]]})
    return {}


def version_of(tx: Tx, account: str) -> int:
    """Return the version of tokens from the global endpoint: 1, or 2."""
    return (settings.read(tx, account, _NAME) or {"version": 1})["version"]
