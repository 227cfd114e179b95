"""Sign requests to `/_clary/` with Signature Version 4; no SDK has methods for them.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. Signs
body, path and query, whose names and values must be percent-encoded; knows no service.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

from clary.cli.home import Identity

_REGION, _SERVICE = "us-east-1", "clary"


def signed_headers(
    identity: Identity, method: str, host: str, path: str, body: bytes, now: datetime | None = None
) -> dict[str, str]:
    """Return the headers that sign a request as `identity`."""
    moment = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(body).hexdigest()
    headers = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": moment}
    path, _, query = path.partition("?")
    ordered = "&".join("=".join(pair) for pair in sorted(part.split("=", 1) for part in query.split("&")))
    names = ";".join(headers)
    listed = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = "\n".join((method, path, ordered, listed, names, digest))
    scope = f"{moment[:8]}/{_REGION}/{_SERVICE}/aws4_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(("AWS4-HMAC-SHA256", moment, scope, hashed))
    key = f"AWS4{identity.secret_access_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    credential = f"{identity.access_key_id}/{scope}"
    value = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return {**headers, "authorization": value}
