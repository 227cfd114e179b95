"""Groups of messages: received in the order of sending, and none while an earlier one is out.

`record_group.free` says when the next message of a group may be received. It is written again, by `settle`, whenever a
message of the group was received, deleted, hidden or moved.
"""

from __future__ import annotations

from collections.abc import Iterable

from clary.store.api import Tx


def joined(tx: Tx, queue: str, group: str, visible: float) -> None:
    """Take in a message that was sent: if it is the first of its group, the group is free when it is visible."""
    tx.sql(
        "insert into record_group (queue, grp, free) values (?, ?, ?) on conflict (queue, grp) do nothing",
        queue,
        group,
        visible,
    )


def next_ones(tx: Tx, queue: str, now: float, most: int) -> list[tuple[int, int, str]]:
    """Return number, receives and group of the next messages, those of the group that is free for the longest time first."""
    found: list[tuple[int, int, str]] = []
    for (group,) in tx.sql(
        "select grp from record_group where queue = ? and free <= ? order by free, grp limit ? for update skip locked",
        queue,
        now,
        most,
    ):
        if len(found) == most:
            break
        found += _front(tx, queue, group, now, most - len(found))
    return found


def _front(tx: Tx, queue: str, group: str, now: float, most: int) -> list[tuple[int, int, str]]:
    """Return the first messages of a group, up to the first that is not visible."""
    rows = tx.sql(
        "select number, receives, visible from record_message where queue = ? and grp = ? and grp <> ''"
        " order by number limit ?",
        queue,
        group,
        most,
    )
    hidden = next((place for place, row in enumerate(rows) if row[2] > now), len(rows))
    return [(number, receives, group) for number, receives, _ in rows[:hidden]]


def settle(tx: Tx, queue: str, those: Iterable[str]) -> None:
    """Write when these groups are free ('' is none)."""
    for group in those:
        if group:
            _settle(tx, queue, group)


def _settle(tx: Tx, queue: str, group: str) -> None:
    first = tx.sql(
        "select visible from record_message where queue = ? and grp = ? and grp <> '' order by number limit 1",
        queue,
        group,
    )
    if not first:
        tx.sql("delete from record_group where queue = ? and grp = ?", queue, group)
        return
    ((out,),) = tx.sql(
        "select max(visible) from record_message where queue = ? and grp = ? and grp <> '' and receipt <> ''",
        queue,
        group,
    )
    free = max(first[0][0], out or 0.0)
    tx.sql("update record_group set free = ? where queue = ? and grp = ?", free, queue, group)


def next_free(tx: Tx, queue: str) -> float | None:
    """Return when the first group is free; None if there is none."""
    ((free,),) = tx.sql("select min(free) from record_group where queue = ?", queue)
    return free
