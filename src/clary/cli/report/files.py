"""The names of files that reports are written to. One report links to another one by it."""

from __future__ import annotations

import re


def file_name(name: str) -> str:
    """Return the name of a file for a name or an ARN, without what a file system could take for more than letters."""
    short = name.rpartition(":")[2] if name.startswith("arn:") else name.removeprefix("s3://")
    return f"report-{re.sub(r'[^A-Za-z0-9_-]+', '-', short).strip('-')[:120]}.html"
