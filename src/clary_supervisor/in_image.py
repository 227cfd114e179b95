"""What a run with an image has of its own, as its life sees it. Loaded only for such a run."""

from __future__ import annotations

import contextlib
import os

from . import bridge, image, layout
from .collector import Collector, open_pipe
from .container import Container
from .faults import Ended, Lost
from .folder import PIPE
from .image import release
from .program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .model_store import ModelStore
    from .sandbox import View

__all__ = ["InImage", "Server", "pull", "refuse", "release"]

_SERVER = "server"  # the folder of a server beside a host's own program, in the host's


def refuse(plan: dict[str, Any]) -> None:
    """Raise Ended (start) where this machine cannot run programs in images."""
    if plan["images"].get("obstacle"):
        raise Ended("start", plan["images"]["obstacle"])


def pull(run: str, spec: dict[str, Any], plan: dict[str, Any]) -> str:
    """Have the run's image on this machine; return its digest. Raise Ended (image, start, stopped)."""
    return image.pull(run, spec, plan).digest


class Server(Program):
    """A program that serves beside a host's own, and ends with it. What it prints goes into the same log."""

    @classmethod
    def beside(
        cls, run: str, spec: dict[str, Any], plan: dict[str, Any], main: View, host: dict[str, Any]
    ) -> Server:
        """Return the server of a host, whose own program has the view `main`."""
        folder = f"{main.folder}/{_SERVER}"
        os.makedirs(folder, mode=0o700, exist_ok=True)
        for name in ("ml", "image", "s", "hosts", PIPE):
            with contextlib.suppress(FileExistsError):
                os.symlink(f"../{name}", f"{folder}/{name}")
        inside = InImage(run, plan, folder)
        view = main.in_container(inside, folder)
        made = cls(view, inside.own_command(spec["image"]), layout.environment(view, spec, host))
        made.bridge = bridge.Bridge(folder, spec["image"]["port"], bridge.platform_addresses(spec))
        return made

    def _make_collector(self) -> Collector:
        return _NoCollector(self.view.folder)


class _NoCollector(Collector):
    """The main program's collector takes what the server prints."""

    def start(self, birth: int = -1) -> None:
        open_pipe(f"{os.path.dirname(self._folder)}/{PIPE}")

    def keep(self) -> None:
        pass

    def finish(self) -> None:
        pass


class InImage(Container):
    """What one host's program is in."""

    def __init__(self, run: str, plan: dict[str, Any], folder: str) -> None:
        pulled = image.pulled(run)
        if pulled is None:
            raise Lost("the image of the run is gone")
        super().__init__(pulled, folder, plan["images"])
        self._run = run

    def program(self, view: View, spec: dict[str, Any], host: dict[str, Any]) -> Program:
        """Return the program, with a bridge where it serves. Raise Ended (start) for an image without a command."""
        made = Program(view, self.own_command(spec["image"]), layout.environment(view, spec, host))
        if port := spec["image"].get("port"):
            store = _store(self._run, spec, host) if spec["image"].get("models") else None
            keeps = spec["image"].get("keeps_models", True)
            made.bridge = bridge.Bridge(view.folder, port, bridge.platform_addresses(spec), store, keeps)
        return made


def _store(run: str, spec: dict[str, Any], host: dict[str, Any]) -> ModelStore:
    from .model_store import ModelStore

    return ModelStore(run, host["name"], spec)
