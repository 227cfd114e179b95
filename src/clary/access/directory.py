"""The interface of the identity directory: access keys, policies of a caller, roles and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from clary.access.identity import IdentityProvider, RoleFacts, SessionRequest
from clary.kernel import Caller
from clary.store.api import Tx


@dataclass(frozen=True, slots=True)
class Credential:
    """An access key. `token` is the session token that must accompany it, '' if none.

    `expires` is in epoch seconds; `active` is False if the key was deactivated.
    """

    access_key_id: str
    secret: str
    caller: Caller
    token: str = ""
    expires: float | None = None
    active: bool = True

    def state(self, token: str | None, now: float) -> Literal["usable", "unknown", "expired"]:
        """Tell whether the key may be used with a session token, or None, at a moment. A session's key without its token
        is not a valid key."""
        if not self.active or self.token != (token or ""):
            return "unknown"
        return "expired" if self.expires is not None and now >= self.expires else "usable"


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies (JSON text) that apply to a caller: identity policies, permissions boundary, session
    policies."""

    identity: tuple[str, ...] = ()
    boundary: str | None = None
    session: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """An authenticated call. `key` is the long-term access key, or ''; `principal` the id of the user or role, or '' for the
    root user, and `arn` its ARN; `service` is the name with which the request was signed."""

    account: str
    key: str
    principal: str
    arn: str
    service: str
    region: str
    at: float


class Unsealer(Protocol):
    """What opens secrets in the store: the platform's sealing key."""

    def unseal(self, sealed: bytes, bound: bytes) -> bytes: ...


class Directory(Protocol):
    """Where identities are looked up: implemented by the IAM service, kept in `platform.extras["directory"]`.

    `acting` and `session_for_role` make `service` act in a role. They raise AccessDenied if the role does not exist,
    belongs to another account than the service acts for, or does not trust the service.

    `mfa_step` returns the time step of the code that a caller gives for its MFA device, or raises AccessDenied;
    `spend_mfa_step` lets the code be used no more. `keep_uses` stores who used which service last.
    """

    def credential(self, tx: Tx, access_key_id: str) -> Credential | None: ...
    def policies(self, tx: Tx, caller: Caller) -> Policies: ...
    def may_exist(self, tx: Tx, principal: str) -> bool: ...
    def account_of(self, tx: Tx, canonical: str) -> str | None: ...
    def role(self, tx: Tx, arn: str) -> RoleFacts | None: ...
    def identity_provider(self, tx: Tx, account: str, kind: str, name: str) -> IdentityProvider | None: ...
    def issue(self, tx: Tx, session: SessionRequest) -> Credential: ...
    def session(self, tx: Tx, access_key_id: str) -> SessionRequest | None: ...
    def mfa_step(
        self, tx: Tx, sealer: Unsealer, caller: Caller, serial: str, code: str, now: float
    ) -> int: ...
    def spend_mfa_step(self, tx: Tx, serial: str, step: int) -> None: ...
    def keep_uses(self, tx: Tx, uses: Sequence[Use]) -> None: ...
    def managed_policy(self, tx: Tx, account: str, arn: str) -> str | None: ...
    def trusts(self, tx: Tx, role_arn: str, service: Caller) -> bool: ...
    def acting(self, tx: Tx, role_arn: str, session_name: str, service: Caller) -> Caller: ...
    def session_for_role(
        self, tx: Tx, role_arn: str, session_name: str, service: Caller, duration: float = 3600
    ) -> Credential: ...
