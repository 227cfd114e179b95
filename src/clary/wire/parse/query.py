"""Form fields (`Tags.member.1.Key=a`) to parameters, by shape: the Query and EC2 protocols. Knows no requests."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from clary.kernel import AwsError
from clary.wire.parse.xml import CONVERTERS

if TYPE_CHECKING:
    from clary.wire.model import ServiceModel
    from clary.wire.shapes import Shape

Tree = dict[str, Any]  # "A.B.1=x" is {"A": {"B": {"1": "x"}}}
Read = Callable[[Any], Any]
_FIELDS = 100_000
_DEPTH = 100
_NUMBER = re.compile("[0-9]{1,9}")


def fields(form: str) -> Tree:
    """Return the fields of a form as a tree. Raise AwsError for what is no form."""
    if form.count("&") >= _FIELDS:
        raise AwsError("MalformedQueryString", "The query string contains a syntax error.", 404)
    tree: Tree = {}
    for key, value in pairs(form):
        if "." in key:
            _put(tree, key.split("."), value)
        elif not isinstance(tree.get(key), dict):
            tree[key] = value
    return tree


def pairs(form: str) -> Iterator[tuple[str, str]]:
    """Yield the names and values of a form (https://url.spec.whatwg.org/#urlencoded-parsing). What is not
    encoded at all, as most fields are, is not decoded; urllib's parse_qsl takes three times as long."""
    encoded = "%" in form or "+" in form
    for field in form.split("&"):
        if field:
            name, _, value = field.partition("=")
            yield (unquote_plus(name), unquote_plus(value)) if encoded else (name, value)


def _put(tree: Tree, path: list[str], value: str) -> None:
    if len(path) > _DEPTH:
        raise AwsError("MalformedQueryString", "The query string contains a syntax error.", 404)
    for part in path[:-1]:
        below = tree.get(part)
        if not isinstance(below, dict):  # `Tags=` says that the list is empty; a field below it says more
            below = tree[part] = {}
        tree = below
    if not isinstance(tree.get(path[-1]), dict):
        tree[path[-1]] = value


class Reader:
    """Compiles shapes to functions of a branch. `ec2` has its own names and only flattened lists."""

    def __init__(self, service: ServiceModel, ec2: bool = False) -> None:
        self._ec2 = ec2
        self._made: dict[Any, Read] = service.compiled.setdefault(f"read query {ec2}", {})

    def of(self, shape: Shape) -> Read:
        kind = shape.type_name
        if kind in ("structure", "list", "map"):
            key = (shape.name, repr(shape.serialization))
            if key not in self._made:
                getattr(self, "_" + kind)(key, shape)
            return self._made[key]
        return _scalar(kind)

    def _structure(self, key: Any, shape: Any) -> None:
        members: list[tuple[str, str, Read]] = []

        def structure(branch: Any) -> dict[str, Any]:
            if not isinstance(branch, dict):
                return {}
            return {name: read(branch[wire]) for name, wire, read in members if wire in branch}

        self._made[key] = structure
        for name, member in shape.members.items():
            members.extend((name, wire, self.of(member)) for wire in self._names(member, name))

    def _names(self, member: Any, name: str) -> tuple[str, ...]:
        """Return what a member may be called. A flattened list goes by its own name (Smithy) or its members'
        (botocore)."""
        said = member.serialization
        own = said.get("name", name)
        if self._ec2:
            return (said["queryName"],) if "queryName" in said else (own[:1].upper() + own[1:],)
        own = query_name(member, name)
        if member.type_name == "list" and said.get("flattened"):
            return (own, query_name(member.member, own))
        return (own,)

    def _list(self, key: Any, shape: Any) -> None:
        read: list[Read] = []
        flattened = self._ec2 or shape.serialization.get("flattened")
        wire = None if flattened else shape.member.serialization.get("name", "member")
        self._made[key] = lambda branch: [read[0](item) for item in _numbered(branch, wire)]
        read.append(self.of(shape.member))

    def _map(self, key: Any, shape: Any) -> None:
        read: list[Read] = []
        key_name, value_name = query_name(shape.key, "key"), query_name(shape.value, "value")
        wire = None if shape.serialization.get("flattened") else "entry"

        def entries(branch: Any) -> dict[str, Any]:
            return {
                entry[key_name]: read[0](entry[value_name])
                for entry in _numbered(branch, wire)
                if isinstance(entry, dict) and key_name in entry and value_name in entry
            }

        self._made[key] = entries
        read.append(self.of(shape.value))


def query_name(shape: Shape, name: str) -> str:
    """Return what the Query protocol calls a member: `queryName` where it has another name in JSON (SQS)."""
    return shape.serialization.get("queryName") or shape.serialization.get("name") or name


def _numbered(branch: Any, wire: str | None) -> list[Any]:
    """Return what hangs on the numbers below a list, in their order."""
    if wire is not None and isinstance(branch, dict):
        branch = branch.get(wire)
    if not isinstance(branch, dict):
        return []
    numbers = [(int(key), key) for key in branch if _NUMBER.fullmatch(key)]
    return [branch[key] for _, key in sorted(numbers)]


def _scalar(kind: str) -> Read:
    convert = CONVERTERS[kind]

    def scalar(branch: Any) -> Any:
        try:
            return convert(branch)
        except (ValueError, OverflowError, TypeError, AttributeError):
            raise AwsError("MalformedInput", _sentence(kind)) from None

    return scalar if convert is not str else _string


def _string(branch: Any) -> str:
    if isinstance(branch, str):
        return branch
    raise AwsError("MalformedInput", "Unexpected complex element termination")


def _sentence(kind: str) -> str:
    return f"Invalid {kind} value"
