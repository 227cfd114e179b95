"""What answers one operation, and what IAM is asked before it does. Knows no service."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from clary.access.request_members import member

Params = dict[str, Any]
# The first argument of all of these is the call's Context.
Handler = Callable[[Any, Params], "Params | Awaitable[Params]"]
Target = str | Callable[[Any, Params], Sequence[str]]
Heavy = Callable[[Params], bool]
# Where a handler runs and what it has there: a reading transaction, one beside the event loop, a writing one, a thread
# without any, the event loop without any.
Lane = Literal["read", "heavy_read", "write", "compute", "stream"]

_MEMBER = re.compile(r"\{(\w+)\}")
_READS = ("Describe", "List", "Get", "Head", "Search", "Simulate", "Filter", "BatchGet", "Query", "Lookup")


@dataclass(frozen=True, slots=True)
class Also:
    """One more action that a call needs, on the same resource, where the request asks for what it is about.

    `action` is its full name (`sagemaker:AddTags`); where AWS takes any of several, `instead` are the others. `when` are
    members of the request, any of which asks for it (`CreateBucketConfiguration.Tags` for one that is nested), or a
    function of the request; nothing for a second action of every call. `on` is another resource, as in Action.
    """

    action: str
    when: str | tuple[str, ...] | Callable[[Params], bool] = ()
    instead: tuple[str, ...] = ()
    on: Target | None = None

    @property
    def members(self) -> tuple[str, ...]:
        """The members that decide; none where a function does, or where every call needs it."""
        if callable(self.when):
            return ()
        return (self.when,) if isinstance(self.when, str) else self.when

    def is_asked_by(self, params: Mapping[str, Any]) -> bool:
        """Whether this request needs it. An empty list of tags asks for nothing."""
        if callable(self.when):
            return self.when(dict(params))
        return not self.members or any(member(params, path) for path in self.members)


@dataclass(frozen=True, slots=True)
class Action:
    """One operation as it is answered.

    `target` is the resource part of an ARN with members in braces (`training-job/{TrainingJobName}`), or a function
    that says the full ARNs; `*` where the operation is about no resource. `name` is the IAM action (`s3:ListBucket`).
    `open` operations are for any verified caller (sts:GetCallerIdentity). `lane` is where the handler runs (pipeline.py);
    those calls of a `read` of which `heavy` is true run as heavy reads. `also` are the other actions that some requests
    need. What was allowed within the last second is allowed still where the lane is `stream`, and to a `remembered` read.
    """

    handler: Handler
    name: str
    target: Target
    lane: Lane
    open: bool = False
    also: tuple[Also, ...] = ()
    heavy: Heavy | None = None
    remembered: bool = False
    # The top-level members without which `also` has nothing to ask; None where it must be looked at each time.
    _signs: frozenset[str] | None = field(init=False, default=None, repr=False)
    # The one member that `target` has in braces; None where it has none or several, or is a function.
    about: str | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        names = _MEMBER.findall(self.target) if isinstance(self.target, str) else ()
        if len(names) == 1:
            object.__setattr__(self, "about", names[0])
        if all(one.members for one in self.also):
            signs = {path.partition(".")[0] for one in self.also for path in one.members}
            object.__setattr__(self, "_signs", frozenset(signs))

    def asks_more(self, params: Mapping[str, Any]) -> bool:
        """Return whether this request may need another action, by its members only."""
        return bool(self.also) and (self._signs is None or not self._signs.isdisjoint(params))

    def more(self, params: Mapping[str, Any]) -> list[Also]:
        """Return the other actions that this request needs."""
        if not self.asks_more(params):
            return []
        return [one for one in self.also if one.is_asked_by(params)]

    def lane_for(self, params: Params) -> Lane:
        """Return the lane of this very call."""
        return "heavy_read" if self.heavy is not None and self.heavy(params) else self.lane


def lane_of(operation: str, handler: Handler, stated: Lane | None = None, heavy: Heavy | None = None) -> Lane:
    """Return the lane that was stated, or the one that follows from the colour of the handler and the verb of the
    operation. Raise TypeError for a lane in which this handler cannot run."""
    usual = _usual_lane(operation, handler)
    lane = stated or usual
    if (lane == "stream") != (usual == "stream"):
        raise TypeError(f"{operation}: the lane `stream` is for `async def`, and the others are for `def`")
    if heavy is not None and lane != "read":
        raise TypeError(f"{operation}: only some calls of a `read` can be heavy, and its lane is {lane}")
    return lane


def _usual_lane(operation: str, handler: Handler) -> Lane:
    if inspect.iscoroutinefunction(handler):
        return "stream"
    return "read" if operation.startswith(_READS) else "write"
