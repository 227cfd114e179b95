"""The one reading of a request's signature, before anything else is asked of it: of either version, in either place.

Routing, authorisation and the condition keys of policies use the value that it returns, and never look for such texts
in a request themselves.
"""

from __future__ import annotations

from typing import Literal

from clary.wire import mechanism, signature_errors, sigv2, sigv4
from clary.wire.http import Request
from clary.wire.signature import V2, Signature

# Where Version 2 is taken: nowhere, in the query string, or in the Authorization header as well.
Version2 = Literal["off", "presigned", "on"]
_WITHOUT_REGION = frozenset(("iam", "sts"))
_GLOBAL = _WITHOUT_REGION | {"s3"}


def read(request: Request, version_2: Version2 = "presigned") -> Signature | None:
    """Return the signature of a request, None for an unsigned one. Raise AwsError for one that is not whole,
    that stands beside another, or whose kind is not taken."""
    found = mechanism.of(request)
    if found is None:
        return None
    if found == "header":
        if version_2 == "on" and request.headers["authorization"].startswith(f"{V2} "):
            return sigv2.read_header(request)
        return sigv4.read_header(request)
    if found == "query 4":
        return sigv4.read_query(request)
    if version_2 == "off":
        raise signature_errors.unsupported_version()
    return sigv2.read_query(request)


def region_of(request: Request, signature: Signature, home: str) -> str:
    """Return the region that is meant by one that a platform does not have. Raise AwsError if there is no such region.

    Clients sign for `home` where a service has no other region, and botocore for `aws-global` where it is told both of
    that region and of an endpoint; S3 refuses the latter (recorded).
    """
    service, region = signature.service, signature.region
    if region == home and service in _GLOBAL:
        return home
    if region == "aws-global" and home == "us-east-1" and service in _WITHOUT_REGION:
        return home
    raise signature_errors.wrong_region(request, signature, home)
