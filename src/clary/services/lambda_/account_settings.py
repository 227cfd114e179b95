"""GetAccountSettings: the limits of an account and what of them is used."""

from __future__ import annotations

from typing import Any

from clary.plane import Context
from clary.services.lambda_ import archives
from clary.services.lambda_.concurrency import limits
from clary.services.lambda_.functions import code
from clary.services.lambda_.functions.noun import KIND
from clary.services.lambda_.service import lambda_

Params = dict[str, Any]
_STORED = (
    80_530_636_800  # bytes: 75 GB (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)
)
_ZIPPED = 52_428_800


@lambda_.operation
def get_account_settings(ctx: Context, params: Params) -> Params:
    """Return limits and use of the caller's account in this region."""
    return {
        "AccountLimit": {
            "TotalCodeSize": _STORED,
            "CodeSizeUnzipped": archives.UNZIPPED,
            "CodeSizeZipped": _ZIPPED,
            "ConcurrentExecutions": limits.ACCOUNT,
            "UnreservedConcurrentExecutions": limits.unreserved(ctx.tx, ctx.scope),
        },
        "AccountUsage": {
            "TotalCodeSize": code.stored(ctx.tx, ctx.account),
            "FunctionCount": ctx.tx.count(KIND, ctx.scope),
        },
    }
