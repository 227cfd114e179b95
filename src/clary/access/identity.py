"""Roles and sessions as values, which IAM and STS share without knowing each other."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """What STS needs to know of a role.

    `id` is its AROA… id, `trust` its trust policy (JSON), `longest` its MaxSessionDuration in seconds.
    """

    account: str
    name: str
    id: str
    arn: str
    trust: str
    longest: int
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """What STS needs to know of an identity provider of IAM (an OpenID Connect or a SAML provider).

    `url` is the issuer without `https://`, `clients` the audiences and `thumbprints` the SHA-1 of certificates, of an
    OpenID Connect provider. Of a SAML provider `issuer` is the entity's id, `certificates` are those that sign (base64 of
    DER), and `until` is the end of its metadata in epoch seconds.
    """

    account: str
    name: str
    arn: str
    id: str = ""
    url: str = ""
    clients: tuple[str, ...] = ()
    thumbprints: tuple[str, ...] = ()
    issuer: str = ""
    certificates: tuple[str, ...] = ()
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """Temporary credentials to be issued.

    `kind` is `role`, `user` or `federated`. `arn`, `user_id`, `principal_arn` and `principal_id` are as in
    Caller; the session ends with the user or role of this `principal_id`. `policies` limit it (None: no
    limit; empty: allows nothing). `tags` are its session tags; those with keys in `transitive` pass on to the
    next role. `stated` are the condition keys (lower case) that the identity provider of a federated
    session answers for, with their values. `mfa` is when the user gave a code of an MFA device, or None.
    Times are in epoch seconds.
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
    stated: Mapping[str, Sequence[str]] = field(default_factory=dict)
    is_root: bool = False
    mfa: float | None = None


@lru_cache(maxsize=1024)
def canonical_user(account: str) -> str:
    """Return the canonical user id of an account: 64 hexadecimal digits, as S3 shows owners."""
    return hashlib.sha256(f"canonical-user/{account}".encode()).hexdigest()
