"""The directory of the platform: access keys, sessions and policies from IAM's tables.

It makes one decision itself: whether a role trusts a service.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from clary.access.directory import Credential, Policies, Unsealer, Use
from clary.access.evaluator import PolicySet, Principal, compile_stored, evaluate
from clary.access.identity import IdentityProvider, RoleFacts, SessionRequest, canonical_user
from clary.access.key_secrets import KeySecrets
from clary.access.service_principals import keys_of
from clary.kernel import AwsError, Caller, Clock, SystemClock
from clary.kernel.sealing import SealingKey
from clary.services.iam import effective_policies, entities, managed_policies, principals, sessions
from clary.services.iam.attempts import Attempts
from clary.services.iam.entities import Entity
from clary.services.iam.last_use import rows as last_uses
from clary.services.iam.mfa import devices as mfa_devices
from clary.services.iam.mfa import verification
from clary.services.iam.providers import facts
from clary.store.api import Tx

_CACHE_SIZE = 4096


class IamDirectory:
    """Implements the Directory of clary.access, and what STS needs besides.

    `clock` dates new sessions; `partition` is the platform's; `sealer` seals the secrets of keys.
    """

    def __init__(
        self, clock: Clock | None = None, partition: str = "aws", sealer: SealingKey | None = None
    ) -> None:
        self.clock = clock or SystemClock()
        self._partition = partition
        self._attempts = Attempts()
        self._secrets = KeySecrets(sealer)
        # (account, ARN, id of the principal) -> (the account's generation when they were read, policies)
        self._policies: dict[tuple[str, str, str], tuple[int, Policies]] = {}

    # keys and policies -----------------------------------------------------------------------------------------

    def credential(self, tx: Tx, access_key_id: str) -> Credential | None:
        """Return a long-term key or a session, or None if it does not exist or its user or role was deleted."""
        rows = tx.sql("SELECT account, owner, secret, status FROM iam_key WHERE id = ?", access_key_id)
        if not rows:
            return sessions.credential(tx, access_key_id, self._secrets)
        account, owner, secret, status = rows[0]
        caller = self._root(account, access_key_id) if not owner else _user_caller(tx, owner, access_key_id)
        if caller is None:
            return None
        secret = self._secrets.opened(access_key_id, secret)
        return Credential(access_key_id, secret, caller, active=status == "Active")

    def _root(self, account: str, access_key_id: str) -> Caller:
        arn = f"arn:{self._partition}:iam::{account}:root"
        return Caller(account, arn, account, arn, access_key_id, is_root=True)

    def policies(self, tx: Tx, caller: Caller) -> Policies:
        """Return the policies that apply to a caller, as this transaction sees them. Read them again only
        after a change."""
        if caller.is_root:
            return Policies(session=caller.session_policies)
        key = (caller.account, caller.principal_arn, caller.principal_id)
        rows = tx.sql("SELECT generation FROM iam_account WHERE id = ?", caller.account)
        generation = rows[0][0] if rows else 0
        known = self._policies.get(key)
        if known is None or known[0] != generation:
            known = (generation, _read_policies(tx, caller))
            if len(self._policies) >= _CACHE_SIZE:
                self._policies.clear()
            self._policies[key] = known
        own = known[1]
        return (
            Policies(own.identity, own.boundary, caller.session_policies) if caller.session_policies else own
        )

    # sessions --------------------------------------------------------------------------------------------------

    def role(self, tx: Tx, arn: str) -> RoleFacts | None:
        found = entities.by_arn(tx, arn)
        if found is None or found.kind != "role":
            return None
        return RoleFacts(
            found.account,
            found.name,
            found.id,
            found.arn,
            found.doc["trust"],
            found.doc["longest"],
            tx.tags(arn),
        )

    def may_exist(self, tx: Tx, principal: str) -> bool:
        """Return whether an AWS principal that a policy names may exist."""
        return principals.may_exist(tx, self._partition, principal)

    def account_of(self, tx: Tx, canonical: str) -> str | None:
        """Return the account that has this canonical user id, or None."""
        accounts = (id for (id,) in tx.sql("SELECT id FROM iam_account ORDER BY id"))
        return next((id for id in accounts if canonical_user(id) == canonical), None)

    def identity_provider(self, tx: Tx, account: str, kind: str, name: str) -> IdentityProvider | None:
        """Return an `oidc-provider` or a `saml-provider` of an account by its name, or None."""
        return facts.find(tx, account, kind, name)

    def issue(self, tx: Tx, session: SessionRequest) -> Credential:
        """Create and store temporary credentials, valid until they expire or their role or user is deleted."""
        return sessions.issue(tx, session, self._secrets)

    def session(self, tx: Tx, access_key_id: str) -> SessionRequest | None:
        return sessions.find(tx, access_key_id)

    def mfa_step(self, tx: Tx, sealer: Unsealer, caller: Caller, serial: str, code: str, now: float) -> int:
        """Return the time step whose code a caller gives for its MFA device. Raise AccessDenied."""
        return verification.accepted_step(tx, sealer, self._attempts, caller, serial, code, now)

    def spend_mfa_step(self, tx: Tx, serial: str, step: int) -> None:
        """Let the code of this time step, and earlier ones, be used no more."""
        mfa_devices.spend(tx, serial, step)

    def keep_uses(self, tx: Tx, uses: Sequence[Use]) -> None:
        """Store who used which service last."""
        last_uses.keep(tx, uses)

    def managed_policy(self, tx: Tx, account: str, arn: str) -> str | None:
        """Return the text of a managed policy that principals of `account` may use, or None."""
        return managed_policies.find_document(tx, self._partition, account, arn)

    def trusts(self, tx: Tx, role_arn: str, service: Caller) -> bool:
        """Return whether a role exists in the account that the service acts for, and lets the service assume
        it."""
        role = self.role(tx, role_arn)
        if role is None or role.account != service.account:
            return False
        return evaluate(
            "sts:AssumeRole", role.arn, keys_of(service), PolicySet(), Principal(service=service.service),
            compile_stored(role.trust), owner=role.account,
        ).allowed  # fmt: skip

    def session_for_role(
        self,
        tx: Tx,
        role_arn: str,
        session_name: str,
        service: Caller,
        duration: float = 3600,
    ) -> Credential:
        """Issue credentials of a role to an AWS service for `duration` seconds, at most the role's longest
        session.

        Raise AccessDenied if the service may not assume the role.
        """
        role = self._assumable_role(tx, role_arn, service)
        return self.issue(tx, self._session(role, session_name, duration))

    def acting(self, tx: Tx, role_arn: str, session_name: str, service: Caller) -> Caller:
        """Return a caller that is the service in a session of the role, without creating credentials.

        Raise AccessDenied if the service may not assume the role.
        """
        role = self._assumable_role(tx, role_arn, service)
        return sessions.caller_of(tx, self._session(role, session_name, 0))

    def _assumable_role(self, tx: Tx, role_arn: str, service: Caller) -> RoleFacts:
        role = self.role(tx, role_arn)
        if role is None or not self.trusts(tx, role_arn, service):
            raise AwsError(
                "AccessDenied",
                f"User: {service.service} is not authorized to perform: sts:AssumeRole on resource: {role_arn}",
                403,
            )
        return role

    def _session(self, role: RoleFacts, session_name: str, duration: float) -> SessionRequest:
        now = self.clock.now()
        name = re.sub(r"[^\w+=,.@-]", "-", session_name)[:64]
        return role_session(role, name, now, now + min(duration, role.longest))


def role_session(role: RoleFacts, name: str, issued: float, expires: float) -> SessionRequest:
    """Return a new session of a role, without session policies and tags."""
    partition = role.arn.split(":", 2)[1]
    return SessionRequest(
        kind="role",
        account=role.account,
        arn=f"arn:{partition}:sts::{role.account}:assumed-role/{role.name}/{name}",
        user_id=f"{role.id}:{name}",
        principal_arn=role.arn,
        principal_id=role.id,
        issued=issued,
        expires=expires,
    )


def _user_caller(tx: Tx, id: str, access_key_id: str) -> Caller | None:
    user = entities.by_id(tx, id)
    if user is None:
        return None
    tags: Mapping[str, str] = tx.tags(user.arn)
    return Caller(
        user.account, user.arn, user.id, user.arn, access_key_id, principal_id=user.id, tags=dict(tags)
    )


def _read_policies(tx: Tx, caller: Caller) -> Policies:
    """Read the policies of a caller; none if its role or user was deleted, even if another now has the name."""
    entity: Entity | None = entities.by_arn(tx, caller.principal_arn)
    if entity is None or entity.id != caller.principal_id:
        return Policies()
    texts = tuple(text for _, text in effective_policies.policies_of(tx, entity))
    return Policies(texts, effective_policies.boundary_of(tx, entity))
