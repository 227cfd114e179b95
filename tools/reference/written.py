"""What only a person can know of a service: the file `page.md` beside its code.

Its sections are joined with what follows from the code (service_page.py). A first paragraph says what the service is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

SERVICES = Path(__file__).resolve().parents[2] / "src/clary/services"
ABSENT = "What is not there"
SECTIONS = ("Limits", "Errors", "Resources", "The change feed", "Differences from AWS", ABSENT)

_HEADING = re.compile(r"^## (.+)\n", re.M)
_ROW = re.compile(r"^\| (?!---)(.+) \|$", re.M)


@dataclass(frozen=True)
class Written:
    """The sections of a `page.md` by their titles; `intro` is what stands before the first."""

    intro: str
    sections: dict[str, str]

    def section(self, title: str) -> str:
        """Return a section, or nothing where nobody wrote it."""
        return self.sections.get(title, "")

    @property
    def absent(self) -> list[list[str]]:
        """The rows of the table of what is not there: what is wanted, what is answered, what to do meanwhile."""
        rows = [row.split(" | ") for row in _ROW.findall(self.section(ABSENT))]
        return rows[1:]

    def names_in_absent(self) -> set[str]:
        """Return the operations that the table names as not there."""
        return {name for want, *_ in self.absent for name in re.findall(r"`([A-Z]\w+)`", want)}


def folder_of(service: str) -> Path:
    """Return the folder whose `service.py` makes the service of this name. Raise LookupError where none does."""
    made = re.compile(rf'^\w+(?:: \w+)? = \w+\(\s*"{re.escape(service)}"', re.M)
    for path in sorted(SERVICES.rglob("service.py")):
        if made.search(path.read_text()):
            return path.parent
    raise LookupError(f"no service.py makes the service {service}")


def written(service: str) -> Written:
    """Return what stands in the service's `page.md`. Raise ValueError for a section of another title."""
    path = folder_of(service) / "page.md"
    intro, *parts = _HEADING.split(path.read_text())
    found = {title: text.strip() for title, text in zip(parts[::2], parts[1::2], strict=True)}
    if unknown := set(found) - set(SECTIONS):
        raise ValueError(
            f"{path}: no section may be called {unknown.pop()!r}; there are {', '.join(SECTIONS)}"
        )
    return Written(intro.strip(), found)
