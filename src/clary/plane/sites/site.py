"""A site of a service: its place, its handlers, and who may visit it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clary.kernel import AwsError, Caller
from clary.plane.sites.place import Place
from clary.plane.sites.socket import Socket
from clary.wire import Operation, Response, ServiceModel

if TYPE_CHECKING:
    from clary.plane.sites.visit import Visit

# Answers a request of the site.
Answer = Callable[["Visit"], Awaitable[Response]]
# Returns who sent a request. Raises AwsError to refuse it.
Verify = Callable[["Visit"], Awaitable[Caller]]
# Speaks on a WebSocket until it returns.
Talk = Callable[["Visit", Socket], Awaitable[None]]
# Makes an answer of a refusal, in the words of the site.
Refuse = Callable[["Visit", AwsError], Response]


class SiteOperation(Operation):
    """What hooks around calls and the authoriser see of a visit: a name, as operations have one, and its service."""

    def __init__(self, service: ServiceModel, name: str) -> None:
        self.service = service
        self.name = name
        self.description = {"name": name}


@dataclass(slots=True)
class Site:
    """HTTP of a service that no model describes. Made by `Service.site`. Without `verify` it is open to everybody."""

    place: Place
    operation: SiteOperation
    answer: Answer
    verify: Verify | None
    refuse: Refuse | None = None
    talk: Talk | None = None
    subprotocols: tuple[str, ...] = field(default=())

    def socket(self, *subprotocols: str) -> Callable[[Talk], Talk]:
        """Register the function that speaks on this site's WebSockets. `subprotocols` are those that it speaks, the one
        that it likes best first; a client that asks for none gets none."""

        def register(talk: Talk) -> Talk:
            self.talk, self.subprotocols = talk, subprotocols
            return talk

        return register


def site_name(handler: str) -> str:
    """`function_url` -> `FunctionUrl`: named as operations are."""
    return "".join(word.capitalize() for word in handler.split("_"))


def refuse_unsaid(verify: Verify | None, open: bool) -> None:
    """Raise TypeError unless a site says either how it knows its visitors or that it is open to everybody."""
    if (verify is None) != open:
        raise TypeError("a site either has `verify`, or is `open=True` to everybody")
