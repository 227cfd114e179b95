"""GetAuthorizationToken: what `docker login` takes, user `AWS` and a password that is good for 12 hours.

Source: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html.
"""

from __future__ import annotations

import base64

from clary.access.directory import Directory
from clary.plane import Context
from clary.services.ecr import names
from clary.services.ecr.names import Params
from clary.services.ecr.service import ecr
from clary.services.ecr.tokens import passwords
from clary.services.ecr.tokens.passwords import Pass

USER = "AWS"
_SECONDS = 12 * 3600


@ecr.operation(lane="read")
def get_authorization_token(ctx: Context, params: Params) -> Params:
    """Return a token for the caller's own registry, or one for each that is named. They all do the same: what the caller may
    do is asked at each request."""
    until = _until(ctx)
    password = passwords.write(ctx.platform.settings.token_key, Pass(ctx.caller, ctx.region, until))
    token = base64.b64encode(f"{USER}:{password}".encode()).decode()
    registries = params.get("registryIds") or [ctx.account]
    hosts = [names.host_of(ctx.partition, registry, ctx.region) for registry in registries]
    shown = {"authorizationToken": token, "expiresAt": until}
    return {"authorizationData": [{**shown, "proxyEndpoint": f"https://{host}"} for host in hosts]}


def _until(ctx: Context) -> float:
    """Return when the token ends: with the session of its caller, at the latest."""
    latest = ctx.now + _SECONDS
    if not ctx.caller.access_key_id:
        return latest
    directory: Directory = ctx.platform.extras["directory"]
    credential = directory.credential(ctx.tx, ctx.caller.access_key_id)
    ends = credential.expires if credential is not None else None
    return latest if ends is None else min(latest, ends)
