"""Temporary credentials as rows: issued once, found by their access key id, swept a day after they expire."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson

from clary.access.directory import Credential
from clary.access.identity import SessionRequest
from clary.kernel import Caller
from clary.services.iam import entities
from clary.services.iam.new_ids import access_key_id, secret_key, session_token
from clary.store.api import Tx

_KEPT = 86400.0  # seconds after expiry in which a session is still told "expired" rather than "unknown"
_NOTHING = '{"Version":"2012-10-17","Statement":[]}'


def issue(tx: Tx, session: SessionRequest) -> Credential:
    """Keep a session under fresh keys; long-expired ones go."""
    tx.sql("delete from iam_session where expires < ?", session.issued - _KEPT)
    id, secret, token = access_key_id("ASIA", session.account), secret_key(), session_token()
    tx.sql(
        "insert into iam_session (id, account, secret, token, expires, doc) values (?, ?, ?, ?, ?, ?)",
        id, session.account, secret, token, session.expires, orjson.dumps(asdict(session)).decode(),
    )  # fmt: skip
    return Credential(id, secret, caller_of(tx, session, id), token, session.expires)


def find(tx: Tx, access_key_id: str) -> SessionRequest | None:
    """The session of an access key."""
    rows = tx.sql("select doc from iam_session where id = ?", access_key_id)
    return _read(rows[0][0]) if rows else None


def credential(tx: Tx, access_key_id: str) -> Credential | None:
    """A session as a credential; None when there is none or whom it stands for is gone."""
    rows = tx.sql("select secret, token, expires, doc from iam_session where id = ?", access_key_id)
    if not rows:
        return None
    secret, token, expires, doc = rows[0]
    session = _read(doc)
    if not session.is_root and not _stands(tx, session):
        return None
    return Credential(access_key_id, secret, caller_of(tx, session, access_key_id), token, expires)


def _stands(tx: Tx, session: SessionRequest) -> bool:
    """Whether the very role or user that the session is of still exists under its name."""
    entity = entities.by_arn(tx, session.principal_arn)
    return entity is not None and entity.id == session.principal_id


def caller_of(tx: Tx, session: SessionRequest, id: str = "") -> Caller:
    """Who calls with a session; `id` is its access key, of which one that was not issued has none."""
    # A narrowing by no policy at all allows nothing (GetFederationToken without a policy).
    policies = () if session.policies is None else session.policies or (_NOTHING,)
    own = tx.tags(session.principal_arn)
    given = {
        key.lower() for key in session.tags
    }  # a session tag takes the place of the role's, whatever its case
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
        tags=tags,
    )


def _read(doc: str) -> SessionRequest:
    said = orjson.loads(doc)
    said.setdefault("principal_id", _id_of_old(said))
    policies = said.pop("policies")
    transitive = tuple(said.pop("transitive"))
    return SessionRequest(
        **said, policies=None if policies is None else tuple(policies), transitive=transitive
    )


def _id_of_old(said: dict[str, Any]) -> str:
    """The principal's id in a session that was stored before there was a member for it. A user's and a role's begin
    with it. A federated user's names its user nowhere, so it fits nobody: it is refused, and to be asked for again."""
    if said["kind"] == "federated" or said["is_root"]:
        return ""
    return said["user_id"].split(":", 1)[0]
