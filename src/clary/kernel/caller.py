"""Who is calling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified identity.

    `arn` is what GetCallerIdentity says (`arn:aws:iam::1:user/u`, `arn:aws:sts::1:assumed-role/r/session`,
    `arn:aws:iam::1:root`); `principal_arn` is what policies name (for a session: the role). `principal_id` is the unique
    id (AIDA…, AROA…) of the user or role whose policies judge the call; empty for the root user and for a service. Names
    and ARNs are given again after a deletion, ids are not. `service` is the service principal when an AWS service acts by
    itself; `source_arn` and `account` are then the resource on whose behalf it acts, and that resource's account.
    `session_policies` narrow what the identity's policies allow. A session also knows when it was `issued` (epoch
    seconds), the `source_identity` that it was given, and when its user gave a code of an MFA device (`mfa`, epoch seconds;
    None: it gave none). `via` are the service principals through which the call was made on the caller's behalf, the first
    of the chain first; empty where the caller makes it. `stated` are the condition keys (lower case) that an identity
    provider answered for when the session began, with their values.
    """

    account: str
    arn: str
    user_id: str
    principal_arn: str
    access_key_id: str = ""
    is_root: bool = False
    service: str = ""
    source_arn: str = ""
    session_policies: tuple[str, ...] = ()
    issued: float | None = None
    source_identity: str = ""
    principal_id: str = ""
    via: tuple[str, ...] = ()
    mfa: float | None = None
    stated: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)
    tags: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)

    @classmethod
    def anonymous(cls) -> Caller:
        return cls(account="", arn="", user_id="anonymous", principal_arn="*")

    @classmethod
    def of_service(cls, service: str, account: str, source_arn: str) -> Caller:
        """Return an AWS service (`sagemaker.amazonaws.com`) that acts on behalf of a resource of an account.

        Raise ValueError without a source: a service that acts on behalf of no resource is a confused deputy.
        """
        if not (service and account and source_arn):
            raise ValueError("a service acts on behalf of a resource of an account")
        return cls(account, service, service, service, service=service, source_arn=source_arn)

    @classmethod
    def restored(cls, members: Mapping[str, Any]) -> Caller:
        """Return the caller of members that went through JSON, in which tuples are lists. Earlier versions wrote fewer."""
        kept: dict[str, Any] = {n: tuple(one) if isinstance(one, list) else one for n, one in members.items()}
        return cls(**kept)

    def through(self, service: str) -> Caller:
        """Return this caller as a service calls another one on its behalf. AWS calls that a forward access session."""
        return replace(self, via=(*self.via, service))

    @property
    def is_anonymous(self) -> bool:
        return not self.account
