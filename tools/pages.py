"""Writes the generated pages of docs/reference, or with `--check` says which of them are no longer true."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools import reference

REFERENCE = Path(__file__).resolve().parents[1] / "docs" / "reference"


def coverage() -> str:
    """docs/reference/coverage.md, as the command prints it."""
    command = [sys.executable, "-m", "clary.cli.main", "coverage", "--markdown"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


PAGES: dict[str, Callable[[], str]] = {
    "coverage.md": coverage,
    "images.md": reference.images,
    "sagemaker-members.md": reference.members,
}


def main() -> int:
    """Status 1 where a page is stale."""
    stale = [name for name, make in PAGES.items() if not _settle(REFERENCE / name, make())]
    for name in stale:
        print(f"docs/reference/{name} is stale; write it again with: ./run docs", file=sys.stderr)
    return 1 if stale else 0


def _settle(path: Path, text: str) -> bool:
    """Write the page, or under `--check` compare it."""
    if "--check" in sys.argv[1:]:
        return path.exists() and path.read_text() == text
    path.write_text(text)
    return True


if __name__ == "__main__":
    raise SystemExit(main())
