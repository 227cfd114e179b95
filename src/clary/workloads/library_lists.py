"""The lists of libraries that runs had, kept once each in a table: thousands of jobs have the same one.

A record has `lists`, the digests of its lists by name, in the place of the lists. Records of earlier versions have the
lists themselves, and are read as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from clary.plane.controller import Write
from clary.store.api import Tx

_LISTS = ("libraries", "installed")

Environment = Mapping[str, str]
"""What programs could import (runs/api.py), with its lists in it."""

Noted = Mapping[str, str | Mapping[str, str]]
"""The same as a record holds it."""


def noted(environment: Environment) -> Noted:
    """Return an environment with the digests of its lists instead of the lists, for a record."""
    rest = {name: value for name, value in environment.items() if name not in _LISTS}
    digests = {name: _digest(text) for name, text in _lists(environment).items()}
    return {**rest, "lists": digests} if digests else rest


def keep(environment: Environment) -> Write:
    """Return what writes the lists, in the transaction that writes the record."""

    def write(tx: Tx) -> None:
        for text in _lists(environment).values():
            tx.sql(
                "insert into workload_library_list (digest, libraries) values (?, ?) on conflict (digest) do nothing",
                _digest(text),
                text,
            )

    return write


def whole(tx: Tx, known: Noted) -> Environment:
    """Return the environment of a record with its lists in it; one that the table does not have is left out."""
    digests = known.get("lists", {})
    plain = {name: value for name, value in known.items() if isinstance(value, str)}
    if not isinstance(digests, Mapping):
        return plain
    found = {name: _find(tx, digest) for name, digest in digests.items()}
    return {**plain, **{name: text for name, text in found.items() if text}}


def _lists(environment: Environment) -> dict[str, str]:
    return {name: environment[name] for name in _LISTS if environment.get(name)}


def _find(tx: Tx, digest: str) -> str:
    rows = tx.sql("select libraries from workload_library_list where digest = ?", digest)
    return rows[0][0] if rows else ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
