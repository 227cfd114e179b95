"""CORS rules of a bucket: validated when they are stored, applied to the requests of browsers.

Knows rules and headers, but no HTTP exchange: the gateway calls `allowed` and `preflight`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from clary.kernel import AwsError
from clary.services.s3 import errors
from clary.services.s3.bucket_rows import find_bucket, setting
from clary.store.api import Tx

KIND = "CORS"
_METHODS = ("GET", "PUT", "HEAD", "POST", "DELETE")
_NOT_ALLOWED = (
    "This CORS request is not allowed. This is usually because the evalution of Origin, request method / "
    "Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
)
_VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"

Rule = Mapping[str, Any]


def check(rules: list[dict[str, Any]]) -> None:
    """Raise MalformedXML or InvalidRequest unless S3 accepts these rules."""
    if not 1 <= len(rules) <= 100:
        raise errors.malformed_xml()
    for rule in rules:
        if not rule.get("AllowedMethods") or not rule.get("AllowedOrigins"):
            raise errors.malformed_xml()
        for method in rule["AllowedMethods"]:
            if method not in _METHODS:
                raise errors.invalid_request(
                    f"Found unsupported HTTP method in CORS config. Unsupported method is {method}"
                )
        for kind in ("AllowedOrigins", "AllowedHeaders"):
            for pattern in rule.get(kind) or ():
                if pattern.count("*") > 1:
                    raise errors.invalid_request(
                        f'{kind[:-1]} "{pattern}" can not have more than one wildcard.'
                    )


def allowed(
    tx: Tx, bucket: str, origin: str, method: str, asked_headers: Iterable[str] = ()
) -> dict[str, str] | None:
    """Return the `Access-Control-*` headers that the bucket grants to this origin, or None if no rule
    applies.

    `method` is the method of the request, or for a preflight the one in Access-Control-Request-Method.
    `asked_headers` are those in Access-Control-Request-Headers; empty for a plain request.
    """
    asked = [header.strip().lower() for header in asked_headers if header.strip()]
    for rule in setting(tx, bucket, KIND) or ():
        if _applies(rule, origin, method, asked):
            return _headers(rule, origin, asked)
    return None


def preflight(tx: Tx, bucket: str, key: str, headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that answer a preflight (OPTIONS) request, whose headers have lower-case names.

    Raise BadRequest if it has no origin or no valid method, AccessForbidden if no rule of the bucket allows
    it.
    """
    origin, method = headers.get("origin"), headers.get("access-control-request-method")
    if not origin:
        raise AwsError("BadRequest", "Insufficient information. Origin request header needed.")
    members = {"Method": method or "OPTIONS", "ResourceType": "OBJECT" if key else "BUCKET"}
    if find_bucket(tx, bucket) is None:
        raise _forbidden("Bucket not found", members)
    if method not in _METHODS:
        raise AwsError("BadRequest", f"Invalid Access-Control-Request-Method: {method or 'null'}")
    if not setting(tx, bucket, KIND):
        raise _forbidden("CORS is not enabled for this bucket.", members)
    found = allowed(tx, bucket, origin, method, asked_headers(headers))
    if found is None:
        raise _forbidden(_NOT_ALLOWED, members)
    return found


def asked_headers(headers: Mapping[str, str]) -> list[str]:
    return headers.get("access-control-request-headers", "").split(",")


def _forbidden(why: str, members: dict[str, str]) -> AwsError:
    return AwsError("AccessForbidden", f"CORSResponse: {why}", 403, members)


def _applies(rule: Rule, origin: str, method: str, asked: list[str]) -> bool:
    return (
        method in rule["AllowedMethods"]
        and any(_like(pattern, origin) for pattern in rule["AllowedOrigins"])
        and all(any(_like(p.lower(), one) for p in rule.get("AllowedHeaders") or ()) for one in asked)
    )


def _headers(rule: Rule, origin: str, asked: list[str]) -> dict[str, str]:
    everybody = "*" in rule["AllowedOrigins"]
    headers = {
        "Access-Control-Allow-Origin": "*" if everybody else origin,
        "Access-Control-Allow-Methods": ", ".join(rule["AllowedMethods"]),
        "Vary": _VARY,
    }
    if not everybody:
        headers["Access-Control-Allow-Credentials"] = "true"
    if asked:
        headers["Access-Control-Allow-Headers"] = ", ".join(asked)
    if rule.get("ExposeHeaders"):
        headers["Access-Control-Expose-Headers"] = ", ".join(rule["ExposeHeaders"])
    if rule.get("MaxAgeSeconds") is not None:
        headers["Access-Control-Max-Age"] = str(rule["MaxAgeSeconds"])
    return headers


def _like(pattern: str, text: str) -> bool:
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*"))
