"""Writes src/clary/services/manifest.json: what the platform knows of each service without loading it. `--check` says
whether it is true still."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from clary.plane.outline import Outline, outline_of
from clary.services import MANIFEST, load, packages
from clary.wire.family import Family


def manifest() -> str:
    """The manifest as it is to be."""
    outlines = [_outline(package) for package in packages()]
    return json.dumps([one.to_json() for one in outlines], indent=1) + "\n"


def _outline(package: str) -> Outline:
    service = load(package)
    family = Family()
    family.add(service.model)
    heads = family.paths.heads if family.paths else ()
    return outline_of(service, package, family.largest, heads)


def main() -> int:
    """Status 1 where the manifest is stale."""
    text = manifest()
    if "--check" not in sys.argv[1:]:
        MANIFEST.write_text(text)
    elif not MANIFEST.exists() or MANIFEST.read_text() != text:
        print(f"{MANIFEST} is stale; write it again with: ./run docs", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
