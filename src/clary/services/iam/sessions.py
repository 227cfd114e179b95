"""Temporary credentials as rows: issued, found by access key id, deleted a day after they expire."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson

from clary.access.directory import Credential
from clary.access.identity import SessionRequest
from clary.access.key_secrets import KeySecrets
from clary.access.new_ids import access_key_id, secret_key, session_token
from clary.kernel import Caller
from clary.services.iam import entities
from clary.store.api import Tx

_RETENTION = (
    86400.0  # seconds after expiry in which a session is answered with "expired" instead of "unknown"
)
_ALLOWS_NOTHING = '{"Version":"2012-10-17","Statement":[]}'


def issue(tx: Tx, session: SessionRequest, secrets: KeySecrets) -> Credential:
    """Store a session with new credentials and return them; delete sessions that expired long ago."""
    tx.sql("DELETE FROM iam_session WHERE expires < ?", session.issued - _RETENTION)
    id, secret, token = access_key_id("ASIA", session.account), secret_key(), session_token()
    tx.sql(
        "INSERT INTO iam_session (id, account, secret, token, expires, doc) VALUES (?, ?, ?, ?, ?, ?)",
        id, session.account, secrets.closed(id, secret), token, session.expires, orjson.dumps(asdict(session)).decode(),
    )  # fmt: skip
    return Credential(id, secret, caller_of(tx, session, id), token, session.expires)


def find(tx: Tx, access_key_id: str) -> SessionRequest | None:
    """Return the session of an access key, or None."""
    rows = tx.sql("SELECT doc FROM iam_session WHERE id = ?", access_key_id)
    return _read(rows[0][0]) if rows else None


def credential(tx: Tx, access_key_id: str, secrets: KeySecrets) -> Credential | None:
    """Return a session as a credential, or None if it does not exist or its role or user was deleted."""
    rows = tx.sql("SELECT secret, token, expires, doc FROM iam_session WHERE id = ?", access_key_id)
    if not rows:
        return None
    secret, token, expires, doc = rows[0]
    session = _read(doc)
    if not session.is_root and not _principal_exists(tx, session):
        return None
    secret = secrets.opened(access_key_id, secret)
    return Credential(access_key_id, secret, caller_of(tx, session, access_key_id), token, expires)


def _principal_exists(tx: Tx, session: SessionRequest) -> bool:
    """Return whether the role or user of the session still exists, and not another one of the same name."""
    entity = entities.by_arn(tx, session.principal_arn)
    return entity is not None and entity.id == session.principal_id


def caller_of(tx: Tx, session: SessionRequest, id: str = "") -> Caller:
    """Return the caller that a session stands for. `id` is its access key id; '' if no credentials were
    issued."""
    # Session policies without any policy allow nothing (GetFederationToken without a policy).
    policies = () if session.policies is None else session.policies or (_ALLOWS_NOTHING,)
    own = tx.tags(session.principal_arn)
    given = {
        key.lower() for key in session.tags
    }  # a session tag overrides the role's tag of that key, which is case-insensitive
    tags: dict[str, Any] = {key: own[key] for key in own if key.lower() not in given} | dict(session.tags)
    return Caller(
        account=session.account,
        arn=session.arn,
        user_id=session.user_id,
        principal_arn=session.principal_arn,
        principal_id=session.principal_id,
        access_key_id=id,
        is_root=session.is_root,
        session_policies=policies,
        issued=session.issued,
        source_identity=session.source_identity,
        stated=dict(session.stated),
        mfa=session.mfa,
        tags=tags,
    )


def _read(doc: str) -> SessionRequest:
    stored = orjson.loads(doc)
    stored.setdefault("principal_id", _missing_principal_id(stored))
    policies = stored.pop("policies")
    transitive = tuple(stored.pop("transitive"))
    return SessionRequest(
        **stored, policies=None if policies is None else tuple(policies), transitive=transitive
    )


def _missing_principal_id(stored: dict[str, Any]) -> str:
    """Return the principal's id for a session that was stored before sessions had one.

    The user id of a user or role begins with it. That of a federated user does not contain it, so the session
    becomes invalid and has to be requested again.
    """
    if stored["kind"] == "federated" or stored["is_root"]:
        return ""
    return stored["user_id"].split(":", 1)[0]
