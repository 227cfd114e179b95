"""Visitors who sign as clients of AWS do: Signature Version 4, verified as for the API."""

from __future__ import annotations

from clary.kernel import AwsError, Caller
from clary.plane.sites.site import Verify
from clary.plane.sites.visit import Visit
from clary.wire import chunked, sigv4
from clary.wire.signed import read

# The sentences of services that speak REST or JSON.
_UNKNOWN = ("UnrecognizedClientException", "The security token included in the request is invalid.")
_EXPIRED = ("ExpiredTokenException", "The security token included in the request is expired")


def signed_for(service: str) -> Verify:
    """Return a `verify` for a site whose visitors sign for this service (`execute-api`, `lambda`)."""

    async def verify(visit: Visit) -> Caller:
        return await caller_of(visit, service)

    return verify


async def caller_of(visit: Visit, service: str) -> Caller:
    """Return the caller whose key signed a request for `service` in the visit's region, the body with it.

    Raise AwsError for a request that nobody signed, one that is signed for another service or region, with a key that is
    not to be used, or otherwise than it came.
    """
    request, ctx = visit.request, visit.ctx
    foreign = not request.headers.get("authorization", sigv4.ALGORITHM).startswith(sigv4.ALGORITHM)
    signature = None if foreign else read(request, "off")
    if signature is None:
        raise AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", 403)
    if signature.service != service or signature.region != ctx.region:
        said = f"Credential should be scoped to correct service and region: '{service}', '{ctx.region}'."
        raise AwsError("InvalidSignatureException", said, 403)
    credential = await ctx.platform.authorizer.credential(signature.access_key_id)
    now = ctx.platform.clock.now()
    state = credential.state(signature.token, now) if credential else "unknown"
    if credential is None or state != "usable":
        raise AwsError(*(_EXPIRED if state == "expired" else _UNKNOWN), 403)
    if chunked.is_chunked(request):
        raise AwsError("InvalidSignatureException", "A body that is signed in chunks is not taken here.", 403)
    await visit.body()
    sigv4.verify(request, signature, credential.secret, now)
    return credential.caller
