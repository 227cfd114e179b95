"""The context keys of a request, computed when a policy asks for them. Knows the request, decides nothing.

Source: "AWS global condition context keys" (IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from clary.access.request_members import members, removed_tags, requested_tags
from clary.access.service_principals import SERVICE_KEYS
from clary.kernel import Caller

Values = tuple[str, ...] | None
# Finds a service's keys that are not simply members of the request: (action, members, lower-case key) ->
# values.
OwnKeys = Callable[[str, Mapping[str, Any], str], Values]


class Wire(Protocol):
    """The parts of an HTTP request that conditions use."""

    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def client(self) -> str | None: ...
    @property
    def scheme(self) -> str: ...


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """A request as conditions see it.

    `request` is None for a call from inside the platform. `tags` returns the tags of an ARN; None without a
    transaction.
    """

    caller: Caller
    region: str
    now: float
    operation: str
    request: Wire | None = None
    tags: Callable[[str], Mapping[str, str]] | None = None


class RequestKeys:
    """Lower-case condition key -> values, None if the request has none.

    `given` are keys that the calling code knows (`iam:PassedToService`); they take precedence. `resource` is
    the ARN and `owner` its account. `paths` are the service's keys that are members of the request; `own`
    finds the others.
    """

    __slots__ = ("_action", "_facts", "_given", "_known", "_own", "_owner", "_params", "_paths", "_resource")

    def __init__(
        self,
        facts: RequestFacts,
        action: str,
        params: Mapping[str, Any],
        resource: str,
        owner: str,
        given: Mapping[str, str | Sequence[str]],
        paths: Mapping[str, tuple[str, ...]],
        own: OwnKeys | None,
    ) -> None:
        self._paths = paths
        self._facts = facts
        self._action = action
        self._params = params
        self._resource = resource
        self._owner = owner
        self._given = {key.lower(): _listed(value) for key, value in given.items()}
        self._own = own
        self._known: dict[str, Values] = {}

    def get(self, key: str, /) -> Values:
        if key not in self._known:
            self._known[key] = self._given[key] if key in self._given else self._find(key)
        return self._known[key]

    def _find(self, key: str) -> Values:
        if key in _GLOBAL:
            return _one(_GLOBAL[key](self))
        if key in SERVICE_KEYS:
            return _one(SERVICE_KEYS[key](self._facts.caller))
        found = self._own(self._action, self._params, key) if self._own else None
        if found is not None:
            return found
        stated = self._facts.caller.stated
        if key in stated:
            return tuple(stated[key])
        if key in _MFA:
            return _one(_MFA[key](self._facts))
        family, slash, rest = key.partition("/")
        if slash:
            return self._tagged(family, rest)
        if key == "aws:calledvia":
            return self._facts.caller.via or None
        if key == "aws:tagkeys":
            return tuple(requested_tags(self._params)) or _many(removed_tags(self._params))
        return _many(value for path in self._paths.get(key, ()) for value in members(self._params, path))

    def _tagged(self, family: str, name: str) -> Values:
        """Return the values of `aws:RequestTag/x` and similar keys; like AWS, ignore the case of tag keys."""
        kind = family.rpartition(":")[2]
        if kind == "requesttag":
            return folded(requested_tags(self._params), name)
        if kind == "principaltag":
            return folded(self._facts.caller.tags, name)
        if kind == "resourcetag" and self._facts.tags is not None:
            return folded(self._facts.tags(self._resource), name)
        return None

    def _header(self, name: str) -> str | None:
        return self._facts.request.headers.get(name) if self._facts.request else None

    def _ip(self) -> str | None:
        return self._facts.request.client if self._facts.request else None

    def _secure(self) -> str:
        """Return "true" for HTTPS and for calls from inside, which use no network."""
        return _flag(self._facts.request is None or self._facts.request.scheme == "https")


def _many(values: Any) -> Values:
    return tuple(_flag(value) if isinstance(value, bool) else str(value) for value in values) or None


def _one(value: str | None) -> Values:
    return None if value is None else (value,)


def folded(tags: Mapping[str, Any], name: str) -> Values:
    """Return the value of the tag whose lower-case key is `name`."""
    return _one(next((str(value) for key, value in tags.items() if key.lower() == name), None))


def _listed(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# Principal types by the start of the resource part of their ARNs. Only the start is compared, since paths of
# users and roles may contain these words (`user/x:federated-user/`).
_KINDS = {"assumed-role": "AssumedRole", "federated-user": "FederatedUser"}


def principal_type(caller: Caller) -> str | None:
    """Return aws:PrincipalType, the type of the identity. AWS lists none for a service."""
    if caller.service:
        return None
    if caller.is_anonymous:
        return "Anonymous"
    return "Account" if caller.arn == caller.principal_arn and caller.is_root else _kind(caller)


def _kind(caller: Caller) -> str:
    resource = caller.arn.split(":", 5)[-1]
    return _KINDS.get(resource.partition("/")[0], "User")


def _principal_arn(caller: Caller) -> str | None:
    """Return the ARN of the role or user; for a federated user its own ARN.

    An unsigned request has none, so that not even `*` matches it. A service principal has no ARN.
    """
    if caller.is_anonymous or caller.service:
        return None
    return caller.arn if _kind(caller) == "FederatedUser" else caller.principal_arn


def _principal_account(caller: Caller) -> str | None:
    """Return the caller's account. A service principal belongs to none: it acts for the one in
    aws:SourceAccount."""
    return None if caller.service else caller.account or None


def _issued(caller: Caller) -> str | None:
    return None if caller.issued is None else _iso(caller.issued)


def _user_name(caller: Caller) -> str | None:
    """Return the name of an IAM user. Roles, federated users and root have none (IAM User Guide, "Principal
    key values")."""
    is_user = caller.arn.split(":", 5)[-1].startswith("user/")
    return caller.principal_arn.rsplit("/", 1)[-1] if is_user else None


def _mfa(facts: RequestFacts) -> str | None:
    """Return whether the user of temporary credentials gave a code of an MFA device; other callers do not have this key."""
    if facts.caller.mfa is not None:
        return "true"
    return "false" if facts.caller.access_key_id.startswith("ASIA") else None


def _mfa_age(facts: RequestFacts) -> str | None:
    """Return the seconds since the code was given. Without a code there is no such key."""
    return None if facts.caller.mfa is None else str(max(0, int(facts.now - facts.caller.mfa)))


# STS knows the code of its own request, so a service's own keys come before these.
_MFA: dict[str, Callable[[RequestFacts], str | None]] = {
    "aws:multifactorauthpresent": _mfa,
    "aws:multifactorauthage": _mfa_age,
}


_GLOBAL: dict[str, Callable[[RequestKeys], str | None]] = {
    "aws:principalarn": lambda k: _principal_arn(k._facts.caller),
    "aws:principalaccount": lambda k: _principal_account(k._facts.caller),
    "aws:principaltype": lambda k: principal_type(k._facts.caller),
    "aws:principalisawsservice": lambda k: _flag(bool(k._facts.caller.service)),
    "aws:sourceidentity": lambda k: k._facts.caller.source_identity or None,
    "aws:tokenissuetime": lambda k: _issued(k._facts.caller),
    "aws:userid": lambda k: k._facts.caller.user_id,
    "aws:username": lambda k: _user_name(k._facts.caller),
    "aws:viaawsservice": lambda k: _flag(bool(k._facts.caller.via)),
    "aws:calledviafirst": lambda k: next(iter(k._facts.caller.via), None),
    "aws:calledvialast": lambda k: next(iter(reversed(k._facts.caller.via)), None),
    "aws:currenttime": lambda k: _iso(k._facts.now),
    "aws:epochtime": lambda k: str(int(k._facts.now)),
    "aws:securetransport": lambda k: k._secure(),
    "aws:sourceip": lambda k: k._ip(),
    "aws:useragent": lambda k: k._header("user-agent"),
    "aws:referer": lambda k: k._header("referer"),
    "aws:requestedregion": lambda k: k._facts.region,
    "aws:resourceaccount": lambda k: k._owner,
    "s3:resourceaccount": lambda k: k._owner,
}
