"""Queues without order."""

from __future__ import annotations

import asyncio
import threading

import pytest

from clary.records.api import DeadLetters, Delivery, Message, Records, RecordStore, Sent
from tests.conformance.records.conftest import Again
from tests.conformance.records.using import DEAD, QUEUE, ids, receive, send, writing


def test_what_was_sent_is_received_once_and_again_when_it_is_visible(records: RecordStore) -> None:
    send(records, "a")
    (first,) = receive(records, 1001.0)
    assert (first.id, first.body, first.sent, first.receives) == ("a", b"a", 1000.0, 1)
    assert (first.first_received, first.visible) == (1001.0, 1031.0)
    assert receive(records, 1030.9) == []
    (second,) = receive(records, 1031.0)
    assert (second.number, second.receives, second.first_received) == (first.number, 2, 1001.0)
    assert second.receipt != first.receipt


def test_a_deleted_message_does_not_come_back(records: RecordStore) -> None:
    send(records, "a", "b")
    deliveries = receive(records)
    with writing(records) as tx:
        assert tx.delete(QUEUE, [deliveries[0].receipt, "nothing", "9-x"]) == [True, False, False]
        assert tx.delete(QUEUE, [deliveries[0].receipt]) == [False]
    assert ids(receive(records, 2000.0)) == ["b"]


def test_a_receipt_is_good_until_the_next_delivery(records: RecordStore) -> None:
    send(records, "a")
    (first,) = receive(records)
    (second,) = receive(records, 1100.0)
    with writing(records) as tx:
        assert not tx.hide(QUEUE, first.receipt, 5000.0)
        assert tx.delete(QUEUE, [first.receipt]) == [False]
        found = tx.out(QUEUE, second.receipt)
        assert found is not None
        assert found.id == "a"
        assert tx.out("other", second.receipt) is None


@pytest.mark.parametrize("receipt", ["", "-", "1-", "x-y", "1", "²-a", "-1-a", f"{'9' * 40}-a"])
def test_any_text_may_be_asked_as_a_receipt(records: RecordStore, receipt: str) -> None:
    send(records, "a")
    with writing(records) as tx:
        assert tx.out(QUEUE, receipt) is None
        assert tx.delete(QUEUE, [receipt]) == [False]


def test_the_first_message_with_a_key_is_known_for_its_time(records: RecordStore) -> None:
    with writing(records) as tx:
        (sent,) = tx.send(QUEUE, [Message("a", b"", key="k", key_seconds=300)], 1000.0)
        tx.purge(QUEUE, sent.number)
        assert tx.keyed(QUEUE, "k", 1299.9) == sent._replace(duplicate=True)
        assert tx.keyed(QUEUE, "k", 1300.0) is None
        assert tx.keyed(QUEUE, "other", 1000.0) is None
        assert tx.keyed("other", "k", 1000.0) is None


def test_a_delay_hides_and_hide_changes_it(records: RecordStore) -> None:
    send(records, "late", visible=1010.0)
    assert receive(records, 1009.0) == []
    (late,) = receive(records, 1010.0)
    with writing(records) as tx:
        assert tx.hide(QUEUE, late.receipt, 1012.0)
    assert receive(records, 1011.0) == []
    (late,) = receive(records, 1012.0, hidden=0.0)
    assert ids(receive(records, 1012.0)) == ["late"]


def test_a_batch_is_bounded_and_the_oldest_come_first(records: RecordStore) -> None:
    send(records, *"abcde")
    assert ids(receive(records, most=3)) == ["a", "b", "c"]
    assert ids(receive(records, most=3)) == ["d", "e"]
    for most in (0, 1001):
        with pytest.raises(ValueError, match="1 to 1000"):
            receive(records, most=most)


def test_what_is_visible_at_once_is_received_once_in_a_batch(records: RecordStore) -> None:
    send(records, "a", "b")
    assert sorted(ids(receive(records, hidden=0.0))) == ["a", "b"]


def test_messages_received_too_often_are_dead(records: RecordStore) -> None:
    send(records, "a")
    dead = DeadLetters(DEAD, 2)
    for now in (1000.0, 1100.0):
        assert ids(receive(records, now, dead=dead)) == ["a"]
    send(records, "b", now=1150.0)
    assert ids(receive(records, 1200.0, dead=dead)) == ["b"]
    (found,) = receive(records, 1200.0, queue=DEAD)
    assert (found.id, found.body, found.sent, found.receives) == ("a", b"a", 1000.0, 1)


def test_a_move_takes_what_is_visible(records: RecordStore) -> None:
    send(records, *"abcd", queue=DEAD)
    (held,) = receive(records, queue=DEAD, most=1)
    with writing(records) as tx:
        assert tx.move(DEAD, QUEUE, 2, 1000.0) == 2
        assert tx.move(DEAD, QUEUE, 5, 1000.0) == 1
        assert tx.move(DEAD, QUEUE, 5, 1000.0) == 0
    assert ids(receive(records)) == ["b", "c", "d"]
    assert held.id == "a"


def test_counts(records: RecordStore) -> None:
    send(records, *"abcd")
    send(records, "late", visible=1010.0)
    receive(records, most=1)
    with records.read() as tx:
        assert tx.counts(QUEUE, 1000.0) == (3, 1, 1)
        assert tx.counts(QUEUE, 1010.0) == (4, 1, 0)
        assert tx.counts(QUEUE, 1030.0) == (5, 0, 0)
        assert tx.counts("none", 1000.0) == (0, 0, 0)


def test_what_is_old_expires_also_behind_what_is_newer(records: RecordStore) -> None:
    send(records, "new", now=2000.0, queue=DEAD)
    send(records, "old", "older", now=1000.0)
    with writing(records) as tx:
        tx.move(QUEUE, DEAD, 2, 2000.0)
        assert tx.oldest(DEAD) == 1000.0
        assert tx.expire(DEAD, 999.0) == 0
        assert tx.expire(DEAD, 1000.0, most=1) == 1
        assert tx.expire(DEAD, 1000.0) == 1
        assert tx.oldest(DEAD) == 2000.0
    assert ids(receive(records, 2000.0, queue=DEAD)) == ["new"]


def test_a_purge_takes_what_was_sent_before(records: RecordStore) -> None:
    send(records, *"abc")
    receive(records, most=1)
    with records.read() as tx:
        through = tx.last(QUEUE)
    send(records, "after")
    with writing(records) as tx:
        assert tx.purge(QUEUE, through, most=2) == 2
        assert tx.purge(QUEUE, through) == 1
    assert ids(receive(records, 3000.0)) == ["after"]


def test_the_next_moment(records: RecordStore) -> None:
    with records.read() as tx:
        assert tx.next_visible(QUEUE) is None
        assert tx.oldest(QUEUE) is None
    send(records, "late", visible=1500.0)
    send(records, "out")
    receive(records)
    with records.read() as tx:
        assert tx.next_visible(QUEUE) == 1030.0


def test_a_key_makes_a_second_message_a_duplicate_for_its_time(records: RecordStore) -> None:
    def again(id: str, now: float) -> Sent:
        with writing(records) as tx:
            (sent,) = tx.send(QUEUE, [Message(id, b"", key="k", key_seconds=300.0)], now)
            return sent

    first = again("a", 1000.0)
    assert again("b", 1299.0) == ("a", first.number, True)
    (delivery,) = receive(records)
    with writing(records) as tx:
        tx.delete(QUEUE, [delivery.receipt])
    assert again("c", 1299.0) == ("a", first.number, True)
    assert again("d", 1300.0).id == "d"
    with writing(records) as tx:
        both = tx.send(QUEUE, [Message(id, b"", key="k2", key_seconds=1.0) for id in "xy"], 1300.0)
    assert [sent.duplicate for sent in both] == [False, True]


def test_numbers_grow_also_after_the_newest_was_deleted(records: RecordStore) -> None:
    numbers = []
    for id in "abc":
        send(records, id)
        (delivery,) = receive(records)
        numbers.append(delivery.number)
        with writing(records) as tx:
            tx.delete(QUEUE, [delivery.receipt])
    assert numbers == sorted(set(numbers))


def test_a_dropped_queue_is_gone_and_others_stay(records: RecordStore) -> None:
    send(records, "a", group="g", key="k", key_seconds=9.0)
    send(records, "b", queue="other")
    with writing(records) as tx:
        tx.drop(QUEUE)
        tx.drop(QUEUE)
        assert tx.last(QUEUE) == 0
    assert receive(records) == []
    send(records, "c", group="g", key="k", key_seconds=9.0)
    assert ids(receive(records)) == ["c"]
    assert ids(receive(records, queue="other")) == ["b"]
    records.wipe()
    assert receive(records, 5000.0, queue="other") == []


def test_a_transaction_is_whole_or_nothing(records: RecordStore) -> None:
    def work(tx: Records) -> None:
        tx.send(QUEUE, [Message("a", b"")], 1000.0)
        tx.append("log", [b"x"], 1000.0)
        raise LookupError

    with pytest.raises(LookupError):
        records.perform(work)
    with records.read() as tx:
        assert tx.counts(QUEUE, 1000.0).waiting == 0
        assert tx.read("log", 0) == []


def test_an_event_loop_shares_commits(records: RecordStore) -> None:
    async def main() -> list[Delivery]:
        works = [
            records.run(lambda tx, n=n: tx.send(QUEUE, [Message(str(n), b"")], 1000.0), write=True)
            for n in range(50)
        ]
        await asyncio.gather(*works)
        return await records.submit(lambda tx: tx.receive(QUEUE, 1000.0, until=2000.0, most=100))

    assert sorted(ids(asyncio.run(main())), key=int) == [str(n) for n in range(50)]


def test_two_receivers_never_have_the_same_message(again: Again) -> None:
    first, second = again(), again()
    send(first, *map(str, range(200)))
    found: list[str] = []

    def consume(records: RecordStore) -> None:
        while deliveries := receive(records, most=7):
            found.extend(ids(deliveries))

    threads = [threading.Thread(target=consume, args=(one,)) for one in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found, key=int) == list(map(str, range(200)))
