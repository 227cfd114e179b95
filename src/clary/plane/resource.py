"""A resource is a declaration; most operations are the life of a noun. The verbs are derived in verbs.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from clary.kernel import AwsError
from clary.plane.context import Context
from clary.store.api import Exists, Record

Doc = dict[str, Any]


@dataclass(frozen=True, slots=True)
class States:
    """A status member and the values it takes: where a record starts, what Stop makes it, which are final."""

    member: str
    start: str
    final: tuple[str, ...] = ()
    stop: str | None = None


@dataclass(frozen=True, slots=True)
class Errors:
    """How AWS says that a noun is missing or taken; `{arn}` and `{id}` are filled in."""

    missing: str = "Requested resource not found."
    taken: str = "Resource already exists: {arn}"
    missing_code: str = "ValidationException"
    taken_code: str = "ValidationException"

    def not_found(self, arn: str, id: str) -> AwsError:
        return AwsError(self.missing_code, self.missing.format(arn=arn, id=id))

    def exists(self, arn: str, id: str) -> AwsError:
        return AwsError(self.taken_code, self.taken.format(arn=arn, id=id))


def kind_of(service: str, noun: str) -> str:
    """Return what the store calls records of this noun of a service."""
    return f"{service}:{noun}"


def nothing(ctx: Context, params: Doc) -> Doc:
    return {}


def anything(ctx: Context, params: Doc) -> None:
    return None


def echo(record: Record) -> Doc:
    return {}


@dataclass(frozen=True, slots=True)
class Resource:
    """One noun of a service.

    `name` is the model's own word (`TrainingJob`); `arn` the resource part of its ARN (`training-job/{TrainingJobName}`);
    `key` the member that names it (default: `<name>Name`). `stamp` gives the members that creation adds, `allow` checks
    what the model cannot say, `view` adds to Describe what is more than echo and status. `service` is filled in by the
    service that declares it. A noun that needs more is written as functions.
    """

    name: str
    arn: str
    states: States | None = None
    key: str = ""
    stamp: Callable[[Context, Doc], Doc] = nothing
    allow: Callable[[Context, Doc], None] = anything
    view: Callable[[Record], Doc] = echo
    errors: Errors = field(default_factory=Errors)
    service: str = ""

    @property
    def kind(self) -> str:
        """What the store calls records of this noun: `sagemaker:TrainingJob`. Many services have a noun of the same name."""
        if not self.service:
            raise LookupError(f"no service has declared {self.name}")
        return kind_of(self.service, self.name)

    @property
    def key_member(self) -> str:
        return self.key or f"{self.name}Name"

    def arn_of(self, ctx: Context, id: str) -> str:
        """The ARN of the record with this id, in the context's account and region."""
        return ctx.arn(self.arn.replace("{" + self.key_member + "}", id))

    def load(self, ctx: Context, params: Doc) -> Record:
        """The record that the parameters name. Raises the noun's own not-found error."""
        return self.find(ctx, params[self.key_member])

    def find(self, ctx: Context, id: str) -> Record:
        """The record with this id (names are case-insensitively unique on AWS, but looked up as given)."""
        record = ctx.tx.get(self.kind, ctx.scope, id)
        if record is None:
            raise self.errors.not_found(self.arn_of(ctx, id), id)
        return record

    def create(self, ctx: Context, params: Doc) -> Record:
        """Insert the record of a Create call, with its tags; controllers look at it at once.

        Raises the noun's own error when the name is taken.
        """
        self.allow(ctx, params)
        record = self._fresh(ctx, params)
        try:
            record = ctx.tx.insert(record)
        except Exists:
            raise self.errors.exists(record.arn, record.id) from None
        if params.get("Tags"):
            ctx.tx.tag(record.arn, {tag["Key"]: tag["Value"] for tag in params["Tags"]})
        ctx.wake()
        return record

    def _fresh(self, ctx: Context, params: Doc) -> Record:
        id = params[self.key_member]
        doc = {name: value for name, value in params.items() if name not in (self.key_member, "Tags")}
        return Record(
            kind=self.kind,
            scope=ctx.scope,
            id=id,
            arn=self.arn_of(ctx, id),
            status=self.states.start if self.states else "",
            doc=doc | self.stamp(ctx, params),
            created=ctx.now,
            modified=ctx.now,
            due=ctx.now if self.states else None,
        )

    def describe(self, record: Record) -> Doc:
        """All members that Describe and List may show; rendering drops what their shapes do not have."""
        shown = {
            **record.doc,
            self.key_member: record.id,
            f"{self.name}Arn": record.arn,
            "CreationTime": record.created,
            "LastModifiedTime": record.modified,
        }
        if self.states:
            shown[self.states.member] = record.status
        return {**shown, **self.view(record)}
