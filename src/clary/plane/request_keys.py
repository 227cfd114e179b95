"""The context keys of one request, worked out when a policy asks for them. Knows the request, judges nothing.

Source: "AWS global condition context keys" (IAM User Guide).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from clary.plane.condition_members import CONDITION_MEMBERS
from clary.plane.service_principals import SERVICE_KEYS

if TYPE_CHECKING:
    from clary.kernel import Caller
    from clary.plane.context import Context

Values = tuple[str, ...] | None
# A service's own keys that no member of the request tells: context, action, members, lower-case key.
OwnKeys = Callable[["Context", str, Mapping[str, Any], str], Values]


class RequestKeys:
    """Lower-case condition key -> values, None where the request has none.

    `given` are keys that whoever asks knows (`iam:PassedToService`); they win. `resource` is the ARN asked about,
    `owner` its account; `own` finds the keys of the action's service.
    """

    __slots__ = ("_action", "_ctx", "_given", "_known", "_own", "_owner", "_params", "_resource")

    def __init__(
        self,
        ctx: Context,
        action: str,
        params: Mapping[str, Any],
        resource: str,
        owner: str,
        given: Mapping[str, str | Sequence[str]],
        own: OwnKeys | None,
    ) -> None:
        self._ctx = ctx
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
            return _one(SERVICE_KEYS[key](self._ctx.caller))
        found = self._own(self._ctx, self._action, self._params, key) if self._own else None
        if found is not None:
            return found
        family, slash, rest = key.partition("/")
        if slash:
            return self._tagged(family, rest)
        if key == "aws:tagkeys":
            return tuple(requested_tags(self._params)) or _many(_removed_tags(self._params))
        return _many(
            value for path in CONDITION_MEMBERS.get(key, ()) for value in members(self._params, path)
        )

    def _tagged(self, family: str, name: str) -> Values:
        """`aws:RequestTag/x` and its kin; tag keys are looked up without regard to case, as AWS does."""
        kind = family.rpartition(":")[2]
        if kind == "requesttag":
            return folded(requested_tags(self._params), name)
        if kind == "principaltag":
            return folded(self._ctx.caller.tags, name)
        if kind == "resourcetag" and self._ctx.tx is not None:
            return folded(self._ctx.tx.tags(self._resource), name)
        return None

    def _header(self, name: str) -> str | None:
        return self._ctx.request.headers.get(name) if self._ctx.request else None

    def _ip(self) -> str | None:
        return self._ctx.request.client if self._ctx.request else None

    def _secure(self) -> str:
        """A call from inside never crosses a wire."""
        return _flag(self._ctx.request is None or self._ctx.request.scheme == "https")


# Where requests carry tags to be set, and where the keys of tags to be removed; UntagLogGroup has the latter in `tags`.
_SET = ("Tags", "tags", "TagSet", "CreateBucketConfiguration.Tags")
_REMOVED = ("TagKeys", "tagKeys", "tags")


def requested_tags(params: Mapping[str, Any]) -> dict[str, str]:
    """The tags that a request carries: a list of Key and Value, or a map."""
    tags = next((found for path in _SET if (found := member(params, path))), None)
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    listed = [tag for tag in tags or () if isinstance(tag, Mapping)]
    pairs = ((tag.get("Key", tag.get("key")), tag.get("Value", tag.get("value", ""))) for tag in listed)
    return {str(key): str(value) for key, value in pairs if key is not None}


def _removed_tags(params: Mapping[str, Any]) -> list[str]:
    """The keys of the tags that a request takes away."""
    found = (key for name in _REMOVED for key in members(params, name))
    return [key for key in found if isinstance(key, str)]


def member(params: Mapping[str, Any], path: str) -> Any:
    """The value at a path of structures, None where there is none."""
    value: Any = params
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def members(value: Any, path: str) -> list[Any]:
    """What a path of members finds, through lists as well."""
    found = [value]
    for name in path.split("."):
        found = [v[name] for v in _flat(found) if isinstance(v, Mapping) and v.get(name) is not None]
    return _flat(found)


def _flat(values: list[Any]) -> list[Any]:
    return [one for value in values for one in (value if isinstance(value, list) else [value])]


def _many(values: Any) -> Values:
    return tuple(_flag(value) if isinstance(value, bool) else str(value) for value in values) or None


def _one(value: str | None) -> Values:
    return None if value is None else (value,)


def folded(tags: Mapping[str, Any], name: str) -> Values:
    """The value of a tag whose key is `name` in lower case."""
    return _one(next((str(value) for key, value in tags.items() if key.lower() == name), None))


def _listed(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# The kinds of principals, by what the resource part of their ARNs begins with. Paths of users and roles may hold these
# words as well (`user/x:federated-user/`), so nothing else of an ARN is looked at.
_KINDS = {"assumed-role": "AssumedRole", "federated-user": "FederatedUser"}


def principal_type(caller: Caller) -> str | None:
    """aws:PrincipalType: what kind of identity this is. AWS lists none for a service."""
    if caller.service:
        return None
    if caller.is_anonymous:
        return "Anonymous"
    return "Account" if caller.arn == caller.principal_arn and caller.is_root else _kind(caller)


def _kind(caller: Caller) -> str:
    resource = caller.arn.split(":", 5)[-1]
    return _KINDS.get(resource.partition("/")[0], "User")


def _principal_arn(caller: Caller) -> str | None:
    """The role's or user's ARN, and of a federated user its own. A request that nobody signed has none, so that not even
    `*` matches it; a service principal has no ARN."""
    if caller.is_anonymous or caller.service:
        return None
    return caller.arn if _kind(caller) == "FederatedUser" else caller.principal_arn


def _principal_account(caller: Caller) -> str | None:
    """A service principal is of no account: the one for which it acts is aws:SourceAccount."""
    return None if caller.service else caller.account or None


def _issued(caller: Caller) -> str | None:
    return None if caller.issued is None else _iso(caller.issued)


def _user_name(caller: Caller) -> str | None:
    """Of IAM users alone: roles, federated users and root have none (IAM User Guide, "Principal key values")."""
    is_user = caller.arn.split(":", 5)[-1].startswith("user/")
    return caller.principal_arn.rsplit("/", 1)[-1] if is_user else None


def _mfa(caller: Caller) -> str | None:
    """Only temporary credentials say whether a second factor was there; ours never had one."""
    return "false" if caller.access_key_id.startswith("ASIA") else None


_GLOBAL: dict[str, Callable[[RequestKeys], str | None]] = {
    "aws:principalarn": lambda k: _principal_arn(k._ctx.caller),
    "aws:principalaccount": lambda k: _principal_account(k._ctx.caller),
    "aws:principaltype": lambda k: principal_type(k._ctx.caller),
    "aws:principalisawsservice": lambda k: _flag(bool(k._ctx.caller.service)),
    "aws:sourceidentity": lambda k: k._ctx.caller.source_identity or None,
    "aws:tokenissuetime": lambda k: _issued(k._ctx.caller),
    "aws:userid": lambda k: k._ctx.caller.user_id,
    "aws:username": lambda k: _user_name(k._ctx.caller),
    "aws:multifactorauthpresent": lambda k: _mfa(k._ctx.caller),
    "aws:viaawsservice": lambda k: "false",
    "aws:currenttime": lambda k: _iso(k._ctx.now),
    "aws:epochtime": lambda k: str(int(k._ctx.now)),
    "aws:securetransport": lambda k: k._secure(),
    "aws:sourceip": lambda k: k._ip(),
    "aws:useragent": lambda k: k._header("user-agent"),
    "aws:referer": lambda k: k._header("referer"),
    "aws:requestedregion": lambda k: k._ctx.region,
    "aws:resourceaccount": lambda k: k._owner,
    "s3:resourceaccount": lambda k: k._owner,
    "sagemaker:taggingaction": lambda k: k._ctx.op.name if k._ctx.op.name.startswith("Create") else None,
}
