"""Create further accounts, each with a root user and an access key."""

from __future__ import annotations

import json
from typing import Any

from clary.plane import Platform
from clary.server.accounts import ensure_account
from clary.wire import Request
from clary.wire.parse.body import whole

_MEMBERS = ("account", "access_key_id", "secret_access_key")


async def create_account(platform: Platform, request: Request) -> tuple[int, dict[str, Any]]:
    """Create the account that the body names; answer 400 if it names none."""
    try:
        wanted = json.loads(whole(request))
        account, key, secret = (str(wanted[name]) for name in _MEMBERS)
        await platform.store.run(
            lambda tx: ensure_account(
                tx, account, key, secret, platform.clock, platform.settings.sealing_key
            ),
            write=True,
        )
    except (ValueError, TypeError, LookupError) as error:
        return 400, {"message": f"This makes no account: {error}."}
    return 200, {"account": account, "access_key_id": key}
