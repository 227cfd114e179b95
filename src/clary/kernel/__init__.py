"""The words that every layer shares: ARN, clock, ids, errors, caller. Imports no other layer."""

from clary.kernel.arn import Arn
from clary.kernel.caller import Caller
from clary.kernel.clock import Clock, FakeClock, SystemClock, machine_time
from clary.kernel.errors import AwsError
from clary.kernel.ids import CountingIds, Ids, RandomIds
from clary.kernel.timeline import BusinessTime, Move, Timeline

__all__ = [
    "Arn",
    "AwsError",
    "BusinessTime",
    "Caller",
    "Clock",
    "CountingIds",
    "FakeClock",
    "Ids",
    "Move",
    "RandomIds",
    "SystemClock",
    "Timeline",
    "machine_time",
]
