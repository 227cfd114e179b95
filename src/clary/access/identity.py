"""What IAM and STS, which do not know each other, must both know: a role's facts and a session to be issued."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from clary.access.directory import Credential
    from clary.kernel import Caller
    from clary.store.api import Tx


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """What STS needs of a role. `id` is its AROA…; `trust` its trust policy (JSON); `longest` its
    MaxSessionDuration in seconds."""

    account: str
    name: str
    id: str
    arn: str
    trust: str
    longest: int
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """Temporary credentials to be issued.

    `kind` is `role`, `user` or `federated`; `arn`, `user_id`, `principal_arn` and `principal_id` are the session's as in
    Caller: the session ends with the very user or role that has this id.
    `policies` narrow it (None: not at all; empty: to nothing). `tags` are its session tags, of which `transitive`
    are handed on to the next role. Times are epoch seconds.
    """

    kind: str
    account: str
    arn: str
    user_id: str
    principal_arn: str
    issued: float
    expires: float
    principal_id: str = ""
    policies: tuple[str, ...] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive: tuple[str, ...] = ()
    source_identity: str = ""
    is_root: bool = False


class RoleDirectory(Protocol):
    """The directory as services use it that take a customer's role: `platform.extras["directory"]`.

    `service` is the service that takes the role, with its source. Both raise AccessDenied where the role is not there, is
    of another account than the source, or does not trust the service.
    """

    def acting(self, tx: Tx, role_arn: str, session_name: str, service: Caller) -> Caller: ...
    def session_for_role(
        self, tx: Tx, role_arn: str, session_name: str, service: Caller, duration: float = 3600
    ) -> Credential: ...


class NamingDirectory(Protocol):
    """The directory as services use it that keep policies of resources: `platform.extras["directory"]`."""

    def may_exist(self, tx: Tx, principal: str) -> bool: ...


class IssuingDirectory(Protocol):
    """The directory as STS uses it: `platform.extras["directory"]`."""

    def role(self, tx: Tx, arn: str) -> RoleFacts | None: ...
    def issue(self, tx: Tx, session: SessionRequest) -> Credential: ...
    def session(self, tx: Tx, access_key_id: str) -> SessionRequest | None: ...
    def managed_policy(self, tx: Tx, account: str, arn: str) -> str | None: ...


def canonical_user(account: str) -> str:
    """The canonical user id of an account: 64 hexadecimal digits, as S3 shows owners."""
    return hashlib.sha256(f"canonical-user/{account}".encode()).hexdigest()
