"""Writes the generated pages of docs/reference, or with `--check` says which of them are no longer true."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = {"docs/reference/coverage.md": ("coverage", "--markdown")}


def main() -> int:
    """Status 1 where a page is stale."""
    stale = [name for name, words in PAGES.items() if not _settle(ROOT / name, made(words))]
    for name in stale:
        print(f"{name} is stale; write it again with: ./run docs", file=sys.stderr)
    others = subprocess.run([sys.executable, str(ROOT / "docs" / "generate.py"), *sys.argv[1:]], check=False)
    return 1 if stale or others.returncode else 0


def made(words: tuple[str, ...]) -> str:
    """What a page must say now."""
    command = [sys.executable, "-m", "clary.cli.main", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _settle(path: Path, text: str) -> bool:
    """Write the page, or under `--check` compare it."""
    if "--check" in sys.argv[1:]:
        return path.exists() and path.read_text() == text
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return True


if __name__ == "__main__":
    raise SystemExit(main())
