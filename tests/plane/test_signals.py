"""Signals: every waiter gets its own, none is lost between a check and a wait, and other processes hear them too."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from clary.plane.signals import Closing, Signals

LONG = 30.0


@pytest.fixture
def signals() -> Signals:
    return Signals()


class TestWaiting:
    def test_several_waiters_each_get_theirs(self, signals: Signals) -> None:
        async def story() -> list[bool]:
            waiting = [asyncio.create_task(signals.wait("queue", LONG)) for _ in range(3)]
            other = asyncio.create_task(signals.wait("another", 0.01))
            await asyncio.sleep(0)
            signals.notify("queue")
            return [*await asyncio.gather(*waiting), await other]

        assert asyncio.run(story()) == [True, True, True, False]

    def test_what_comes_between_a_check_and_a_wait_is_not_lost(self, signals: Signals) -> None:
        async def story() -> tuple[bool, bool]:
            with signals.watch("queue") as watch:
                signals.notify("queue")
                signals.notify("queue")
                return await watch.wait(LONG), await watch.wait(0.01)

        assert asyncio.run(story()) == (True, False)

    def test_from_before_it_was_watched(self, signals: Signals) -> None:
        signals.notify("queue")
        assert asyncio.run(signals.wait("queue", 0.01)) is False

    def test_one_of_several_topics(self, signals: Signals) -> None:
        async def story() -> bool:
            with signals.watch("a", "b") as watch:
                signals.notify("b")
                return await watch.wait(LONG)

        assert asyncio.run(story())

    def test_from_another_thread(self, signals: Signals) -> None:
        async def story() -> bool:
            with signals.watch("queue") as watch:
                threading.Thread(target=signals.notify, args=("queue",)).start()
                return await watch.wait(LONG)

        assert asyncio.run(story())

    def test_nothing_is_kept_of_topics_that_nobody_watches(self, signals: Signals) -> None:
        for number in range(100):
            signals.notify(f"queue-{number}")
        asyncio.run(signals.wait("queue", 0.001))
        assert signals._watches == {}

    def test_a_waiter_that_is_cancelled_leaves_nothing(self, signals: Signals) -> None:
        async def story() -> None:
            task = asyncio.create_task(signals.wait("queue", LONG))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert signals._watches == {}
            signals.notify("queue")

        asyncio.run(story())

    @pytest.mark.parametrize("topic", ["a\nb", "x" * 1025])
    def test_what_is_no_topic(self, signals: Signals, topic: str) -> None:
        with pytest.raises(ValueError, match="not a topic"):
            signals.notify(topic)


class TestEnding:
    def test_all_waits_end(self, signals: Signals) -> None:
        async def story() -> None:
            waiting = asyncio.create_task(signals.wait("queue", LONG))
            await asyncio.sleep(0)
            signals.close()
            for wait in (waiting, signals.wait("queue", LONG)):
                with pytest.raises(Closing):
                    await wait

        asyncio.run(story())


class TestPolling:
    def test_it_looks_again_when_it_is_notified(self, signals: Signals) -> None:
        found = [[], [], ["message"]]

        async def look() -> list[str]:
            signals.notify("queue")  # at a moment at which nobody waits
            return found.pop(0)

        assert asyncio.run(signals.poll(["queue"], look, LONG)) == ["message"]
        assert found == []

    def test_it_answers_what_there_is_at_the_end_of_its_time(self, signals: Signals) -> None:
        looks: list[int] = []

        async def look() -> list[str]:
            looks.append(1)
            return []

        assert asyncio.run(signals.poll(["queue"], look, 0.01)) == []
        assert len(looks) == 2, "once more at the end"

    def test_it_answers_what_there_is_when_the_process_ends(self, signals: Signals) -> None:
        async def look() -> list[str]:
            return []

        async def story() -> list[str]:
            task = asyncio.create_task(signals.poll(["queue"], look, LONG))
            await asyncio.sleep(0)
            signals.close()
            return await task

        assert asyncio.run(story()) == []

    def test_without_time_it_looks_once(self, signals: Signals) -> None:
        async def look() -> str:
            return ""

        assert asyncio.run(signals.poll(["queue"], look, 0)) == ""


class TestAcrossProcesses:
    @pytest.fixture
    def receiver(self, tmp_path: Path) -> Iterator[socket.socket]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
            bound.bind(str(tmp_path / "one.bell"))
            bound.settimeout(30)
            yield bound

    def test_another_processes_notification(
        self, tmp_path: Path, receiver: socket.socket, signals: Signals
    ) -> None:
        path = str(tmp_path / "one.bell")
        program = f"from clary.plane.signals import Signals; Signals([{path!r}]).notify('queue', 'other')"
        with signals.watch("queue") as watch:
            subprocess.run([sys.executable, "-c", program], check=True)
            signals.heard(receiver.recv(1 << 16))
            assert watch.take()

    def test_its_own_is_not_taken_twice(self, tmp_path: Path, receiver: socket.socket) -> None:
        own = Signals([str(tmp_path / "one.bell")])
        with own.watch("queue") as watch:
            own.notify("queue")
            assert watch.take()
            own.heard(receiver.recv(1 << 16))
            assert not watch.take()

    @pytest.mark.parametrize("datagram", [b"", b"!", b"run-1", b"@", b"queue", b" queue"])
    def test_other_messages(self, signals: Signals, datagram: bytes) -> None:
        with signals.watch("queue") as watch:
            signals.heard(datagram)
            assert not watch.take()

    def test_a_full_queue_loses_nothing(
        self, tmp_path: Path, receiver: socket.socket, signals: Signals
    ) -> None:
        """More than the kernel keeps for a socket (net.unix.max_dgram_qlen): the rest comes when there is room."""
        sender = Signals([str(tmp_path / "one.bell")])
        topics = [f"queue-{number}" for number in range(700)]
        for topic in topics:
            sender.notify(topic)
        watches = [signals.watch(topic) for topic in topics]
        for _ in topics:
            signals.heard(receiver.recv(1 << 16))
        assert all(watch.take() for watch in watches)

    def test_nobody_listens(self, tmp_path: Path) -> None:
        Signals([str(tmp_path / "nowhere.bell")]).notify("queue")
