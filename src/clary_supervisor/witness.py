"""What a run began with, noted so that another run can be compared with it: its inputs, and the libraries it could import.

Of an input only a digest is kept, over the names, entity tags and sizes of all of its objects.
"""

from __future__ import annotations

import hashlib
import os

from .folder import ml_folder
from .layout import PACKAGES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .download import Item

_MOST_PACKAGES = 1000  # of what the program installed


def seen(path: str, source: str, chosen: list[Item]) -> dict[str, Any]:
    """Return what was found at a source, an S3 URI: how much, and a digest that any change of it changes."""
    digest = hashlib.sha256()
    for one in sorted(chosen, key=lambda item: item.name):
        digest.update(
            f"{one.name}\0{one.listed.etag}\0{one.listed.size}\n".encode("utf-8", "surrogateescape")
        )
    return {
        "path": path,
        "uri": source,
        "objects": len(chosen),
        "bytes": sum(one.listed.size for one in chosen),
        "digest": digest.hexdigest(),
    }


def installed(run: str, hosts: list[dict[str, Any]]) -> str:
    """Return what programs of the run installed, as `name==version …`."""
    folders = [f"{ml_folder(run, host['name'])}/{PACKAGES}" for host in hosts]
    found = sorted({one for folder in folders for one in distributions(folder)})
    return " ".join(found[:_MOST_PACKAGES])


def distributions(folder: str) -> list[str]:
    """Return the distributions in a folder of packages, as `name==version`; they are in the names of its folders."""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    plain = [name.removesuffix(".dist-info") for name in names if name.endswith(".dist-info")]
    return sorted("==".join(name.rpartition("-")[::2]) for name in plain)
