"""Query requests that clients do not sign, because what they carry speaks for the caller: whose they are.

The models say it of an operation (`authtype: none`); a test compares this table with them. It is here because no signature
tells which service's model is to be read.
"""

from __future__ import annotations

from clary.wire.dialect import spoken
from clary.wire.http import Request
from clary.wire.model import Operation
from clary.wire.parse import form
from clary.wire.parse.query import pairs

LARGEST = 256 << 10  # bytes of a body: the longest assertion has 100,000 characters, which may all be encoded
SERVICES = {"AssumeRoleWithSAML": "sts", "AssumeRoleWithWebIdentity": "sts"}


def may_be(request: Request) -> bool:
    """Return whether a request without a signature may be one of these, before its body is read."""
    length = int(request.headers.get("content-length") or 0)
    return spoken(request) == "query" and length <= LARGEST and "content-encoding" not in request.headers


def service_of(request: Request) -> str | None:
    """Return the service of a request whose body has been read, or None if it is another request."""
    action = next((value for name, value in pairs(form(request)) if name == "Action"), "")
    return SERVICES.get(action)


def is_unsigned(operation: Operation) -> bool:
    """Return whether the model says that an operation is called without a signature."""
    return operation.description.get("authtype") == "none"
