"""The trace header, and the lineage in it by which a function that calls itself is noticed.

`X-Amzn-Trace-Id: Root=…;Parent=…;Sampled=0;Lineage=1:1a2b3c4d:3`. Each function adds itself to the lineage or counts itself; what
it calls with AWS's SDK passes the header on. After 16 times the loop is ended
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html).
"""

from __future__ import annotations

import hashlib
import re

from clary.kernel import Ids

_MOST = 16
_HEADER = re.compile(r"[A-Za-z0-9=;:|_.,@-]{1,1024}")
_COUNT = re.compile(r"[0-9a-f]{8}:\d{1,6}")


def passed_on(header: str, arn: str, ids: Ids, now: float) -> tuple[str, int]:
    """Return the header that an invocation of this function passes on, and how often the function has been part of the
    chain with this invocation."""
    parts = _parts(header)
    parts.setdefault("Root", f"1-{int(now):08x}-{ids.hex(24)}")
    parts["Parent"] = ids.hex(16)
    parts.setdefault("Sampled", "0")
    counts = _counts(parts.get("Lineage", ""))
    mine = hashlib.sha256(arn.encode()).hexdigest()[:8]
    counts[mine] = counts.get(mine, 0) + 1
    parts["Lineage"] = "|".join(f"{one}:{count}" for one, count in counts.items())
    return ";".join(f"{name}={value}" for name, value in parts.items()), counts[mine]


def is_loop(count: int) -> bool:
    """Tell whether a chain in which a function has been so often is ended."""
    return count > _MOST


def _parts(header: str) -> dict[str, str]:
    if not _HEADER.fullmatch(header):
        return {}
    pairs = (part.partition("=") for part in header.split(";"))
    return {name: value for name, mark, value in pairs if mark}


def _counts(lineage: str) -> dict[str, int]:
    """Return the counts in a lineage, of 64 functions at the most."""
    found = [_COUNT.search(one) for one in lineage.split("|")[:64]]
    return {one[0][:8]: int(one[0][9:]) for one in found if one}
