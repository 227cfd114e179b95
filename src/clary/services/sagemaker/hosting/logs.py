"""What the replicas of an endpoint write, in CloudWatch Logs: a stream for each, with its output to the end.

How far each was read is in the private members of the record: `logs` has the number of bytes by run and host; `ended` has, for
each run that has ended, how often it was read since, and 0 once all of its output was read. A run is forgotten only when the
record says so: output that was read by a step which was never written would be lost with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from clary.plane import Call, Record, World
from clary.services.sagemaker.hosting import replicas
from clary.services.sagemaker.hosting.replicas import Replica, Seen
from clary.workloads import log_journal
from clary.workloads.log_journal import Entries, Log

LOG_GROUP = "/aws/sagemaker/Endpoints/"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one step read: the calls that log it, the private members that remember it, and whether there is more at once."""

    calls: tuple[Call, ...]
    private: dict[str, Any]
    more: bool


def read(endpoint: Record, world: World, seen: Iterable[Seen]) -> Reading:
    """Read what these replicas have written since the last time, each into a stream of its own."""
    calls: list[Call] = []
    offsets: dict[str, Any] = {}
    ended: dict[str, int] = {}
    more = False
    for one in seen:
        run = one.replica.run
        if one.ended:
            ended[run] = 0
        if one.phase == "absent" or is_read(endpoint, run):
            continue
        entries = _entries(endpoint, world, one)
        calls += [call for call in entries.calls if call.operation != "CreateLogGroup" or call not in calls]
        offsets[run] = entries.offsets
        more = more or entries.more
        if one.ended and entries.more:
            ended[run] = entries.last_readings or 1
    return Reading(tuple(calls), {"logs": offsets, "ended": ended or None}, more)


def is_read(endpoint: Record, run: str) -> bool:
    """Return whether a run has ended and the record says that all of its output was read."""
    return endpoint.private.get("ended", {}).get(run) == 0


def _entries(endpoint: Record, world: World, one: Seen) -> Entries:
    run, doc = one.replica.run, endpoint.private
    memory = {
        "offsets": doc.get("logs", {}).get(run, {}),
        "last_readings": doc.get("ended", {}).get(run),
    }
    to = Log(LOG_GROUP + endpoint.id, {"algo-1": _stream(one.replica)})
    return log_journal.read(endpoint.evolve(doc={"private": memory}), world, run, to, last=one.ended)


def _stream(replica: Replica) -> str:
    """Return the stream's name; that of a container among several ends with its name
    (https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html)."""
    of_several = "" if replica.name == "primary" else f"/{replica.name}"
    return f"{replica.variant}/{replicas.instance_id(replica)}{of_several}"
