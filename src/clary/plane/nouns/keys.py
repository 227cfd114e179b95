"""How a record is named: by members of the request, by an id that the service makes, or by its ARN."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from clary.kernel import Ids


class Key:
    """The members that together name a record, such as `Key("DomainId", "UserProfileName")`.

    `or_arn` says that AWS accepts the ARN instead of the name. `made` is the pattern of ids that the service
    makes, '' if the request names the record. `arn_member` shows the ARN of a record without another name.
    """

    __slots__ = ("arn_member", "made", "members", "or_arn")

    def __init__(self, *members: str, or_arn: bool = False, made: str = "", arn_member: str = "") -> None:
        self.members = members
        self.or_arn = or_arn
        self.made = made
        self.arn_member = arn_member

    def id(self, values: Sequence[str]) -> str:
        """Return the id of a record whose key members have these values."""
        return values[0] if len(values) == 1 else "/".join(map(_escaped, values))

    def values(self, id: str) -> dict[str, str]:
        """Return the key members of a record with this id."""
        parts = [id] if len(self.members) == 1 else map(_plain, id.split("/"))
        return dict(zip(self.members, parts, strict=False))


def generated(pattern: str, member: str = "") -> Key:
    """Return the key of records whose id the service makes: `generated("d-{hex12}", "DomainId")`.

    Without `member`, the id is shown as `<Noun>Id`. The pattern may contain `{hexN}` and `{uuid}`.
    """
    return Key(*([member] if member else ()), made=pattern)


def by_arn(arn_member: str, pattern: str = "{hex32}") -> Key:
    """Return the key of records that are named by their whole ARN, whose end is made:
    `by_arn("ArtifactArn")`.

    In the noun's ARN the made part is called `{id}`.
    """
    return Key(made=pattern, arn_member=arn_member)


_BRACES = re.compile(r"\{(\w+)\}")
_WORD = re.compile(r"\{(hex(\d+)|uuid)\}")


def make(pattern: str, ids: Ids) -> str:
    """Return a new id: `d-{hex12}` becomes `d-4f0c2a91b3de`."""
    return _WORD.sub(lambda found: ids.hex(int(found[2])) if found[2] else ids.uuid(), pattern)


def _escaped(value: str) -> str:
    """Escape slashes, which separate the parts of an id."""
    return value.replace("%", "%25").replace("/", "%2F")


def _plain(value: str) -> str:
    return value.replace("%2F", "/").replace("%25", "%")


class Template:
    """The resource part of a noun's ARN with members in braces: `user-profile/{DomainId}/{UserProfileName}`."""

    __slots__ = ("_begin", "_parts", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._begin, *parts = _BRACES.split(text)
        self._parts = list(zip(parts[::2], parts[1::2], strict=True))  # (member, the text after it)

    def fill(self, values: Mapping[str, Any]) -> str:
        """Return the resource part for these values."""
        text = self._text
        for name, value in values.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    def read(self, resource: str) -> dict[str, str] | None:
        """Return the values in a resource part; None if it has another form. Only the last value may contain
        slashes."""
        if not resource.startswith(self._begin):
            return None
        left, found = resource[len(self._begin) :], {}
        for name, follows in self._parts:
            value, between, left = left.partition(follows) if follows else (left, "", "")
            if not value or between != follows:
                return None
            found[name] = value
        return None if left else found
