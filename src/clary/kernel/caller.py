"""Who is calling."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified identity.

    `arn` is what GetCallerIdentity says (`arn:aws:iam::1:user/u`, `arn:aws:sts::1:assumed-role/r/session`,
    `arn:aws:iam::1:root`); `principal_arn` is what policies name (for a session: the role). `principal_id` is the unique
    id (AIDA…, AROA…) of the user or role whose policies judge the call; empty for the root user and for a service. Names
    and ARNs are given again after a deletion, ids are not. A `service` is set when an AWS service acts by itself.
    `session_policies` narrow what the identity's policies allow. A session also knows when it was `issued` (epoch
    seconds) and the `source_identity` that it was given.
    """

    account: str
    arn: str
    user_id: str
    principal_arn: str
    access_key_id: str = ""
    is_root: bool = False
    service: str = ""
    session_policies: tuple[str, ...] = ()
    issued: float | None = None
    source_identity: str = ""
    principal_id: str = ""
    tags: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)

    @classmethod
    def anonymous(cls) -> Caller:
        return cls(account="", arn="", user_id="anonymous", principal_arn="*")

    @classmethod
    def of_service(cls, service: str, account: str) -> Caller:
        """An AWS service that acts for an account by itself: not judged by that account's policies."""
        return cls(account=account, arn=service, user_id=service, principal_arn=service, service=service)

    @property
    def is_anonymous(self) -> bool:
        return not self.account
