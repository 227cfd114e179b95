"""Where the archive of a function or a layer can be had: a signed address of the platform, for ten minutes.

On AWS it is a presigned URL of a bucket of the service's own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

import orjson

from clary.kernel import AwsError
from clary.plane import Context
from clary.plane.sites import Visit
from clary.services.lambda_.service import lambda_
from clary.store.api import Tx
from clary.wire import Response

PATH = "/_lambda"
_SECONDS = 600.0
_TABLES = {"function": "lambda_code", "layer": "lambda_layer"}


def of_function(ctx: Context, scope: str, name: str, sha256: str) -> str:
    """Return the address of an archive of a function."""
    return _address(ctx, ["function", scope, name, sha256])


def of_layer(ctx: Context, scope: str, name: str, sha256: str) -> str:
    """Return the address of the archive of a layer version."""
    return _address(ctx, ["layer", scope, name, sha256])


def _address(ctx: Context, what: list[str]) -> str:
    body = orjson.dumps([*what, ctx.now + _SECONDS])
    token = base64.urlsafe_b64encode(_mac(ctx, body) + body).decode().rstrip("=")
    return f"{ctx.platform.settings.endpoint}{PATH}/{token}"


def _mac(ctx: Context, body: bytes) -> bytes:
    return hmac.digest(ctx.platform.settings.token_key, b"lambda-archive/" + body, hashlib.sha256)[:16]


@lambda_.site(path=PATH, open=True)
async def archive(visit: Visit) -> Response:
    """Send the archive that a signed address names. The address is the right to have it."""
    found = _read(visit.ctx, visit.segments)
    place = await visit.ctx.transact(lambda tx: _place(tx, found)) if found else ""
    if not place:
        raise AwsError("AccessDenied", "Request has expired", 403)
    return Response(200, [("content-type", "application/zip")], visit.ctx.platform.objects.get(place))


def _read(ctx: Context, segments: tuple[str, ...]) -> list[str]:
    token = segments[0] if len(segments) == 1 else ""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return []
    if len(raw) < 16 or not hmac.compare_digest(raw[:16], _mac(ctx, raw[16:])):
        return []
    *what, until = orjson.loads(raw[16:])
    return what if until >= ctx.now else []


def _place(tx: Tx, what: list[str]) -> str:
    kind, scope, name, sha256 = what
    rows = tx.sql(
        f"SELECT place FROM {_TABLES[kind]} WHERE scope = ? AND name = ? AND sha256 = ?", scope, name, sha256
    )
    return rows[0][0] if rows else ""
