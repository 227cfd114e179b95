"""What access control must know of a service. Each service says it of itself, in its `access.py`.

Sources: the service's page of the Service Authorization Reference (actions, resources, condition keys), and the page on
its resource policies, if it has any.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from clary.access.request_keys import Values
    from clary.plane.action import Target
    from clary.plane.context import Context


class Guard(NamedTuple):
    """Who owns a resource, and the policy attached to it (JSON). None where nobody does, and where it has none."""

    owner: str | None = None
    policy: str | None = None


def changes_policies(operation: str) -> bool:
    """Tell whether an operation changes a resource policy, by its name."""
    return "Policy" in operation


@dataclass(frozen=True, slots=True)
class Access:
    """A service's part in access control.

    `scope` says what its ARNs carry: region and account, the account alone, or neither. `members` are condition keys (lower
    case) and the request members that hold their values; a path through a list reads every element. `keys` finds the values
    of other condition keys: context, action, request, lower-case key. `guard` finds the owner and the resource policy of an
    ARN, with the request, which may name a version; without it, what the service has belongs to the account of the call and has no policy. `guarded` are the kinds of
    ARNs (`model-package`) that `guard` knows; without them it is asked about all. `changes` tells which
    operations change what somebody may do. `gated` are actions that need the consent of the resource policy whatever the
    identity's policies say, each with the resources (the kind of an ARN) that have no such policy. `denial` is the error
    code and HTTP status of a refusal, where they are not those of the service's protocol. `names_any` is false where the
    sentence of a refusal is silent about the resource `*`. `unsigned` is true where requests that nobody signed are judged
    by resource policies, as those of an anonymous caller; everywhere else they are refused. `grants` returns a policy (JSON)
    that allows what no policy does, if something else allows it: context, action, ARN, request. `conceals` is how a refusal
    names a resource of another account whose existence it must not reveal, by the action.
    """

    scope: Literal["regional", "global", "nameless"] = "regional"
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keys: Callable[[Context, str, Mapping[str, Any], str], Values] | None = None
    guard: Callable[[Context, str, Mapping[str, Any]], Guard] | None = None
    guarded: tuple[str, ...] = ()
    changes: Callable[[str], bool] = changes_policies
    gated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    denial: tuple[str, int] | None = None
    names_any: bool = True
    unsigned: bool = False
    grants: Callable[[Context, str, str, Mapping[str, Any]], str | None] | None = None
    conceals: Callable[[str], str] | None = None

    def guards(self, target: Target) -> bool:
        """Return whether an action on such a target may be about something with an owner or a policy of its own.

        Only by the first word of a target that is written out: a function may name anything.
        """
        if self.guard is None or not self.guarded or not isinstance(target, str):
            return self.guard is not None
        return target.partition("/")[0] in self.guarded
