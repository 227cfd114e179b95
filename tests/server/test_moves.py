"""Business time across processes, restarts and records: what a move makes due, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clary.kernel import FakeClock
from clary.plane import Platform, Record, Step, World
from clary.runs.fake import FakeExecutor
from clary.server.assemble import assemble
from clary.server.home import Home
from clary.server.loop import Controllers
from clary.server.options import Options

SCOPE = "111122223333/us-east-1"
ALARM = "cloudwatch:MetricAlarm"
JOB = "sagemaker:TrainingJob"
HOUR = 3600.0

Another = Callable[[], Platform]


@pytest.fixture
def another(platform: Platform, clock: FakeClock, options: Options) -> Iterator[Another]:
    """One more process over the same home: a platform whose clock shows the same machine time."""
    made: list[Platform] = []

    def start() -> Platform:
        made.append(assemble(Home(platform.settings.home), options, clock=Beside(clock), runs=FakeExecutor()))
        return made[-1]

    yield start
    for one in made:
        one.store.close()


class Beside(FakeClock):
    """The clock of another process of the same machine."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock

    def now(self) -> float:
        return self._clock.now()


def put(platform: Platform, *records: Record) -> None:
    with platform.store.write() as tx:
        for record in records:
            tx.insert(record)


def test_a_platform_keeps_its_moves(
    platform: Platform, another: Another, clock: FakeClock, move: Callable[[float], None]
) -> None:
    move(HOUR)
    clock.advance(10)
    move(2 * HOUR)
    assert another().clock.timeline == platform.clock.timeline
    assert platform.clock.timeline.ahead == 3 * HOUR


def test_the_controllers_process_sees_a_move_at_its_next_turn(
    platform: Platform, another: Another, clock: FakeClock, tmp_path: Path, move: Callable[[float], None]
) -> None:
    controllers = Controllers(another(), str(tmp_path / "other.bell"))
    seen: list[float] = []

    def look(_: Record, world: World) -> Step:
        seen.append(world.business.now)
        return Step(until=world.business.now + HOUR)

    controllers._reconcilers[ALARM] = look
    put(platform, Record(ALARM, SCOPE, "a", until=clock.now() + HOUR))
    assert controllers.once() == 0
    move(HOUR)
    assert controllers.once() == 1
    assert seen == [clock.now() + HOUR]
    assert controllers.once() == 0
    assert 0.0 < controllers._until_due() <= 1.0
    clock.advance(HOUR)
    assert controllers.once() == 1


def test_a_turn_that_waits_is_woken(
    platform: Platform, clock: FakeClock, move: Callable[[float], None]
) -> None:
    bell, _ = platform.settings.bells
    controllers = Controllers(platform, bell)
    controllers._reconcilers[ALARM] = lambda *_: Step()
    put(platform, Record(ALARM, SCOPE, "a", until=clock.now() + HOUR))
    move(HOUR)
    controllers._wait(600)
    assert controllers.once() == 1


def test_a_jump_makes_nothing_due_that_waits_for_a_process(
    platform: Platform, clock: FakeClock, controllers: Controllers, move: Callable[[float], None]
) -> None:
    looks: list[str] = []

    def look(record: Record, _: World) -> Step:
        looks.append(record.id)
        return Step(after=1)

    controllers._reconcilers[JOB] = look
    put(platform, *(Record(JOB, SCOPE, f"j{n}", due=clock.now()) for n in range(3)))
    assert controllers.once() == 3
    move(3_000 * 86_400)
    assert controllers.once() == 0
    clock.advance(1)
    assert controllers.once() == 3


def test_whichever_comes_first(
    platform: Platform, clock: FakeClock, controllers: Controllers, move: Callable[[float], None]
) -> None:
    """A wait of business time with a limit in the machine's, as a task has that a process must answer."""
    controllers._reconcilers[ALARM] = lambda _, world: Step(after=60, until=world.business.now + HOUR)
    put(platform, Record(ALARM, SCOPE, "a", due=clock.now()))
    assert controllers.once() == 1
    clock.advance(60)
    assert controllers.once() == 1
    move(HOUR)
    assert controllers.once() == 1
    assert controllers.once() == 0


def test_who_holds_a_record_keeps_it_through_a_jump(
    platform: Platform, clock: FakeClock, controllers: Controllers, move: Callable[[float], None]
) -> None:
    put(platform, Record(ALARM, SCOPE, "a", until=clock.now() + HOUR))
    move(HOUR)
    (held,) = controllers._claim(8)
    move(HOUR)
    assert controllers._claim(8) == []
    controllers._reconcilers[ALARM] = lambda *_: Step("OK")
    controllers.step(held)
    with platform.store.read() as tx:
        found = tx.get(ALARM, SCOPE, "a")
    assert found is not None
    assert (found.status, found.due, found.until) == ("OK", None, None)


def test_what_a_dead_process_held_is_looked_at_again(
    platform: Platform, clock: FakeClock, controllers: Controllers, move: Callable[[float], None]
) -> None:
    put(platform, Record(ALARM, SCOPE, "a", until=clock.now() + HOUR))
    move(HOUR)
    assert len(controllers._claim(8)) == 1
    controllers._release()
    assert len(controllers._claim(8)) == 1


def test_failures_back_off_by_the_machines_time(
    platform: Platform, clock: FakeClock, controllers: Controllers, move: Callable[[float], None]
) -> None:
    def fail(*_: object) -> Step:
        raise RuntimeError("broken")

    controllers._reconcilers[ALARM] = fail
    put(platform, Record(ALARM, SCOPE, "a", until=clock.now() - 1))
    assert controllers.once() == 1
    move(HOUR)
    assert controllers.once() == 0
    clock.advance(0.5)
    assert controllers.once() == 1


def test_a_machine_that_is_set_back_keeps_no_wait_waiting(
    platform: Platform, clock: FakeClock, controllers: Controllers
) -> None:
    controllers._reconcilers[ALARM] = lambda _, world: Step(until=world.business.now + 60)
    put(platform, Record(ALARM, SCOPE, "a", due=clock.now()))
    assert controllers.once() == 1
    clock.advance(-HOUR)
    assert controllers.once() == 1
    assert controllers.once() == 0
