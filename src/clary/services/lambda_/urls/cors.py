"""What a function URL lets pages of other origins do (https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Pairs = list[tuple[str, str]]


def headers_of(cors: Mapping[str, Any], asked: Mapping[str, str], *, preflight: bool) -> Pairs:
    """Return the headers of an answer to a page; none where its origin is not let in."""
    origin = asked.get("origin", "")
    origins = cors.get("AllowOrigins") or []
    if not origin or not ("*" in origins or origin in origins):
        return []
    credentials = bool(cors.get("AllowCredentials"))
    found: Pairs = [("access-control-allow-origin", "*" if "*" in origins and not credentials else origin)]
    if credentials:
        found.append(("access-control-allow-credentials", "true"))
    if not preflight:
        exposed = cors.get("ExposeHeaders") or []
        return [
            *found,
            *([("access-control-expose-headers", ",".join(exposed))] if exposed else []),
            ("vary", "Origin"),
        ]
    for member, name in (("AllowMethods", "methods"), ("AllowHeaders", "headers")):
        if cors.get(member):
            found.append((f"access-control-allow-{name}", ",".join(cors[member])))
    if cors.get("MaxAge"):
        found.append(("access-control-max-age", str(cors["MaxAge"])))
    return [*found, ("vary", "Origin")]
