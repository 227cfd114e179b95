"""The snapshot of a run: where it is, and the events since the last one. JSON can represent it, so it survives any death."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Event = dict[str, Any]
"""`i` its id, `p` the previous one's, `t` its time, `y` its type, `d` its details, with their member of HistoryEvent in `k`."""


@dataclass(slots=True)
class Frame:
    """A place in the state machine: the outermost level, a branch, an iteration.

    `phase` is `enter`, `run` (another attempt), `sleep` (until `until`, in business time: `then` says for what), `task`,
    `inside` (branches or iterations run) or `over`. `prev` is the id of its last event; `inside` is how far branches and
    iterations are. `entered_prev` is the event before that of its state's beginning.
    """

    id: int
    parent: int
    index: int
    container: int
    state: str
    input: Any
    prev: int
    variables: dict[str, Any] = field(default_factory=dict)
    phase: str = "enter"
    entered: float = 0.0
    entered_id: int = 0
    entered_prev: int = 0
    retries: dict[str, int] = field(default_factory=dict)
    until: float | None = None
    then: str = ""
    task: dict[str, Any] | None = None
    inside: dict[str, Any] | None = None
    item: dict[str, Any] | None = None
    text: str | None = None
    """The JSON text of `input`, if it is known already."""

    def shown(self) -> list[Any]:
        """Return the frame as JSON."""
        return [
            self.id, self.parent, self.index, self.container, self.state, self.input, self.prev, self.variables,
            self.phase, self.entered, self.entered_id, self.entered_prev, self.retries, self.until, self.then,
            self.task, self.inside, self.item,
        ]  # fmt: skip


@dataclass(slots=True)
class End:
    """What a run has come to. `before` is the snapshot of the moment when it failed, from which it can go on."""

    status: str
    output: str | None = None
    error: str | None = None
    cause: str | None = None
    before: str | None = None


@dataclass(slots=True)
class Facts:
    """What does not change in a run, and is seen by its expressions: `Execution` and `StateMachine` of the context object."""

    arn: str
    role: str
    region: str
    execution: Mapping[str, Any]
    machine: Mapping[str, Any]
    distributed: bool = False
    """Whether this is an iteration of a distributed Map: its context has `Map`."""


class Run:
    """Frames by number, and what came of them since the last snapshot."""

    def __init__(self) -> None:
        self.frames: dict[int, Frame] = {}
        self.next_frame = 1
        self.next_event = 1
        self.deadline: float | None = None
        self.end: End | None = None
        self.events: list[Event] = []
        self.has_moved = False
        """Whether a step was made since the last snapshot: not every step has an event."""
        self.orphans: list[dict[str, Any]] = []
        """Tasks that were given up while what they began goes on."""

    def add(self, parent: int, index: int, container: int, state: str, input: Any, prev: int) -> Frame:
        """Add a frame that begins in a state."""
        frame = Frame(self.next_frame, parent, index, container, state, input, prev)
        self.next_frame += 1
        self.frames[frame.id] = frame
        return frame

    def snapshot(self) -> dict[str, Any]:
        """Return the run as JSON, without its new events."""
        return {
            "frames": [frame.shown() for frame in self.frames.values()],
            "next_frame": self.next_frame,
            "next_event": self.next_event,
            "deadline": self.deadline,
        }

    @classmethod
    def of(cls, snapshot: Mapping[str, Any]) -> Run:
        """Return the run of a snapshot."""
        run = cls()
        run.frames = {shown[0]: Frame(*shown) for shown in snapshot["frames"]}
        for frame in run.frames.values():
            frame.text = None
        run.next_frame = snapshot["next_frame"]
        run.next_event = snapshot["next_event"]
        run.deadline = snapshot["deadline"]
        return run

    def below(self, frame: Frame) -> list[Frame]:
        """Return the frames of a frame's branches or iterations."""
        return [one for one in self.frames.values() if one.parent == frame.id]

    def drop(self, frame: Frame) -> None:
        """Remove a frame and all below it."""
        for one in self.below(frame):
            self.drop(one)
        self.give_up(frame)
        self.frames.pop(frame.id, None)

    def give_up(self, frame: Frame) -> None:
        """Note the task of a frame that will not wait for it any more."""
        task = frame.task
        if task is not None and (
            "child" in task or (task["family"] == "mapRun" and task["stage"] == "waiting")
        ):
            self.orphans.append(task)

    def clear(self) -> None:
        """Remove all frames: the run has ended."""
        for frame in self.frames.values():
            self.give_up(frame)
        self.frames.clear()
