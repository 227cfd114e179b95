"""The canonical form of a request, which is what SigV4 signs. Knows no keys.

Clients differ in what they leave unencoded on the wire, and sign either what they send or its canonical encoding; so a
request may have more than one form, the likeliest first. What is encoded again is decoded as it is parsed (a `+` in a
query string is a blank), so that two requests of one form mean the same.
"""

from __future__ import annotations

import re
import time
from calendar import timegm
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import quote, unquote, unquote_plus

from clary.wire.http import Request

S3_NAMES = frozenset(("s3", "s3express", "s3-outposts", "s3-object-lambda"))  # who signs as S3 does
_PLAIN_QUERY = re.compile(r"(?:[A-Za-z0-9\-_.~=&]|%[0-9A-F]{2})*").fullmatch
_PLAIN_PATH = re.compile(r"(?:[A-Za-z0-9\-_.~/]|%[0-9A-F]{2})*").fullmatch
_NO_QUERY = ("",)
_SHORT = 512  # characters of a path that is remembered
_AMZ_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z")


def requests(
    request: Request, service: str, signed_headers: tuple[str, ...], payload_hash: str, presigned: bool
) -> Iterator[str]:
    """Yield the forms that a client may have signed."""
    tail = f"{_headers(request, signed_headers)}\n{';'.join(signed_headers)}\n{payload_hash}"
    queries = tuple(_queries(request.query, presigned)) if request.query else _NO_QUERY
    for path in _paths(request.path, service):
        for one in queries:
            yield f"{request.method}\n{path}\n{one}\n{tail}"


def _headers(request: Request, names: tuple[str, ...]) -> str:
    """Return the signed headers, a line each, with inner runs of spaces made one."""
    given = request.headers
    text = "".join([f"{name}:{given.get(name, '')}\n" for name in names])
    if text.isascii() and _is_trim(text):
        return text
    return "".join([f"{name}:{_trimmed(given.get(name, ''))}\n" for name in names])


def _is_trim(text: str) -> bool:
    """Return whether no line can have white space that is not signed; a space after any colon counts as such."""
    return not ("  " in text or ": " in text or " \n" in text or "\t" in text)


def _trimmed(value: str) -> str:
    value = utf8(value)
    return " ".join(value.split()) if "  " in value or value != value.strip() else value


def utf8(value: str) -> str:
    """Return a header as its client wrote it: servers read the bytes as Latin-1, clients mean UTF-8 and sign
    those bytes."""
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def _queries(query: str, presigned: bool) -> Iterator[str]:
    """Yield the parameters in order, without the signature itself: as they came, and encoded again where they
    came otherwise."""
    pairs = [(name, value) for name, _, value in (part.partition("=") for part in query.split("&"))]
    if presigned:
        pairs = [pair for pair in pairs if unquote_plus(pair[0]).lower() != "x-amz-signature"]
    yield "&".join([f"{name}={value}" for name, value in sorted(pairs)])
    if not _PLAIN_QUERY(query):
        again = sorted((_parameter(name), _parameter(value)) for name, value in pairs)
        yield "&".join(f"{name}={value}" for name, value in again)


def _parameter(text: str) -> str:
    """Encode a name or value as AWS does, even if part of it is encoded already."""
    return quote(unquote_plus(text), safe="-_.~")


def _paths(path: str, service: str) -> tuple[str, ...]:
    """S3 signs the path as it is, every other service its encoding, so that `%20` is `%2520`."""
    if service not in S3_NAMES:
        return _known_paths(path) if len(path) <= _SHORT else _twice_encoded(path)
    first = path or "/"
    return (first,) if _PLAIN_PATH(path) else (first, _encoded(path))


def _twice_encoded(path: str) -> tuple[str, ...]:
    plain = without_dots(path)
    if _PLAIN_PATH(plain):
        return (quote(plain, safe="/-_.~") if "%" in plain else plain,)
    return quote(plain, safe="/-_.~"), quote(_encoded(plain), safe="/-_.~")


# Clients of these services send the same few paths. Keys of S3 would only push each other out.
_known_paths = lru_cache(maxsize=1024)(_twice_encoded)


def _encoded(path: str) -> str:
    """Encode a path as AWS does, even if part of it is encoded already; an encoded slash stays within its
    segment."""
    return "/".join([quote(unquote(segment), safe="-_.~") for segment in path.split("/")])


def without_dots(path: str) -> str:
    """Return the path without empty, `.` and `..` segments (RFC 3986, 5.2.4, as botocore does it): what all
    services but S3 sign, and so what their requests are routed by."""
    if "//" not in path and "/." not in path:
        return path or "/"
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            if kept:
                kept.pop()
        elif segment and segment != ".":
            kept.append(segment)
    trailing = "/" if path.endswith("/") and kept else ""
    return "/" + "/".join(kept) + trailing


def amz_date(moment: float) -> str:
    """Return `20261121T041201Z`."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(moment))


@lru_cache(maxsize=256)
def parse_amz_date(text: str) -> float:
    """Epoch seconds. Raise ValueError for text in another notation. Remembered: within a second all dates are
    alike."""
    found = _AMZ_DATE.fullmatch(text)
    if not found:
        raise ValueError(text)
    time.strptime(text, "%Y%m%dT%H%M%SZ")  # the 30th of February is no date
    return float(timegm(tuple(map(int, found.groups()))))
