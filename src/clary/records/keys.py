"""Keys of messages: within its time, a second message with the same key is a duplicate."""

from __future__ import annotations

from clary.records.api import Message, Sent
from clary.store.api import Tx

_AT_ONCE = 100


def earlier(tx: Tx, queue: str, key: str, now: float) -> Sent | None:
    """Return the message that was sent with this key, if its time has not passed."""
    if not key:
        return None
    rows = tx.sql(
        "select id, number from record_key where queue = ? and key = ? and until > ?", queue, key, now
    )
    return Sent(*rows[0], duplicate=True) if rows else None


def remember(tx: Tx, queue: str, message: Message, sent: Sent, now: float) -> None:
    if message.key:
        tx.sql(
            "insert into record_key (queue, key, until, id, number) values (?, ?, ?, ?, ?) on conflict (queue, key) do update"
            " set until = excluded.until, id = excluded.id, number = excluded.number",
            queue,
            message.key,
            now + message.key_seconds,
            sent.id,
            sent.number,
        )


def forget(tx: Tx, queue: str, now: float) -> None:
    """Delete some of the keys whose time has passed."""
    tx.sql(
        "delete from record_key where queue = ? and key in"
        " (select key from record_key where queue = ? and until <= ? order by until limit ?)",
        queue,
        queue,
        now,
        _AT_ONCE,
    )
