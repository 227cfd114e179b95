"""What answers one operation, and what IAM is asked before it does. Knows no service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

Params = dict[str, Any]
# The first argument of all of these is the call's Context.
Handler = Callable[[Any, Params], "Params | Awaitable[Params]"]
Target = str | Callable[[Any, Params], Sequence[str]]
Heavy = bool | Callable[[Params], bool]


@dataclass(frozen=True, slots=True)
class Action:
    """One operation as it is answered.

    `target` is the resource part of an ARN with members in braces (`training-job/{TrainingJobName}`), or a function
    that says the full ARNs; `*` where the operation is about no resource. `name` is the IAM action (`s3:ListBucket`).
    `open` operations are for any verified caller (sts:GetCallerIdentity). `hot` handlers are `async def`. `heavy` reads
    have a lane of their own (lanes.py): all calls, or those whose parameters it is true of.
    """

    handler: Handler
    name: str
    target: Target
    hot: bool
    open: bool = False
    heavy: Heavy = False

    def is_heavy(self, params: Params) -> bool:
        """Whether this call is one for the lane of heavy reads."""
        return self.heavy if isinstance(self.heavy, bool) else self.heavy(params)
