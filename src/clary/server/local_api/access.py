"""Who may use the platform's own API: its host names, pages of browsers, the signature of the first account's root."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Collection

from clary.access.directory import Credential
from clary.kernel import AwsError
from clary.plane import Platform
from clary.server.home import Home
from clary.wire import Request, Signature, sigv4
from clary.wire.hosts import host_of
from clary.wire.signed import read

SERVICE = "clary"
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


def names_platform(request: Request, names: Collection[str]) -> bool:
    """Tell whether the request's host is the platform itself: an address, `localhost`, or one of `names`.

    A bucket in the host's name is S3's business. Any other name is refused as well: a page may point a name of its own
    at this machine (DNS rebinding), and its browser would then take the platform for a part of that site.
    """
    host = host_of(request.headers.get("host", ""))
    return host == "localhost" or host in names or _is_address(host)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def refuse_pages(request: Request) -> None:
    """Raise AccessDenied for a request that a page in a browser makes: no page needs this API.

    A browser sends Origin with everything that could change something, and Sec-Fetch-Site with every request
    (https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site); `none` is what a person typed.
    """
    if "origin" in request.headers or request.headers.get("sec-fetch-site", "none") != "none":
        raise AwsError("AccessDenied", "Pages in browsers may not use this API.", 403)


async def require_root(platform: Platform, home: Home, request: Request) -> None:
    """Raise unless the request is signed for this API by the root user of the first account, with a key of its own.

    A session that root gave away may be narrowed, and nothing here would ask by how much. A signature for another
    service was made for that service, and may have been given away as a presigned URL.
    """
    signature = _read(request)
    credential = await platform.authorizer.credential(signature.access_key_id)
    if credential is None or not _is_root_of(credential, _first_account(home)):
        raise AwsError("AccessDenied", "Only the root user of the first account may do this.", 403)
    sigv4.verify(request, signature, credential.secret, platform.clock.now())


def _read(request: Request) -> Signature:
    """Return the signature in the Authorization header. Raise AwsError for no signature, a presigned URL, or a signature
    for another service."""
    signature = read(request, version_2="off")
    if signature is None:
        raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    if signature.presigned:
        raise AwsError("AccessDenied", "This API takes signatures in the Authorization header only.", 403)
    if signature.service != SERVICE:
        said = f"Credential should be scoped to correct service: '{SERVICE}'."
        raise AwsError("SignatureDoesNotMatch", said, 403)
    if signature.payload_hash is not None and not _SHA256.fullmatch(signature.payload_hash):
        raise AwsError("AccessDenied", "This API takes signatures over the body's SHA-256 only.", 403)
    return signature


def _first_account(home: Home) -> str:
    return str(json.loads(home.identity.read_text())["account"])


def _is_root_of(credential: Credential, account: str) -> bool:
    own = credential.active and not credential.token
    return own and credential.caller.is_root and credential.caller.account == account
