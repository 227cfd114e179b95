"""One row of the matrix: a call with which its owner succeeds, and what it means to a stranger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.security.matrix.world import World

Params = dict[str, Any]


class Outcome(Enum):
    """What a caller who does not own the resource must see."""

    REFUSED = "the access error of the protocol"
    MISSING = "the not-found error of the caller's own account: the name means nothing there"
    OWN = "success in the caller's own account, with nothing of the owner's in the answer"
    OPEN = "success: the call is open to every caller"
    FEDERATED = "success: the request carries what speaks for its caller, whoever sends it"
    UNROUTED = "an error of S3, for which a request counts that says nothing of a service"
    UNFIT = "the error that IAM has for callers of another kind than the operation is for"
    SESSION = "the access error that STS has for temporary credentials, whatever their policies say"


@dataclass(frozen=True, slots=True)
class Case:
    """`make` prepares what the call needs, as the owner, and returns the call's parameters; it runs again for each
    call that succeeds, so that a Delete finds something to delete.

    `stranger` is what the root user of another account must see. `action` is IAM's name of the action where it is not
    that of the operation (Service Authorization Reference). `absent` is the error code that the owner gets where this
    platform never has what the call reads.
    """

    make: Callable[[World], Params]
    stranger: Outcome = Outcome.REFUSED
    action: str = ""
    absent: str = ""
