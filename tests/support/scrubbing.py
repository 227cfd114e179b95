"""Whole passes of a scrub, and damage for it to find."""

from __future__ import annotations

from clary.plane import Platform
from clary.plane.upkeep.damage import damaged
from clary.plane.upkeep.reading import Pacer
from clary.plane.upkeep.scrub import Scrub
from tests.inprocess import Loop

FAST = 1e12  # bytes in a second


def scrubbed(platform: Platform, loop: Loop, scrub: Scrub) -> dict[str, str]:
    """A whole pass; what is damaged then: reasons by name."""
    while loop.run(scrub.some(platform, Pacer(FAST))):
        pass
    with platform.store.read() as tx:
        _, found = damaged(tx, platform.registry.outlines, 100)
    return {one.name: one.reason for one in found}


def flip(platform: Platform, blob: str, at: int) -> None:
    """Change one byte of a blob that has a file of its own."""
    path = platform.objects.path(blob)
    assert path
    with open(path, "r+b") as file:
        file.seek(at)
        (byte,) = file.read(1)
        file.seek(at)
        file.write(bytes([byte ^ 1]))
