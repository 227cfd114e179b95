"""What an image says about its programs, by Docker's rules: command, variables, user, working folder. Knows no registry.

Source: OCI image specification, "Image configuration"; Docker's reference for ENTRYPOINT, CMD, USER and WORKDIR.
"""

from __future__ import annotations

import os

from . import safe_open
from .faults import Ended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}
_LONGEST = 1 << 20  # bytes of /etc/passwd and /etc/group
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def architecture() -> str:
    """Return the name that images have for this machine's processors."""
    machine = os.uname().machine
    return _MACHINES.get(machine, machine)


class User:
    """Who a program runs as: numbers of the user and of its groups, and its home folder."""

    __slots__ = ("gid", "groups", "home", "uid")

    def __init__(self, uid: int = 0, gid: int = 0, groups: tuple[int, ...] = (), home: str = "/") -> None:
        self.uid = uid
        self.gid = gid
        self.groups = groups
        self.home = home


def refuse_foreign(config: dict[str, Any]) -> None:
    """Raise Ended (start) for an image of another kind of machine."""
    system, machine = config.get("os") or "linux", config.get("architecture") or architecture()
    if (system, machine) != ("linux", architecture()):
        here = f"linux/{architecture()}"
        raise Ended("start", f"exec format error: the image is for {system}/{machine}, the machine is {here}")


def require_labels(config: dict[str, Any], wanted: list[str], uri: str) -> None:
    """Raise Ended (image) for an image that does not have these labels, in AWS's words
    (https://github.com/deepjavalibrary/djl-serving/issues/708)."""
    there = (config.get("config") or {}).get("Labels") or {}
    missing = [one for one in wanted if there.get(one.partition("=")[0]) != one.partition("=")[2]]
    if missing:
        raise Ended(
            "image", f"Your Ecr Image {uri} does not contain required {', '.join(missing)} Docker label(s)."
        )


def command(config: dict[str, Any], entrypoint: list[str] | None, arguments: list[str] | None) -> list[str]:
    """Return the command by Docker's rule: an entry point that is given takes the image's ENTRYPOINT and CMD away,
    arguments that are given take the place of CMD. Raise Ended (start) when nothing is left."""
    own = config.get("config") or {}
    first = own.get("Entrypoint") or [] if entrypoint is None else entrypoint
    default = (own.get("Cmd") or []) if entrypoint is None else []
    words = [*first, *(default if arguments is None else arguments)]
    if not words:
        raise Ended("start", "no command specified: the image has neither ENTRYPOINT nor CMD")
    return words


def variables(config: dict[str, Any]) -> dict[str, str]:
    """Return the image's ENV."""
    pairs = (config.get("config") or {}).get("Env") or []
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


def working_folder(config: dict[str, Any]) -> str:
    """Return the image's WORKDIR."""
    return os.path.normpath("/" + ((config.get("config") or {}).get("WorkingDir") or "").lstrip("/"))


def user(config: dict[str, Any], root: str) -> User:
    """Return the image's USER, found in its own /etc/passwd and /etc/group. Raise Ended (start) for an unknown name."""
    wanted = (config.get("config") or {}).get("User") or "0"
    name, _, group = wanted.partition(":")
    people = _table(root, "etc/passwd")
    entry = next((one for one in people if len(one) > 5 and name in (one[0], one[2])), None)
    if entry is None and not name.isdigit():
        raise Ended("start", f"unable to find user {name}: no matching entries in passwd file")
    uid = _number(entry[2] if entry else name, wanted)
    home = entry[5] if entry and entry[5].startswith("/") else "/"
    groups = _table(root, "etc/group")
    if group:
        return User(uid, _group(group, groups), (), home)
    gid = _number(entry[3], wanted) if entry else 0
    more = [
        one[2]
        for one in groups
        if entry and len(one) > 3 and entry[0] in one[3].split(",") and one[2].isdigit()
    ]
    return User(uid, gid, tuple(int(number) for number in more), home)


def _group(name: str, groups: list[list[str]]) -> int:
    found = next((one[2] for one in groups if len(one) > 2 and name in (one[0], one[2])), name)
    if not found.isdigit():
        raise Ended("start", f"unable to find group {name}: no matching entries in group file")
    return _number(found, name)


def _number(text: str, wanted: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) >= 1 << 31:
        raise Ended("start", f"the user {wanted!r} of the image has no valid number")
    return int(text)


def _table(root: str, path: str) -> list[list[str]]:
    text = (safe_open.read(root, path, _LONGEST) or b"").decode("utf-8", errors="replace")
    return [line.split(":") for line in text.splitlines() if line and not line.startswith("#")]
