"""How one operation spells a noun: the members that name the record, those that are its content, and the
member of the answer that shows it. Read from the model at the first call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clary.plane.context import Context
from clary.plane.nouns import operations
from clary.plane.nouns.documents import Doc
from clary.plane.nouns.noun import Noun
from clary.store.api import Record
from clary.wire import Operation

_TOKENS = {"ClientToken", "ClientRequestToken", "clientToken", "clientRequestToken"}
_CONTENTS = ("Input", "Update")  # CreateConnection(ConnectionInput={…}), UpdateJob(JobUpdate={…})


class Spelled:
    """One operation of one noun."""

    def __init__(self, noun: Noun, op: Operation) -> None:
        self.noun = noun
        self.content = _content(noun, op)
        members = {*op.input_members, *(op.input_members[self.content].members if self.content else ())}
        self.keys = [_first([name, *self._same(noun, name)], members) for name in noun.named.members]
        self.arn = _first_arn(noun, members)
        self.envelope = _envelope(noun, op)
        self.token = op.idempotency_token
        self.partial = _partial(noun, op)
        self._op = op
        plain = len(self.keys) == 1 and not self.content and not noun.named.or_arn
        self._alone = self.keys[0] if plain else ""  # the single member that names the record

    @staticmethod
    def _same(noun: Noun, name: str) -> tuple[str, ...]:
        return noun.key_aliases if name == noun.key_member and len(noun.named.members) == 1 else ()

    def flat(self, params: Mapping[str, Any]) -> Doc:
        """Return the request without the structure that wraps its content."""
        if not self.content:
            return dict(params)
        outside = {name: value for name, value in params.items() if name != self.content}
        return {**params.get(self.content, {}), **outside}

    def spec(self, given: Mapping[str, Any]) -> Doc:
        """Return the content of a request, without the record's name, tags and idempotency token."""
        left = {*self.keys, self.arn, self.token, "Tags", "tags", *_TOKENS}
        if len(self.keys) > 1:  # lists filter by one part of a name
            left -= set(self.keys)
        return {name: value for name, value in given.items() if name not in left}

    def completed(self, record: Record, given: Doc) -> Doc:
        """Return what an Update call gives; what its partial structures leave out stays as it was."""
        return given | {
            name: {**record.spec.get(name, {}), **given[name]} for name in self.partial if name in given
        }

    def values(self, given: Mapping[str, Any]) -> list[str]:
        """Return the values of the noun's key members."""
        return [given[name] for name in self.keys if name]

    def record(self, ctx: Context, params: Mapping[str, Any]) -> Record:
        """Return the record that the request is about. Raise the noun's not-found error."""
        if self._alone and self._alone in params:
            return self.noun.find(ctx, params[self._alone])
        given = self.flat(params)
        if self._has_keys(given):
            return self.noun.at(ctx, self.values(given))
        return self.noun.meant(ctx, given[self.arn])

    def arn_meant(self, ctx: Context, params: Mapping[str, Any]) -> str:
        """Return the ARN that the request is about, whether or not the record exists."""
        given = self.flat(params)
        if self._has_keys(given):
            return self.noun.arn_of(ctx, self.noun.named.id(self.values(given)))
        return given[self.arn]

    def _has_keys(self, given: Mapping[str, Any]) -> bool:
        return bool(self.keys) and all(name in given for name in self.keys)

    def answer(self, record: Record) -> Doc:
        """Return the operation's answer for a record."""
        if not self._op.output_members:
            return {}
        shown = self.noun.describe(record)
        return {self.envelope: shown} if self.envelope else shown

    def kept(self, answer: Doc) -> Doc:
        """Return the part of an answer that clients see, to be stored for an idempotency token."""
        return self._op.trim(answer)


def _partial(noun: Noun, op: Operation) -> tuple[str, ...]:
    """Return the structures in which Update differs from Create (`GitConfigForUpdate`): what they leave out
    stays."""
    found = operations.find(op.service.operations, noun.name)
    created = next((name for name, verb in found.items() if verb == "create"), op.name)
    whole = op.service.operations[created].input_members
    return tuple(
        name
        for name, shape in op.input_members.items()
        if shape.type_name == "structure" and name in whole and whole[name].name != shape.name
    )


def _content(noun: Noun, op: Operation) -> str:
    wanted = {noun.name + end for end in _CONTENTS}
    found = (name for name, shape in op.input_members.items() if shape.type_name == "structure")
    return next((name for name in found if name in wanted), "")


def _envelope(noun: Noun, op: Operation) -> str:
    """Return the member of the answer that is the record; '' if the answer itself is the record."""
    structures = (name for name, shape in op.output_members.items() if shape.type_name == "structure")
    return next((name for name in structures if name.lower() == noun.name.lower()), "")


def _first(names: list[str], members: set[str]) -> str:
    return next((name for name in names if name in members), "")


def _first_arn(noun: Noun, members: set[str]) -> str:
    words = [*noun.arn_members, f"{noun.name}Arn", "Arn", "arn", "ResourceArn", "resourceArn"]
    return _first(words, members)
