"""The container-credentials protocol: temporary keys of a run's role, in exchange for the run's token.

Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from clary.plane import Platform, grants
from clary.wire import Request

PREFIX = grants.PATH
_LIFETIME_SECONDS = 3600


async def container_credentials(platform: Platform, request: Request) -> tuple[int, dict[str, Any]]:
    """Return the keys. Raise AccessDenied for another token, NotFound when the run has ended."""
    path, token = request.path.removeprefix(PREFIX), request.headers.get("authorization", "")
    found = await grants.keys_of(platform, path, token)
    key = found.credential
    expires = key.expires or platform.clock.now() + _LIFETIME_SECONDS
    return 200, {
        "AccessKeyId": key.access_key_id,
        "SecretAccessKey": key.secret,
        "Token": key.token,
        "Expiration": datetime.fromtimestamp(expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "RoleArn": found.role,
    }
