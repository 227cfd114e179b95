"""By which mechanism a request is signed: a header, Version 4 in the query string, or Version 2 there. One at most.

Parameters are told by their decoded names, as they are parsed: `%53ignature` is `Signature`.
Source: "Authenticating Requests" (S3 API Reference).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal
from urllib.parse import parse_qsl, unquote_plus

from clary.wire import signature_errors
from clary.wire.http import Request

Mechanism = Literal["header", "query 4", "query 2"]

_VERSION_4 = frozenset(("x-amz-algorithm", "x-amz-credential", "x-amz-signature"))
_VERSION_2 = frozenset(("AWSAccessKeyId", "Signature"))
# No query string without this has any of those names, in whatever spelling.
_PERHAPS = re.compile(r"%|signature|x-amz-|awsaccesskeyid", re.IGNORECASE).search


def of(request: Request) -> Mechanism | None:
    """Return how a request is signed, None for an unsigned one. Raise AwsError for more than one mechanism."""
    query, signed = request.query, "authorization" in request.headers
    if not query or _PERHAPS(query) is None:
        return "header" if signed else None
    found: list[Mechanism] = ["header"] if signed else []
    names = set(_names(query))
    if not _VERSION_4.isdisjoint(name.lower() for name in names):
        found.append("query 4")
    if not _VERSION_2.isdisjoint(names):
        found.append("query 2")
    if len(found) > 1:
        raise signature_errors.two_signatures(request)
    return found[0] if found else None


def _names(query: str) -> Iterator[str]:
    for part in query.split("&"):
        name = part.partition("=")[0]
        yield unquote_plus(name) if "%" in name else name


def parameters(request: Request) -> list[tuple[str, str]]:
    """Return the decoded parameters of the query string."""
    return parse_qsl(request.query, keep_blank_values=True)


def twice(names: Iterable[str], once: frozenset[str]) -> str | None:
    """Return a name of `once` that is among `names` more than once; None if there is no such name."""
    counted = Counter(name for name in names if name in once)
    return next((name for name, times in counted.items() if times > 1), None)
