"""How a record is named: by members of the request, by an id that the service makes, or by its ARN."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from clary.kernel import Ids


class Key:
    """The members that name a record together: `Key("DomainId", "UserProfileName")`. Where AWS takes the ARN in the place
    of a name, `or_arn` says so. `made` is the pattern of ids that the service makes, empty where the request names the
    record; `arn_member` shows the ARN of one that has no other name."""

    __slots__ = ("arn_member", "made", "members", "or_arn")

    def __init__(self, *members: str, or_arn: bool = False, made: str = "", arn_member: str = "") -> None:
        self.members = members
        self.or_arn = or_arn
        self.made = made
        self.arn_member = arn_member

    def id(self, values: Sequence[str]) -> str:
        """The id of a record whose key members have these values."""
        return values[0] if len(values) == 1 else "/".join(map(_escaped, values))

    def values(self, id: str) -> dict[str, str]:
        """The key members of a record with this id."""
        parts = [id] if len(self.members) == 1 else map(_plain, id.split("/"))
        return dict(zip(self.members, parts, strict=False))


def generated(pattern: str, member: str = "") -> Key:
    """An id that the service makes and a member shows: `generated("d-{hex12}", "DomainId")`; without one `<Noun>Id`. The
    pattern takes `{hexN}` and `{uuid}`."""
    return Key(*([member] if member else ()), made=pattern)


def by_arn(arn_member: str, pattern: str = "{hex32}") -> Key:
    """A record that is named by its whole ARN, the end of which is made: `by_arn("ArtifactArn")`. In the noun's ARN the
    made part is called `{id}`."""
    return Key(made=pattern, arn_member=arn_member)


_BRACES = re.compile(r"\{(\w+)\}")
_WORD = re.compile(r"\{(hex(\d+)|uuid)\}")


def make(pattern: str, ids: Ids) -> str:
    """A fresh id: `d-{hex12}` becomes `d-4f0c2a91b3de`."""
    return _WORD.sub(lambda found: ids.hex(int(found[2])) if found[2] else ids.uuid(), pattern)


def _escaped(value: str) -> str:
    """Parts of an id are told apart by a slash, so that none may have one."""
    return value.replace("%", "%25").replace("/", "%2F")


def _plain(value: str) -> str:
    return value.replace("%2F", "/").replace("%25", "%")


class Template:
    """The resource part of a noun's ARN with members in braces: `user-profile/{DomainId}/{UserProfileName}`."""

    __slots__ = ("_begin", "_parts", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._begin, *parts = _BRACES.split(text)
        self._parts = list(zip(parts[::2], parts[1::2], strict=True))  # a member, and what follows it

    def fill(self, values: Mapping[str, Any]) -> str:
        """The resource part for these values."""
        text = self._text
        for name, value in values.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    def read(self, resource: str) -> dict[str, str] | None:
        """The values that a resource part was made of, None for one of another form. The last may have slashes."""
        if not resource.startswith(self._begin):
            return None
        left, found = resource[len(self._begin) :], {}
        for name, follows in self._parts:
            value, between, left = left.partition(follows) if follows else (left, "", "")
            if not value or between != follows:
                return None
            found[name] = value
        return None if left else found
