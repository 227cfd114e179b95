"""What this kernel lets a process take away from itself, as the process of a query of S3 Select does
(clary_programs/agents/select/confinement.py)."""

from __future__ import annotations

from clary_supervisor import libc

_LANDLOCK_OF_TCP = 4  # version, since Linux 6.7


def describe() -> str:
    """Return what the process of a query can reach here, in a line."""
    version = libc.landlock_version()
    if version >= _LANDLOCK_OF_TCP:
        return "queries of S3 Select: files and TCP are out of reach (Landlock)"
    if version:
        return "queries of S3 Select: files are out of reach (Landlock), TCP is not; Linux 6.7 can do it"
    return "queries of S3 Select: files and TCP are not out of reach; Linux 6.7 with Landlock can do it"
