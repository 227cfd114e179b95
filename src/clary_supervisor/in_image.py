"""What a run with an image has of its own, as its life sees it. Loaded only for such a run."""

from __future__ import annotations

from . import bridge, image, layout
from .container import Container
from .faults import Ended, Lost
from .image import release
from .program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .sandbox import View

__all__ = ["InImage", "pull", "refuse", "release"]


def refuse(plan: dict[str, Any]) -> None:
    """Raise Ended (start) where this machine cannot run programs in images."""
    if plan["images"].get("obstacle"):
        raise Ended("start", plan["images"]["obstacle"])


def pull(run: str, spec: dict[str, Any], plan: dict[str, Any]) -> str:
    """Have the run's image on this machine; return its digest. Raise Ended (image, start, stopped)."""
    return image.pull(run, spec, plan).digest


class InImage(Container):
    """What one host's program is in."""

    def __init__(self, run: str, plan: dict[str, Any], folder: str) -> None:
        pulled = image.pulled(run)
        if pulled is None:
            raise Lost("the image of the run is gone")
        super().__init__(pulled, folder, plan["images"])

    def program(self, view: View, spec: dict[str, Any], host: dict[str, Any]) -> Program:
        """Return the program, with a bridge where it serves. Raise Ended (start) for an image without a command."""
        made = Program(view, self.own_command(spec["image"]), layout.environment(view, spec, host))
        if port := spec["image"].get("port"):
            made.bridge = bridge.Bridge(view.folder, port, bridge.platform_addresses(spec))
        return made
