"""ParameterFilters of DescribeParameters and GetParametersByPath: what AWS refuses of them, and which versions match.

Sources: ParameterStringFilter (API reference); the sentences are those that getmoto/moto's tests have from AWS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clary.kernel import AwsError
from clary.kernel.errors import validation
from clary.services.ssm.errors import BAD_PATH
from clary.services.ssm.names import check_path, path_of
from clary.services.ssm.rows import Version

_ENUMS = {
    "Type": ("String", "StringList", "SecureString"),
    "Tier": ("Standard", "Advanced", "Intelligent-Tiering"),
}
_OPTIONS = {
    "Path": ("Recursive", "OneLevel"),
    "Name": ("BeginsWith", "Equals", "Contains"),
    "Label": ("Equals",),
}
_USUAL = ("BeginsWith", "Equals")
_RESERVED = (
    'Filters for common parameters can\'t be prefixed with "aws" or "ssm" (case-insensitive). When using global '
    "parameters, please specify within a global namespace."
)
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "Equals": str.__eq__,
    "BeginsWith": str.startswith,
    "Contains": str.__contains__,
}

# Whether a filter keeps a version, given its tags and its labels.
Facts = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: a version passes where any of its values does."""

    key: str
    option: str
    values: Sequence[str]

    def keeps(self, version: Version, tags: Mapping[str, str]) -> bool:
        """Return whether a version passes. Labels are looked up elsewhere: they choose a version."""
        if self.key == "Path":
            return any(self._holds(value, version.key) for value in self.values)
        has = self._value(version, tags)
        if has is None or not self.values:
            return has is not None
        values = [_slashed(value) for value in self.values] if self._is_whole_name else self.values
        return any(_TESTS[self.option](has, value) for value in values)

    @property
    def _is_whole_name(self) -> bool:
        return self.key == "Name" and self.option != "Contains"

    def _value(self, version: Version, tags: Mapping[str, str]) -> str | None:
        if self.key == "Name":
            return _slashed(version.name)
        if self.key.startswith("tag:"):
            return tags.get(self.key[4:])
        return version.facts.get(self.key)

    def _holds(self, path: str, key: str) -> bool:
        if self.option == "OneLevel":
            return path_of(key) == path
        return path == "/" or key.startswith(f"{path}/")


def _slashed(name: str) -> str:
    """`name` and `/name` are one parameter, so names are compared with their slash."""
    return f"/{name.removeprefix('/')}"


def read(given: Sequence[Mapping[str, Any]], valid: Sequence[str], *, tags: bool) -> list[Filter]:
    """Return the filters of a request. `valid` are the keys of the operation, and `tags` says whether `tag:KEY` is one.

    Raise InvalidFilterKey, InvalidFilterOption, InvalidFilterValue and ValidationException.
    """
    found: list[Filter] = []
    for one in given:
        key = one["Key"]
        if key not in valid and not (tags and key.startswith("tag:")):
            said = f"The following filter key is not valid: {key}. Valid filter keys include: [{', '.join(valid)}]."
            raise AwsError("InvalidFilterKey", said)
        if any(key == other.key for other in found):
            said = f"The following filter is duplicated in the request: {key}. A request can contain only one occurrence of a "
            raise AwsError("InvalidFilterKey", said + "specific filter.")
        found.append(_filter(key, one))
    return found


def _filter(key: str, given: Mapping[str, Any]) -> Filter:
    option = given.get("Option") or ("OneLevel" if key == "Path" else "Equals")
    values = given.get("Values") or []
    if not values and not key.startswith("tag:"):
        said = f"The following filter values are missing : null for filter key {key}."
        raise AwsError("InvalidFilterValue", said)
    allowed = _OPTIONS.get(key, _USUAL)
    if option not in allowed:
        said = f"The following filter option is not valid: {option}. Valid options include: [{', '.join(allowed)}]."
        raise AwsError("InvalidFilterOption", said)
    return Filter(key, option, [_value(key, value) for value in values])


def _value(key: str, value: str) -> str:
    enum = _ENUMS.get(key)
    if enum and value not in enum:
        said = f"The following filter value is not valid: {value}. Valid values include: [{', '.join(enum)}]."
        raise AwsError("InvalidFilterOption", said)
    if key != "Path":
        return value
    if value.lower().startswith(("/aws", "/ssm")):
        raise validation(_RESERVED)
    if not value.startswith("/"):
        raise validation(BAD_PATH)
    return check_path(value)
