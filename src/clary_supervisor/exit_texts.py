"""What programs leave to be said of their end: /opt/ml/output/failure and /opt/ml/output/message."""

from __future__ import annotations

import codecs

from . import safe_open
from .folder import ml_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LIMIT = 1024  # of failure (characters) and message (bytes): AWS takes no more


def read(run: str, hosts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the members of RunState that these texts are."""
    roots = [ml_folder(run, host["name"]) for host in hosts]
    return {"failure": _failure(roots), **_message(roots)}


def _failure(roots: list[str]) -> str:
    """Return the text of the first host that wrote one; four bytes a character at most."""
    for root in roots:
        found = safe_open.read(root, "output/failure", _LIMIT * 4)
        if found:
            return found.decode("utf-8", errors="replace")[:_LIMIT]
    return ""


def _message(roots: list[str]) -> dict[str, Any]:
    """Return the messages of all hosts, one after the other, cut at 1 KB and never within a character."""
    whole = b"".join(safe_open.read(root, "output/message", _LIMIT + 1) or b"" for root in roots)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        return {"message": decoder.decode(whole[:_LIMIT], final=len(whole) <= _LIMIT)}
    except UnicodeDecodeError:
        return {"message": "", "message_unreadable": True}
