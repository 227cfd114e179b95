"""What the filters of AWS's Lists are called, and what each asks for: one table for all of them.

A filter is the name of a member with an ending (`CreationTimeAfter`, `NameContains`), the name alone (`SourceUri`), a list
of names (`repositoryNames`), or a list of name and values (`filters=[{name, values}]`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from clary.plane.nouns.fields import Fields, fold

Condition = tuple[str, str, Any]

# Endings, and the comparison that each stands for.
ENDINGS = {
    "after": ">",
    "before": "<",
    "contains": "contains",
    "prefix": "prefix",
    "equals": "=",
    "": "=",
}
CONTROLS = frozenset(
    [
        "nexttoken",
        "maxresults",
        "sortby",
        "sortorder",
        "marker",
        "maxitems",
        "limit",
        "pagesize",
        "maxrecords",
        "token",
    ]
)
# What asks for other accounts too, and the value that does not.
SAME_ACCOUNT = {"CrossAccountFilterOption": "SameAccount"}
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: where a record keeps what is asked about, and how that is compared. `each` is the resolver of a list of
    name and values, whose names are said in the request; `tags` are asked of the tags."""

    place: str
    compare: str
    each: Callable[[str], str | None] | None = None

    @property
    def names_records(self) -> bool:
        """Whether it says which records are meant, by their ids."""
        return self.place == "id" and self.compare in ("=", "in")

    def is_indexed(self, order: str) -> bool:
        """Whether an index of the store (store/schema/0003_lists.sql) finds what it asks for in this order, so that no more
        records are looked at than are shown."""
        match order:
            case "created":
                return self.place == "created" or (self.compare == "=" and self.place in ("status", "parent"))
            case "modified":
                return self.place == "modified"
            case "id":
                return self.place == "id" and self.compare in ("=", "in", "prefix")
        return False

    def conditions(self, value: Any) -> Iterator[Condition]:
        """Return the conditions for the store. Raise LookupError for a name that no member has."""
        if self.each:
            yield from self._named(value)
        elif self.compare == "prefix":
            yield self.place, ">=", value
            yield self.place, "<", value + _LAST
        else:
            yield self.place, self.compare, value

    def _named(self, value: Any) -> Iterator[Condition]:
        for entry in value:
            said = {fold(name): content for name, content in entry.items()}
            name = said.get("name") or said.get("key") or ""
            place = self.each(name) if self.each else None
            if place is None:
                raise LookupError(name)
            yield place, "in", said.get("values") or [said.get("value")]


def filter_of(fields: Fields, name: str, shape: Any) -> Filter | None:
    """Return the filter that a member of a List's request is, or None for an unknown one."""
    if name.lower() == "tags":
        return Filter("tags", "=")
    if shape.type_name == "list":
        return _of_list(fields, name, shape)
    for ending, compare in ENDINGS.items():
        stem = name[: len(name) - len(ending)]
        if fold(name).endswith(ending) and stem and (place := fields.place(stem)):
            return Filter(place, compare)
    return None


def _of_list(fields: Fields, name: str, shape: Any) -> Filter | None:
    """`repositoryNames`, or `filters`, whose entries say a name and values."""
    if shape.member.type_name == "structure":
        said: Mapping[str, Any] = {fold(member): member for member in shape.member.members}
        named = {"name", "key"} & set(said) and {"value", "values"} & set(said)
        return Filter("", "in", fields.place) if named else None
    place = fields.place(name.removesuffix("s")) or fields.place(name)
    return Filter(place, "in") if place else None
