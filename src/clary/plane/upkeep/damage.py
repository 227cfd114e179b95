"""What the scrubs have found damaged, as rows. Reads no bytes.

A thing that was deleted, or has other bytes by now, is not shown, and forgotten at the end of a pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from clary.plane.outline import Outline, Scrubbed
from clary.store.api import Tx

_SAME = "service = ? AND kind = ? AND first = ? AND second = ? AND number = ?"


class Place(NamedTuple):
    """The primary key of a row, in the columns that its `Scrubbed` names."""

    first: str = ""
    second: str = ""
    number: int = -(1 << 62)


class Damage(NamedTuple):
    """A thing that was found damaged: its name, why, and when (seconds since the epoch)."""

    name: str
    reason: str
    found: float


def note(
    tx: Tx, service: str, kind: str, place: Place, blob: str, name: str, reason: str, now: float
) -> bool:
    """Write down that a thing is damaged, or with no `reason` that it is not. Return whether it is and was not known to be."""
    known = is_known(tx, service, kind, place)
    tx.sql(f"DELETE FROM damage WHERE {_SAME}", service, kind, *place)
    if reason:
        tx.sql(
            "INSERT INTO damage (service, kind, first, second, number, name, place, reason, found)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            service, kind, *place, name, blob, reason, now,
        )  # fmt: skip
    return bool(reason) and not known


def is_known(tx: Tx, service: str, kind: str, place: Place) -> bool:
    """Return whether a thing is known to be damaged."""
    return bool(tx.sql(f"SELECT 1 FROM damage WHERE {_SAME}", service, kind, *place))


def is_there(tx: Tx, of: Scrubbed, place: Place, blob: str) -> bool:
    """Return whether a thing still has the bytes that were read."""
    named = [(column, value) for column, value in zip(of.key, place, strict=True) if column]
    where = " AND ".join(f"{column} = ?" for column, _ in named)
    found = tx.sql(f"SELECT place FROM {of.table} WHERE {where}", *(value for _, value in named))
    return bool(found) and found[0][0] == blob


def damaged(tx: Tx, outlines: Iterable[Outline], limit: int) -> tuple[int, list[Damage]]:
    """Return how many things are damaged and still there, and the first of them, the first found first."""
    count, found = 0, list[Damage]()
    for outline in outlines:
        for of in _noted(tx, outline):
            count += tx.sql(f"SELECT COUNT(*) {_still_there(of)}", outline.name, of.kind)[0][0]
            rows = tx.sql(
                f"SELECT d.name, d.reason, d.found {_still_there(of)} ORDER BY d.found LIMIT ?",
                outline.name, of.kind, limit,
            )  # fmt: skip
            found += [Damage._make(row) for row in rows]
    return count, sorted(found, key=lambda one: one.found)[:limit]


def forget_gone(tx: Tx, service: str, scrubbed: Sequence[Scrubbed]) -> None:
    """Forget damage of things of a service that are gone, or have other bytes by now."""
    for of in scrubbed:
        tx.sql(
            "DELETE FROM damage WHERE service = ? AND kind = ? AND NOT EXISTS"
            f" (SELECT 1 FROM {of.table} o WHERE {_same_as('damage', of)})",
            service, of.kind,
        )  # fmt: skip


def _noted(tx: Tx, outline: Outline) -> list[Scrubbed]:
    """Return the kinds of which something is damaged. Tables of other kinds may not be there."""
    rows = tx.sql("SELECT DISTINCT kind FROM damage WHERE service = ?", outline.name)
    return [of for of in outline.scrubbed if (of.kind,) in rows]


def _still_there(of: Scrubbed) -> str:
    return f"FROM damage d JOIN {of.table} o ON {_same_as('d', of)} WHERE d.service = ? AND d.kind = ?"


def _same_as(damage: str, of: Scrubbed) -> str:
    columns = zip(of.key, Place._fields, strict=True)
    same = [f"o.{column} = {damage}.{name}" for column, name in columns if column]
    return " AND ".join([*same, f"o.place = {damage}.place"])
