"""The layers of images on this machine, shared by all runs: unpacked once, found by digest, removed when long unused.

A folder below the home. `layers/NAME` is what a layer holds, `layers/NAME.json` says that it is whole and is touched at each
use; `uses/RUN` lists the layers of a run that goes on. Any process may be killed at any moment: what has no .json is begun
again. Knows no registry.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time

from . import disk, image_layer, safe_open
from .folder import EXIT, SPEC, get_json, put_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_ROOM = 64 << 30  # bytes that the layers of one image may hold
_LETTERS = (
    32  # of a digest in a layer's name: the names of all layers of an image fit into one page for mount(2)
)
_UNUSED = 7 * 86400.0  # seconds after which a layer that no run uses is removed


class Collision(Exception):
    """Another layer has the name."""


class Store:
    """The layers below `home`/images. Any number of processes may use one home."""

    def __init__(self, home: str) -> None:
        self._home = home
        self._root = f"{home}/images"
        self.layers = f"{self._root}/layers"
        for folder in (self._root, self.layers, f"{self._root}/uses", f"{self.layers}/empty"):
            os.makedirs(folder, mode=0o700, exist_ok=True)

    # a run's layers -----------------------------------------------------------------------------------------------
    def hold(self, run: str, digests: list[str]) -> None:
        """Keep layers for a run, whether they are here already or come later, until it ends or releases them."""
        with self._lock(fcntl.LOCK_SH):
            put_json(f"{self._root}/uses/{run}", [_name(digest) for digest in digests])

    def release(self, run: str) -> None:
        """Forget what a run holds."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{self._root}/uses/{run}")

    def layer(self, digest: str, make: Callable[[str, int], int], taken: int) -> tuple[str, int]:
        """Return the name and the size of a layer, which `make(folder, room)` unpacks unless it is here. `taken` are the bytes of the
        image's other layers. One process makes a layer while others wait for it."""
        name = _name(digest)
        with open(f"{self.layers}/{name}.lock", "a", encoding="ascii", opener=_private) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = get_json(f"{self.layers}/{name}.json")
            if known is None:
                known = self._make(name, digest, make, max(0, min(_ROOM - taken, self._free())))
            elif known["digest"] != digest:
                raise Collision(f"the layers {digest} and {known['digest']} cannot both be on this machine")
            os.utime(f"{self.layers}/{name}.json")
        return name, int(known["size"])

    def _make(self, name: str, digest: str, make: Callable[[str, int], int], room: int) -> dict[str, Any]:
        """Unpack a layer aside, and give it its name when all of it is on the disk."""
        aside = f"{name}.new"
        for half in (aside, name):
            safe_open.remove(self.layers, half)
        os.mkdir(f"{self.layers}/{aside}", 0o755)
        try:
            size = make(f"{self.layers}/{aside}", room)
            image_layer.settle(f"{self.layers}/{aside}")
        except BaseException:
            safe_open.remove(self.layers, aside)
            raise
        os.rename(f"{self.layers}/{aside}", f"{self.layers}/{name}")
        known: dict[str, Any] = {"digest": digest, "size": size}
        put_json(f"{self.layers}/{name}.json", known)
        return known

    def _free(self) -> int:
        return disk.free(self._root) - disk.LEAST_FREE

    # removing -----------------------------------------------------------------------------------------------------
    def sweep(self, unused: float = _UNUSED) -> list[str]:
        """Remove layers that no run has used for so many seconds; return the names of what was removed."""
        with self._lock(fcntl.LOCK_EX):
            used = self._used()
            gone = [name for name in self._whole() if name not in used and self._age(name) >= unused]
            for name in gone:
                self._remove(name)
        return gone

    def _remove(self, name: str) -> None:
        with open(f"{self.layers}/{name}.lock", "a", encoding="ascii", opener=_private) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            os.unlink(f"{self.layers}/{name}.json")
            safe_open.remove(self.layers, name)

    def _used(self) -> set[str]:
        """Return the layers of runs that go on; what a run holds that is over is forgotten."""
        found: set[str] = set()
        for run in os.listdir(f"{self._root}/uses"):
            folder = f"{self._home}/runs/{run}"
            if os.path.exists(f"{folder}/{SPEC}") and not os.path.exists(f"{folder}/{EXIT}"):
                found |= set(get_json(f"{self._root}/uses/{run}") or [])
            else:
                self.release(run)
        return found

    def _whole(self) -> list[str]:
        return [name.removesuffix(".json") for name in os.listdir(self.layers) if name.endswith(".json")]

    def _age(self, name: str) -> float:
        return time.time() - os.stat(f"{self.layers}/{name}.json").st_mtime

    def size(self) -> tuple[int, int]:
        """Return how many layers there are, and their bytes."""
        known = [get_json(f"{self.layers}/{name}.json") or {} for name in self._whole()]
        return len(known), sum(one.get("size", 0) for one in known)

    @contextlib.contextmanager
    def _lock(self, kind: int) -> Iterator[None]:
        with open(f"{self._root}/lock", "a", encoding="ascii", opener=_private) as file:
            fcntl.flock(file, kind)
            yield


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _name(digest: str) -> str:
    return digest.removeprefix("sha256:")[:_LETTERS]
