"""Documents that all lists of a platform are given: code that changes one changes it for every caller."""

from __future__ import annotations

from typing import Any

from clary.plane import Platform


def changed_documents(platform: Platform) -> list[dict[str, Any]]:
    """Return the shared documents that differ from what is stored; there must be none."""
    return platform.store._language.formats.changed()  # type: ignore[attr-defined]
