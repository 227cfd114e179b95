"""Queues, as rows. Messages with a group are in `groups.py`."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from clary.records import groups, keys, numbers
from clary.records.api import Counts, DeadLetters, Delivery, Message, Sent
from clary.store.api import Tx

COLUMNS = "number, receipt, id, body, grp, sent, visible, receives, first_received"


def send(tx: Tx, queue: str, messages: Sequence[Message], now: float) -> list[Sent]:
    if any(message.key for message in messages):
        keys.forget(tx, queue, now)
    return [_send(tx, queue, message, now) for message in messages]


def _send(tx: Tx, queue: str, message: Message, now: float) -> Sent:
    earlier = keys.earlier(tx, queue, message.key, now)
    if earlier is not None:
        return earlier
    sent = Sent(message.id, numbers.take(tx, queue, 1))
    keys.remember(tx, queue, message, sent, now)
    visible = max(message.visible, now)
    insert(tx, queue, sent, message.group, now, visible, message.body)
    return sent


def insert(tx: Tx, queue: str, sent: Sent, group: str, at: float, visible: float, body: bytes) -> None:
    """Insert a message that was not received yet."""
    tx.sql(
        "insert into record_message (queue, number, id, grp, sent, visible, receives, first_received, receipt, body)"
        " values (?, ?, ?, ?, ?, ?, 0, 0, '', ?)",
        queue,
        sent.number,
        sent.id,
        group,
        at,
        visible,
        body,
    )
    if group:
        groups.joined(tx, queue, group, visible)


def receive(
    tx: Tx, queue: str, now: float, until: float, most: int, dead: DeadLetters | None
) -> list[Delivery]:
    found: list[Delivery] = []
    for next_ones in (groups.next_ones, _next_ones):
        while len(found) < most:
            candidates = next_ones(tx, queue, now, most - len(found))
            if not candidates:
                break
            alive = _without_dead(tx, queue, candidates, dead, now)
            found += _take_out(tx, queue, alive, now, until)
            groups.settle(tx, queue, {group for _, _, group in candidates})
            if until <= now:  # what was taken out is visible at once, and would be found again
                return found
    return sorted(found, key=lambda delivery: delivery.number)


def _next_ones(tx: Tx, queue: str, now: float, most: int) -> list[tuple[int, int, str]]:
    """Return number, receives and group ('') of visible messages without a group, the longest visible first."""
    return tx.sql(  # type: ignore[return-value]
        "select number, receives, grp from record_message where queue = ? and grp = '' and visible <= ?"
        " order by visible, number limit ? for update skip locked",
        queue,
        now,
        most,
    )


def _without_dead(
    tx: Tx, queue: str, candidates: list[tuple[int, int, str]], dead: DeadLetters | None, now: float
) -> list[int]:
    if dead is None:
        return [number for number, _, _ in candidates]
    for number, receives, _ in candidates:
        if receives >= dead.receives:
            _move(tx, queue, number, dead.queue, now)
    return [number for number, receives, _ in candidates if receives < dead.receives]


def _take_out(tx: Tx, queue: str, those: list[int], now: float, until: float) -> list[Delivery]:
    if not those:
        return []
    rows = tx.sql(
        "update record_message set visible = ?, receives = receives + 1, receipt = ?,"
        " first_received = case when first_received = 0 then ? else first_received end"
        f" where queue = ? and number in ({', '.join('?' * len(those))}) returning {COLUMNS}",
        until,
        secrets.token_hex(16),
        now,
        queue,
        *those,
    )
    return [_delivery(row) for row in rows]


def _delivery(row: tuple) -> Delivery:  # type: ignore[type-arg]
    number, secret, id, body, *rest = row
    return Delivery(number, f"{number}-{secret}", id, bytes(body), *rest)


def out(tx: Tx, queue: str, receipt: str) -> Delivery | None:
    number, _, secret = receipt.partition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 19 and secret):
        return None
    rows = tx.sql(
        f"select {COLUMNS} from record_message where queue = ? and number = ? and receipt = ?",
        queue,
        int(number),
        secret,
    )
    return _delivery(rows[0]) if rows else None


def delete(tx: Tx, queue: str, receipts: Sequence[str]) -> list[bool]:
    found = [out(tx, queue, receipt) for receipt in receipts]
    those = [delivery for delivery in found if delivery is not None]
    for delivery in those:
        _delete(tx, queue, delivery.number)
    groups.settle(tx, queue, {delivery.group for delivery in those})
    return [delivery is not None for delivery in found]


def hide(tx: Tx, queue: str, receipt: str, until: float) -> bool:
    delivery = out(tx, queue, receipt)
    if delivery is None:
        return False
    tx.sql(
        "update record_message set visible = ? where queue = ? and number = ?", until, queue, delivery.number
    )
    groups.settle(tx, queue, {delivery.group})
    return True


def move(tx: Tx, queue: str, target: str, most: int, now: float) -> int:
    moved = 0
    for next_ones in (groups.next_ones, _next_ones):
        while moved < most and (those := next_ones(tx, queue, now, most - moved)):
            for number, _, _ in those:
                _move(tx, queue, number, target, now)
            groups.settle(tx, queue, {group for _, _, group in those})
            moved += len(those)
    return moved


def _move(tx: Tx, queue: str, number: int, target: str, now: float) -> None:
    """Move a message; its group at the source is not settled."""
    rows = tx.sql(
        "delete from record_message where queue = ? and number = ? returning id, grp, sent, body",
        queue,
        number,
    )
    for id, group, sent, body in rows:
        insert(tx, target, Sent(id, numbers.take(tx, target, 1)), group, sent, now, bytes(body))


def _delete(tx: Tx, queue: str, number: int) -> None:
    tx.sql("delete from record_message where queue = ? and number = ?", queue, number)


def expire(tx: Tx, queue: str, sent: float, most: int) -> int:
    rows = tx.sql(
        "select number, grp from record_message where queue = ? and sent <= ? order by sent limit ?",
        queue,
        sent,
        most,
    )
    return _remove(tx, queue, rows)  # type: ignore[arg-type]


def purge(tx: Tx, queue: str, through: int, most: int) -> int:
    rows = tx.sql(
        "select number, grp from record_message where queue = ? and number <= ? order by number limit ?",
        queue,
        through,
        most,
    )
    return _remove(tx, queue, rows)  # type: ignore[arg-type]


def _remove(tx: Tx, queue: str, those: list[tuple[int, str]]) -> int:
    for number, _ in those:
        _delete(tx, queue, number)
    groups.settle(tx, queue, {group for _, group in those})
    return len(those)


def counts(tx: Tx, queue: str, now: float) -> Counts:
    ((total,),) = tx.sql("select count(*) from record_message where queue = ?", queue)
    ((out,),) = tx.sql(
        "select count(*) from record_message where queue = ? and receipt <> '' and visible > ?", queue, now
    )
    ((delayed,),) = tx.sql(
        "select count(*) from record_message where queue = ? and receipt = '' and visible > sent and visible > ?",
        queue,
        now,
    )
    return Counts(total - out - delayed, out, delayed)


def next_visible(tx: Tx, queue: str) -> float | None:
    rows = tx.sql("select min(visible) from record_message where queue = ? and grp = ''", queue)
    times = [rows[0][0], groups.next_free(tx, queue)]
    return min((time for time in times if time is not None), default=None)


def oldest(tx: Tx, queue: str) -> float | None:
    ((sent,),) = tx.sql("select min(sent) from record_message where queue = ?", queue)
    return sent
