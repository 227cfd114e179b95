"""Archives of code for Lambda, the runtime that is always here, and a role's trust."""

from __future__ import annotations

import io
import sys
import zipfile
from typing import Any

TRUST: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


def runtime() -> str:
    """Return the runtime of this interpreter's version."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}"


def archive(files: dict[str, str], executable: tuple[str, ...] = ()) -> bytes:
    """Return a deployment package with these files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        for name, text in files.items():
            info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            info.create_system = 3
            info.external_attr = (0o755 if name in executable else 0o644) << 16
            target.writestr(info, text)
    return made.getvalue()
