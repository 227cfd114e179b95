"""Queues whose messages have groups: order, and one receiver at a time."""

from __future__ import annotations

import random

from clary.records.api import DeadLetters, Delivery, Message, RecordStore
from tests.conformance.records.using import DEAD, QUEUE, ids, receive, send, writing


def test_messages_of_a_group_come_in_order_and_wait_for_those_before(records: RecordStore) -> None:
    send(records, "a1", "a2", "a3", group="a")
    first = receive(records, most=2)
    assert ids(first) == ["a1", "a2"]
    assert receive(records) == []
    with writing(records) as tx:
        tx.delete(QUEUE, [first[0].receipt])
    assert receive(records) == []
    with writing(records) as tx:
        tx.delete(QUEUE, [first[1].receipt])
    assert ids(receive(records)) == ["a3"]


def test_other_groups_do_not_wait(records: RecordStore) -> None:
    send(records, "a1", "a2", group="a")
    send(records, "b1", group="b")
    assert ids(receive(records, most=1)) == ["a1"]
    assert ids(receive(records)) == ["b1"]


def test_what_is_visible_again_comes_first(records: RecordStore) -> None:
    send(records, "a1", "a2", group="a")
    receive(records, most=1)
    assert receive(records, 1029.0) == []
    assert ids(receive(records, 1030.0)) == ["a1", "a2"]


def test_a_group_waits_for_all_that_are_out(records: RecordStore) -> None:
    send(records, "a1", "a2", "a3", group="a")
    first, _second = receive(records, most=2)
    with writing(records) as tx:
        tx.hide(QUEUE, first.receipt, 1000.0)
    assert receive(records, 1001.0) == []
    assert ids(receive(records, 1030.0)) == ["a1", "a2", "a3"]


def test_a_delay_of_the_first_holds_its_group(records: RecordStore) -> None:
    send(records, "a1", group="a", visible=1010.0)
    send(records, "a2", group="a", now=1005.0, visible=1015.0)
    assert receive(records, 1009.0) == []
    (first,) = receive(records, 1010.0)
    with writing(records) as tx:
        tx.delete(QUEUE, [first.receipt])
    assert receive(records, 1014.0) == []
    assert ids(receive(records, 1015.0)) == ["a2"]


def test_a_dead_message_lets_its_group_go_on(records: RecordStore) -> None:
    send(records, "a1", "a2", group="a")
    dead = DeadLetters(DEAD, 1)
    assert ids(receive(records, most=1, dead=dead)) == ["a1"]
    assert ids(receive(records, 1100.0, most=1, dead=dead)) == ["a2"]
    (found,) = receive(records, 1100.0, queue=DEAD)
    assert (found.id, found.group) == ("a1", "a")


def test_purged_and_expired_messages_let_their_group_go_on(records: RecordStore) -> None:
    send(records, "a1", group="a")
    receive(records)
    with writing(records) as tx:
        assert tx.expire(QUEUE, 1000.0) == 1
    send(records, "a2", group="a", now=1001.0)
    assert ids(receive(records, 1001.0)) == ["a2"]
    with writing(records) as tx:
        assert tx.purge(QUEUE, tx.last(QUEUE)) == 1
        assert tx.next_visible(QUEUE) is None


def test_any_sequence_keeps_the_order_of_each_group(records: RecordStore) -> None:
    """Against a model: what a receiver has is always the front of its group, and all is received in the end."""
    chance = random.Random(4)
    left = {group: [f"{group}{n}" for n in range(20)] for group in "abc"}
    with writing(records) as tx:
        for n in range(20):
            tx.send(QUEUE, [Message(f"{group}{n}", b"", group=group) for group in "abc"], 0.0)
    out: list[Delivery] = []
    now = 0.0
    while any(left.values()):
        now += chance.choice((0.0, 1.0, 20.0))
        out = [one for one in out if one.visible > now]
        if out and chance.random() < 0.6:
            one = out.pop(chance.randrange(len(out)))
            with writing(records) as tx:
                assert tx.delete(QUEUE, [one.receipt]) == [True]
            left[one.group].remove(one.id)
            continue
        got = receive(records, now, most=chance.randint(1, 5), hidden=30.0)
        for group in {one.group for one in got}:
            mine = [one.id for one in got if one.group == group]
            assert not [one for one in out if one.group == group]
            assert mine == left[group][: len(mine)]
        out += got
