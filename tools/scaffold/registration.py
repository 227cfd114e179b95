"""Where a new service is made known: the manifest that a tool writes, or by hand the list of services and its imports."""

from __future__ import annotations

import re
from pathlib import Path

from tools.scaffold.files import NewService

MANIFEST = "tools/manifest.py"


def register(root: Path, new: NewService) -> list[Path]:
    """Let the service be loaded; return the files that were changed. Raise ValueError where there is no list.

    Where there is a manifest, modules are found by walking the folder, and tools/manifest.py does the rest.
    """
    if (root / MANIFEST).exists():
        return []
    listing = root / "src/clary/services/__init__.py"
    text, count = re.subn(
        r"(SERVICES = \([^)]*?),?\s*\)", rf'\1,\n    "{new.folder}",\n)', listing.read_text(), count=1
    )
    if not count:
        raise ValueError(f"no list of services was found in {listing}")
    listing.write_text(text)
    modules = ", ".join(sorted(["access", *([new.module] if new.module else [])]))
    package = root / "src/clary/services" / new.folder / "__init__.py"
    package.write_text(
        f"{package.read_text()}\nfrom clary.services.{new.folder} import {modules}  # noqa: F401\n"
        f'from clary.services.{new.folder}.service import {new.folder} as service\n\n__all__ = ["service"]\n'
    )
    return [listing]
