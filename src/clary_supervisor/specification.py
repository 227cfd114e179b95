"""What is to run, as the executor writes it and the supervisor reads it: the only format that the two share.

Either may be of another version than the other: a run outlives the platform that started it, and a supervisor that was
killed is replaced by today's. A reader ignores members that it does not know, so a new member with a default needs no
new number. The number grows when an earlier reader would do something wrong.
"""

from __future__ import annotations

from .folder import SPEC, get_json, put_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

VERSION = 1
# Members that came after the first form of a version, with what they mean where they are missing. The versions of this
# platform before there was a number (0) wrote none of them at first.
_DEFAULTS: dict[str, dict[str, Any]] = {
    "spec": {"keep": [], "sources": [], "image": None, "mounts": []},
    "plan": {"volumes": {}, "environment": {}, "lasting": "", "images": {}},
}


class Specification:
    """`spec` is RunSpec as JSON, `plan` the executor's choices (isolation, bell, devices, patience)."""

    __slots__ = ("plan", "spec", "version")

    def __init__(self, written: dict[str, Any]) -> None:
        self.version = written.get("version", 0)
        self.spec = _DEFAULTS["spec"] | written["spec"]
        self.plan = _DEFAULTS["plan"] | written["plan"]

    @property
    def obstacle(self) -> str:
        """Why this version must not carry it out, or nothing."""
        if self.version <= VERSION:
            return ""
        return f"the run was started by a later version (its format is {self.version}, known is {VERSION})"


def write(run: str, spec: dict[str, Any], plan: dict[str, Any]) -> None:
    """Write the specification of a run. From then on the run exists."""
    put_json(f"{run}/{SPEC}", {"version": VERSION, "spec": spec, "plan": plan})


def read(run: str) -> Specification | None:
    """Return the specification of a run, or None if it does not exist."""
    written = get_json(f"{run}/{SPEC}")
    return Specification(written) if written else None
