"""The directory of this platform: access keys, sessions and policies out of IAM's tables. Decides nothing itself,
but for the one question whether a role trusts a service."""

from __future__ import annotations

import re
from collections.abc import Mapping

from clary.access.directory import Credential, Policies
from clary.access.evaluator import Judges, Principal, compile_stored, evaluate
from clary.access.identity import RoleFacts, SessionRequest
from clary.access.service_principals import keys_of
from clary.kernel import AwsError, Caller, Clock, SystemClock
from clary.services.iam import entities, holdings, managed_policies, principals, sessions
from clary.services.iam.entities import Entity
from clary.store.api import Tx

_MOST = 4096


class IamDirectory:
    """Implements plane's Directory, and what STS needs besides. `clock` says when sessions begin, `partition` is the
    platform's."""

    def __init__(self, clock: Clock | None = None, partition: str = "aws") -> None:
        self.clock = clock or SystemClock()
        self._partition = partition
        # (account, principal's ARN, principal's id) -> the generation they were read at, and the policies.
        self._policies: dict[tuple[str, str, str], tuple[int, Policies]] = {}

    # keys and policies -----------------------------------------------------------------------------------------

    def credential(self, tx: Tx, access_key_id: str) -> Credential | None:
        """A long-term key or a session. None when there is none, or when its user or role is gone."""
        rows = tx.sql("select account, owner, secret, status from iam_key where id = ?", access_key_id)
        if not rows:
            return sessions.credential(tx, access_key_id)
        account, owner, secret, status = rows[0]
        caller = self._root(account, access_key_id) if not owner else _user(tx, owner, access_key_id)
        return caller and Credential(access_key_id, secret, caller, active=status == "Active")

    def _root(self, account: str, access_key_id: str) -> Caller:
        arn = f"arn:{self._partition}:iam::{account}:root"
        return Caller(account, arn, account, arn, access_key_id, is_root=True)

    def policies(self, tx: Tx, caller: Caller) -> Policies:
        """The documents that judge a caller, as this transaction sees them: read again only after a change."""
        if caller.is_root:
            return Policies(session=caller.session_policies)
        key = (caller.account, caller.principal_arn, caller.principal_id)
        rows = tx.sql("select generation from iam_account where id = ?", caller.account)
        generation = rows[0][0] if rows else 0
        known = self._policies.get(key)
        if known is None or known[0] != generation:
            known = (generation, _read_policies(tx, caller))
            if len(self._policies) >= _MOST:
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
        """Return whether an AWS principal that a policy names may be somebody."""
        return principals.may_exist(tx, self._partition, principal)

    def issue(self, tx: Tx, session: SessionRequest) -> Credential:
        """Make temporary credentials and keep them. They are good until they expire or their role or user is gone."""
        return sessions.issue(tx, session)

    def session(self, tx: Tx, access_key_id: str) -> SessionRequest | None:
        return sessions.find(tx, access_key_id)

    def managed_policy(self, tx: Tx, account: str, arn: str) -> str | None:
        """The text of a managed policy that principals of `account` may use."""
        return managed_policies.find_document(tx, self._partition, account, arn)

    def trusts(self, tx: Tx, role_arn: str, service: Caller) -> bool:
        """Return whether the role is there, in the account that the service acts for, and lets the service take it."""
        role = self.role(tx, role_arn)
        if role is None or role.account != service.account:
            return False
        return evaluate(
            "sts:AssumeRole", role.arn, keys_of(service), Judges(), Principal(service=service.service),
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
        """Issue credentials of a role to an AWS service, for `duration` seconds (at most the role's longest session).

        Raise AccessDenied when the service may not take the role.
        """
        role = self._taken(tx, role_arn, service)
        return self.issue(tx, self._session(role, session_name, duration))

    def acting(self, tx: Tx, role_arn: str, session_name: str, service: Caller) -> Caller:
        """Return a service as a session of a role, within this transaction: no credentials are made.

        Raise AccessDenied when the service may not take the role.
        """
        role = self._taken(tx, role_arn, service)
        return sessions.caller_of(tx, self._session(role, session_name, 0))

    def _taken(self, tx: Tx, role_arn: str, service: Caller) -> RoleFacts:
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
    """A session of a role as it begins: named, unnarrowed, untagged."""
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


def _user(tx: Tx, id: str, access_key_id: str) -> Caller | None:
    user = entities.by_id(tx, id)
    if user is None:
        return None
    tags: Mapping[str, str] = tx.tags(user.arn)
    return Caller(
        user.account, user.arn, user.id, user.arn, access_key_id, principal_id=user.id, tags=dict(tags)
    )


def _read_policies(tx: Tx, caller: Caller) -> Policies:
    """A role or user that was deleted, and perhaps made anew under the same name, has nothing to say for a session
    of the old one."""
    entity: Entity | None = entities.by_arn(tx, caller.principal_arn)
    if entity is None or entity.id != caller.principal_id:
        return Policies()
    texts = tuple(text for _, text in holdings.policies_of(tx, entity))
    return Policies(texts, holdings.boundary_of(tx, entity))
