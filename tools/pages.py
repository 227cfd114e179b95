"""`./run docs`: write the generated pages of docs, or with `--check` say which of them are stale."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import botocore

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.reference import images, overview, service_page

from clary.plane import Service
from clary.services import load_services

DOCS = Path(__file__).resolve().parents[1] / "docs"
INDEX = "reference/services/README.md"
_SERVICE = "reference/services/{}.md"
_COUNTS = re.compile(r"\| \d+ of \d+ \| \d+ % \|")


@cache
def services() -> dict[str, Service]:
    """Return every service by its AWS endpoint name."""
    return load_services()


def pages() -> dict[str, Callable[[], str]]:
    """Return what makes each page, by its path below docs."""
    of_services = {
        _SERVICE.format(name): partial(service_page.page, service) for name, service in services().items()
    }
    return {
        "reference/images.md": images.page,
        INDEX: lambda: overview.index(services()),
        "explanation/what-is-not-there.md": lambda: overview.absent(services()),
        **of_services,
    }


def stale() -> list[str]:
    """Return the pages that do not say what the source says, and those of services that are gone."""
    made = pages()
    gone = [path for path in _of_services() if path not in made]
    return gone + [path for path, make in made.items() if not _is_true(path, make())]


def _of_services() -> list[str]:
    return [str(path.relative_to(DOCS)) for path in sorted((DOCS / INDEX).parent.glob("*.md"))]


def _is_true(path: str, text: str) -> bool:
    """Compare a page with what it should be. What was counted with another botocore is left out on both sides."""
    page = DOCS / path
    if not page.exists():
        return False
    return _comparable(page.read_text()) == _comparable(text)


def _comparable(text: str) -> str:
    if _counted_now():
        return text
    kept = [line for line in text.splitlines() if not line.startswith(service_page.OF_THE_MODEL)]
    return re.sub(rf"{overview.COUNTED}[\d.]+\d", "", _COUNTS.sub("", "\n".join(kept)))


@cache
def _counted_now() -> bool:
    """Tell whether the pages were made with the botocore that is installed."""
    index = DOCS / INDEX
    return not index.exists() or f"{overview.COUNTED}{botocore.__version__}:" in index.read_text()


def write() -> None:
    """Write every page, and delete those of services that are gone."""
    made = pages()
    for path in _of_services():
        if path not in made:
            (DOCS / path).unlink()
    for path, make in made.items():
        (DOCS / path).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / path).write_text(make())


def main() -> int:
    """Return 1 where `--check` finds a stale page."""
    if "--check" not in sys.argv[1:]:
        write()
        return 0
    found = stale()
    for path in found:
        print(f"docs/{path} is stale; write it again with: ./run docs", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
