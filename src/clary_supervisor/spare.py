"""A volume that is made before it is asked for, by the fork server (forkserver.py): the size of the last run's.

Making one takes a millisecond or two, and twenty on a busy machine, where each block is waited for. Most runs ask for
what the run before them asked for. It is a file system that is mounted nowhere yet; the holder of its descriptor may
give it a place.
"""

from __future__ import annotations

import contextlib
import os
import re

from . import loop, specification

# By the pid of its fork server, and a count: the run that takes one may not have moved the file away yet when the next
# is made, and two runs must never have one file.
_NAME = re.compile(r"spare-(\d+)-\d+\.img")


class Spare:
    """One volume of `size` bytes: `mount` is its descriptor, `image` its file."""

    def __init__(self, size: int, image: str, mount: int) -> None:
        self.size = size
        self.image = image
        self.mount = mount

    def place(self, image: str, target: str) -> None:
        """Become the volume of a run: the file goes to `image`, the file system to `target`."""
        os.rename(self.image, image)
        loop.place(self.mount, target)
        self.close()

    def close(self) -> None:
        """Let go of it, without taking it from another process that has it."""
        os.close(self.mount)

    def discard(self) -> None:
        self.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.image)


class Spares:
    """What one fork server has at hand: one volume or none."""

    def __init__(self) -> None:
        self._one: Spare | None = None
        self._count = 0

    def take(self, run: str) -> Spare | None:
        """Return what fits a run that is about to start; discard what does not fit."""
        one, self._one = self._one, None
        if one is not None and one.size != _wanted(run)[0]:
            one.discard()
            return None
        return one

    def prepare(self, run: str) -> None:
        """Have one for a run like this."""
        size, plan = _wanted(run)
        if size and self._one is None:
            with contextlib.suppress(OSError):
                _sweep(plan["templates"], first=not self._count)
                self._count += 1
                image = f"{plan['templates']}/spare-{os.getpid()}-{self._count}.img"
                loop.make(image, size, plan["mkfs"], plan["templates"])
                self._one = Spare(size, image, loop.attach(image))

    def discard(self) -> None:
        if self._one is not None:
            self._one.discard()


def _wanted(run: str) -> tuple[int, dict[str, str]]:
    """Return the size of a run's volumes and how they are made; 0 where it needs none like these."""
    written = specification.read(run)
    plan = written.plan["volumes"] if written else {}
    size = written.spec["resources"]["volume"] if written and plan.get("kind") == "loop" else 0
    return (size if size >= loop.LEAST else 0), plan


def _sweep(folder: str, first: bool) -> None:
    """Remove what fork servers left that were killed; before our first, also what one left that had our pid."""
    for name in os.listdir(folder):
        found = _NAME.fullmatch(name)
        if found and (not os.path.exists(f"/proc/{found[1]}") or (first and int(found[1]) == os.getpid())):
            os.unlink(f"{folder}/{name}")
