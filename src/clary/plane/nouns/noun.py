"""A noun of a service as a declaration: the data from which its operations are derived (verbs.py)."""

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
    """A status member and the values it takes.

    A record begins in `start`; Stop makes it `stop`, Start `again`, and a controller goes on from there. Delete leaves it
    to the controller in the status `leaving`, or takes it away where there is none. What is in a `final` status has ended
    and cannot be stopped; what is in a `busy` one cannot be deleted.
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
    """What a noun does beyond its declaration, each at one moment.

    `allow` refuses a Create call for what the model cannot say; `stamp` gives what creation adds to the document; `view`
    what Describe and List show besides it, `detail` what Describe alone does. `update` returns the record as an Update call makes it, `start` and `stop` as
    those calls do, before its status changes; `delete` refuses, or does what must happen before the record goes.
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
    """One noun of a service: what it is called, how it is found, and what may be said of it.

    `name` is the model's own word (`TrainingJob`), `arn` the resource part of its ARN (`training-job/{TrainingJobName}`).
    `key` is how a record is named (keys.py); by default a member as the dialect spells it. `accepts` says for each verb
    that writes which members are acted on; one that it does not name acts on those that say which record is meant.
    `lists` spells filters and orders of Lists that no table knows (lists.py): member -> path below the document, or a
    column. `also` are second actions that IAM is asked about, by operation. `service` and `prefix`, which begins its ARNs,
    are filled in by the service that declares it.
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
        """What the store calls records of this noun: `sagemaker:TrainingJob`. Many services have a noun of the same name."""
        if not self.service:
            raise LookupError(f"no service has declared {self.name}")
        return kind_of(self.service, self.name)

    @cached_property
    def words(self) -> str:
        """`TrainingJob` as AWS's sentences have it: `training job`."""
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
        """The member that names a record; the last one where several do."""
        return self.named.members[-1] if self.named.members else "id"

    @cached_property
    def key_aliases(self) -> tuple[str, ...]:
        """Other members that say what `key_member` does, where that is named as the dialect does."""
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
        """The ARN of the record with this id, in the context's account and region."""
        return ctx.arn(self.template.fill({"id": id, **self.named.values(id)}), self.prefix)

    def id_in(self, ctx: Context, arn: str) -> str | None:
        """The id of the record that an ARN names; None for the ARN of anything else, or of another account or region."""
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
        """The record that the key members of a request name. Raises the noun's own not-found error."""
        return self.at(ctx, [params[name] for name in self.named.members])

    def at(self, ctx: Context, values: list[str]) -> Record:
        """The record whose key members have these values; one value may be its ARN, where the key takes one."""
        if self.named.or_arn and len(values) == 1:
            return self.meant(ctx, values[0])
        return self.find(ctx, self.named.id(values))

    def meant(self, ctx: Context, arn_or_id: str) -> Record:
        """The record that an ARN or an id names."""
        return self.by_arn(ctx, arn_or_id) if arn_or_id.startswith("arn:") else self.find(ctx, arn_or_id)

    def by_arn(self, ctx: Context, arn: str) -> Record:
        """The record that an ARN names. Raises the noun's own not-found error."""
        id = self.id_in(ctx, arn)
        if id is None:
            raise self.says.not_found(arn, arn, self.words)
        return self.find(ctx, id)

    def find(self, ctx: Context, id: str) -> Record:
        """The record with this id (names are case-insensitively unique on AWS, but looked up as given)."""
        record = ctx.tx.get(self.kind, ctx.scope, id)
        if record is None:
            raise self.says.not_found(self.arn_of(ctx, id), id, self.words)
        return record

    @property
    def shows_more(self) -> bool:
        """Whether Describe shows members that its hooks make up."""
        return self.hooks.view is not _echo or self.hooks.detail is not _echo

    def describe(self, record: Record) -> Doc:
        """All members that Describe may show; rendering drops what its shape does not have."""
        shown = self.summary(record)
        if self.hooks.detail is not _echo:
            shown.update(self.hooks.detail(record))
        return shown

    def summary(self, record: Record) -> Doc:
        """All members that List may show."""
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
        """The members that show a column of the record, in all the dialect's spellings."""
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
    """Return what the store calls records of this noun of a service."""
    return f"{service}:{noun}"
