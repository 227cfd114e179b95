"""The declaration of a service's noun, from which its operations are derived (verbs.py)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from clary.kernel import Arn
from clary.plane.action import Also
from clary.plane.context import Context
from clary.plane.nouns.dialects import SAGEMAKER, Dialect, spelled
from clary.plane.nouns.documents import Doc, Document, revise
from clary.plane.nouns.errors import Errors
from clary.plane.nouns.keys import Key, Template, generated
from clary.plane.nouns.members import Members
from clary.store.api import Record


@dataclass(frozen=True, slots=True)
class States:
    """A status member and its values.

    A record begins in `start`; Stop sets `stop`, Start sets `again`, and a controller continues from there.
    Delete sets `leaving` for the controller, or deletes the record if there is no `leaving`. A record in a
    `final` status has ended and cannot be stopped; one in a `busy` status cannot be deleted.
    """

    member: str
    start: str
    final: tuple[str, ...] = ()
    stop: str | None = None
    again: str | None = None
    leaving: str | None = None
    busy: tuple[str, ...] = ()


def _nothing_to_check(ctx: Context, params: Doc) -> None:
    return None


def _nothing_more(ctx: Context, params: Doc) -> Document:
    return Document()


def _echo(record: Record) -> Doc:
    return {}


def _unchanged(ctx: Context, record: Record) -> Record:
    return record


def _merged(ctx: Context, record: Record, given: Doc) -> Record:
    return revise(record, spec=given)


@dataclass(frozen=True, slots=True)
class Hooks:
    """What a noun does beyond its declaration, each hook at one moment.

    `allow` rejects Create calls for reasons that the model cannot express; `stamp` returns what creation adds
    to the document; `view` returns what Describe and List show in addition, `detail` what only Describe
    shows. `update` returns the record as changed by an Update call, `start` and `stop` as changed by those
    calls, before its status changes. `delete` rejects a deletion, or does what must happen before it.
    """

    allow: Callable[[Context, Doc], None] = _nothing_to_check
    stamp: Callable[[Context, Doc], Document] = _nothing_more
    view: Callable[[Record], Doc] = _echo
    detail: Callable[[Record], Doc] = _echo
    update: Callable[[Context, Record, Doc], Record] = _merged
    start: Callable[[Context, Record], Record] = _unchanged
    stop: Callable[[Context, Record], Record] = _unchanged
    delete: Callable[[Context, Record], object] = _unchanged


@dataclass(frozen=True)
class Noun:
    """A noun of a service: its name, how it is found, and what a request may say about it.

    `name` is the model's word (`TrainingJob`), `arn` the resource part of its ARN
    (`training-job/{TrainingJobName}`). `key` is how a record is named (keys.py), by default by a member as
    the dialect spells it. `accepts` lists the members that each writing verb acts on; a verb that it leaves
    out acts on the members that name the record. `lists` spells filters and sort orders of Lists that no
    table has (lists.py): member -> path below the document, or column. `also` are second actions to
    authorise, by operation. `service` and `prefix`, which begins its ARNs, are filled in by the service that
    declares it.
    """

    name: str
    arn: str
    key: Key | None = None
    dialect: Dialect | None = None
    states: States | None = None
    accepts: Mapping[str, Members] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    also: Mapping[str, tuple[Also, ...]] = field(default_factory=dict)
    errors: Errors | None = None
    hooks: Hooks = field(default_factory=Hooks)
    service: str = ""
    prefix: str = ""

    # what follows from the declaration ---------------------------------------------------------------------------

    @cached_property
    def kind(self) -> str:
        """The kind of its records in the store: `sagemaker:TrainingJob`. Many services have nouns of the same
        name."""
        if not self.service:
            raise LookupError(f"no service has declared {self.name}")
        return kind_of(self.service, self.name)

    @cached_property
    def words(self) -> str:
        """The noun in AWS's messages: `TrainingJob` becomes `training job`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", self.name).lower()

    @cached_property
    def spelling(self) -> Dialect:
        return self.dialect or SAGEMAKER

    @cached_property
    def says(self) -> Errors:
        return self.errors or self.spelling.errors

    @cached_property
    def named(self) -> Key:
        if self.key is None:
            return Key(spelled(self.spelling.name, self.name))
        nameless = self.key.made and not self.key.members and not self.key.arn_member
        return generated(self.key.made, f"{self.name}Id") if nameless else self.key

    @cached_property
    def key_member(self) -> str:
        """The member that names a record; the last of several."""
        return self.named.members[-1] if self.named.members else "id"

    @cached_property
    def key_aliases(self) -> tuple[str, ...]:
        """Other members with the meaning of `key_member`, if that is named as in the dialect."""
        found = self.spelling.spelled((self.spelling.name, *self.spelling.also_named), self.name)
        named = self.named.members
        return tuple(name for name in found if name not in named) if named[-1:] and named[-1] in found else ()

    @cached_property
    def template(self) -> Template:
        return Template(self.arn)

    @cached_property
    def arn_members(self) -> tuple[str, ...]:
        own = self.named.arn_member
        return (*((own,) if own else ()), *self.spelling.spelled(self.spelling.arn, self.name))

    # records -----------------------------------------------------------------------------------------------------

    def arn_of(self, ctx: Context, id: str) -> str:
        """Return the ARN of the record with this id, in the context's account and region."""
        return ctx.arn(self.template.fill({"id": id, **self.named.values(id)}), self.prefix)

    def id_in(self, ctx: Context, arn: str) -> str | None:
        """Return the id in the ARN of a record of this noun, account and region; None for any other ARN."""
        try:
            found = Arn.parse(arn)
        except ValueError:
            return None
        values = self.template.read(found.resource)
        if values is None or ctx.arn(found.resource, self.prefix) != arn:
            return None
        return (
            values["id"] if "id" in values else self.named.id([values[name] for name in self.named.members])
        )

    def load(self, ctx: Context, params: Mapping[str, Any]) -> Record:
        """Return the record that the key members of a request name. Raise the noun's not-found error."""
        return self.at(ctx, [params[name] for name in self.named.members])

    def at(self, ctx: Context, values: list[str]) -> Record:
        """Return the record whose key members have these values; a single value may be its ARN, if the key
        allows that."""
        if self.named.or_arn and len(values) == 1:
            return self.meant(ctx, values[0])
        return self.find(ctx, self.named.id(values))

    def meant(self, ctx: Context, arn_or_id: str) -> Record:
        """Return the record that an ARN or an id names."""
        return self.by_arn(ctx, arn_or_id) if arn_or_id.startswith("arn:") else self.find(ctx, arn_or_id)

    def by_arn(self, ctx: Context, arn: str) -> Record:
        """Return the record that an ARN names. Raise the noun's not-found error."""
        id = self.id_in(ctx, arn)
        if id is None:
            raise self.says.not_found(arn, arn, self.words)
        return self.find(ctx, id)

    def find(self, ctx: Context, id: str) -> Record:
        """Return the record with this id. Names are unique ignoring case on AWS, but looked up as given."""
        record = ctx.tx.get(self.kind, ctx.scope, id)
        if record is None:
            raise self.says.not_found(self.arn_of(ctx, id), id, self.words)
        return record

    @property
    def shows_more(self) -> bool:
        """Whether Describe shows members that hooks compute."""
        return self.hooks.view is not _echo or self.hooks.detail is not _echo

    def describe(self, record: Record) -> Doc:
        """Return all members that Describe may show; rendering drops those that its shape does not have."""
        shown = self.summary(record)
        if self.hooks.detail is not _echo:
            shown.update(self.hooks.detail(record))
        return shown

    def summary(self, record: Record) -> Doc:
        """Return all members that List may show."""
        doc = record.doc
        shown = {**doc["spec"], **doc["status"]}
        for name, column in self._columns:
            shown[name] = getattr(record, column)
        if len(self.named.members) > 1:
            shown.update(self.named.values(record.id))
        if self.hooks.view is not _echo:
            shown.update(self.hooks.view(record))
        return shown

    @cached_property
    def _columns(self) -> tuple[tuple[str, str], ...]:
        """The members that show a column of the record, in all spellings of the dialect."""
        alone = len(self.named.members) == 1
        spelled = {
            "id": (*self.named.members, *self.key_aliases) if alone else (),
            "arn": self.arn_members,
            "created": self.spelling.created,
            "modified": self.spelling.modified,
            "status": (self.states.member,) if self.states else (),
        }
        return tuple((name, column) for column, names in spelled.items() for name in names)


def kind_of(service: str, noun: str) -> str:
    """Return the kind of the records of a service's noun in the store."""
    return f"{service}:{noun}"
