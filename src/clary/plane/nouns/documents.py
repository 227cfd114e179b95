"""The document of a noun's record in three parts, and the conversion of older documents.

`spec` is the requested configuration, `status` what the service reports about it, `private` what only the
service knows. Describe and List show the first two; the third never leaves the platform.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from clary.store.api import Record

Doc = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """The three parts, or changes to them, where None removes a member.

    `parent` is the ARN of the record that a new record belongs to, by which Lists find it without looking at others.
    """

    spec: Mapping[str, Any] = field(default_factory=dict)
    status: Mapping[str, Any] = field(default_factory=dict)
    private: Mapping[str, Any] = field(default_factory=dict)
    parent: str = ""

    def over(self, spec: Mapping[str, Any]) -> Doc:
        """Return the document of a new record whose Create call asked for `spec`."""
        return _without_none({"spec": {**spec, **self.spec}, "status": self.status, "private": self.private})


def revise(
    record: Record,
    *,
    spec: Mapping[str, Any] | None = None,
    observed: Mapping[str, Any] | None = None,
    private: Mapping[str, Any] | None = None,
    **columns: Any,
) -> Record:
    """Return the record with these changes in the parts of its document; None removes a member."""
    changes = {"spec": spec, "status": observed, "private": private}
    doc = {part: {**record.doc.get(part, {}), **(changes[part] or {})} for part in changes}
    return record.evolve(doc=_without_none(doc), **columns)


def _without_none(doc: Mapping[str, Mapping[str, Any]]) -> Doc:
    return {
        part: {name: value for name, value in members.items() if value is not None}
        for part, members in doc.items()
    }


def split(doc: Mapping[str, Any], spec: Container[str]) -> Doc:
    """Return a document of the first format in three parts.

    Private members began with an underscore; `spec` has the members of the Create call.
    """
    parts: dict[str, Doc] = {"spec": {}, "status": {}, "private": {}}
    for name, value in doc.items():
        if name.startswith("_"):
            parts["private"][name[1:]] = value
        else:
            parts["spec" if name in spec else "status"][name] = value
    return parts
