"""Tags: those of Create calls, and the operations that tag, untag and list, in any service's spelling.

Tags are a list of pairs (`[{"Key": …, "Value": …}]`, `key`, `TagKey`) or a map. The resource is given by ARN,
in whatever member.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from clary.kernel import AwsError
from clary.plane.action import Handler
from clary.plane.context import Context
from clary.plane.nouns.members import Members
from clary.plane.paging import read_token, sign_token
from clary.plane.reserved_tags import refuse_reserved
from clary.wire import Operation

Doc = dict[str, Any]
Pairs = list[tuple[str, str]]
Find = Callable[[Context, str], str]

_OPERATIONS = {
    "tag": ("AddTags", "TagResource", "AddTagsToResource"),
    "untag": ("DeleteTags", "UntagResource", "RemoveTags", "RemoveTagsFromResource"),
    "list": ("ListTags", "ListTagsForResource", "GetTags", "ListTagsOfResource"),
}

_ACTED_ON = frozenset(["resourcearn", "resource", "arn", "tags", "tagkeys", "tagstoadd", "tagstoremove"])


@dataclass(frozen=True, slots=True)
class TagRules:
    """How many tags a resource may have, and the errors for others: (code, message with `{most}` and
    `{arn}`).

    None if a service does not raise that error.
    """

    most: int = 50
    reserved: str = "ValidationException"  # the code; the message is the same everywhere
    twice: tuple[str, str] | None = (
        "ValidationException",
        "Duplicate tag keys found. Each tag key must be unique.",
    )
    too_many: tuple[str, str] | None = (
        "ValidationException",
        "The resource may have at most {most} tags.",
    )
    missing: tuple[str, str] = ("ResourceNotFoundException", "The resource {arn} does not exist.")

    def check(self, pairs: Pairs, held: Mapping[str, str] | None = None, arn: str = "") -> dict[str, str]:
        """Return the tags by key. Raise for tags that AWS rejects, or for too many together with those
        `held`."""
        tags = dict(pairs)
        refuse_reserved(tags, self.reserved)
        if self.twice and len(tags) != len(pairs):
            raise self._refusal(self.twice, arn)
        if self.too_many and len({*(held or {}), *tags}) > self.most:
            raise self._refusal(self.too_many, arn)
        return tags

    def _refusal(self, said: tuple[str, str], arn: str) -> AwsError:
        code, sentence = said
        members = {"resourceName": arn} if code == "TooManyTagsException" else None
        return AwsError(code, sentence.format(most=self.most, arn=arn), members=members)


def pairs_of(value: Any) -> Pairs:
    """Return the tags of a request as pairs, whatever their form."""
    if isinstance(value, Mapping):
        return list(value.items())
    return [tuple(_key_and_value(entry)) for entry in value or ()]  # type: ignore[misc]


def _key_and_value(entry: Mapping[str, str]) -> Iterator[str]:
    by_name = {name.lower().removeprefix("tag"): value for name, value in entry.items()}
    yield by_name["key"]
    yield by_name.get("value", "")


def of_request(rules: TagRules, params: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags of a Create call. Raise for tags that AWS rejects."""
    return rules.check(pairs_of(params.get("Tags") or params.get("tags")))


@dataclass(frozen=True, slots=True)
class Spelling:
    """The members of a tagging operation: the resource, the tags, the keys; '' for those that it does not
    have."""

    resource: str
    tags: str
    keys: str
    shown: str


@cache
def spelling(op: Operation) -> Spelling:
    """Find the members by their types: the resource is a text, keys are texts, tags are pairs or a map."""
    texts = [name for name, shape in op.input_members.items() if shape.type_name == "string"]
    return Spelling(
        next((name for name in texts if "token" not in name.lower()), ""),
        _first(op.input_members, _is_tags),
        _first(op.input_members, _is_keys),
        _first(op.output_members, _is_tags),
    )


def _first(members: Mapping[str, Any], test: Callable[[Any], bool]) -> str:
    return next((name for name, shape in members.items() if test(shape)), "")


def _is_tags(shape: Any) -> bool:
    return shape.type_name == "map" or (shape.type_name == "list" and shape.member.type_name == "structure")


def _is_keys(shape: Any) -> bool:
    return shape.type_name == "list" and shape.member.type_name == "string"


class Tagging:
    """The tagging operations of one service.

    `find` returns the ARN that a resource is tagged by and raises the service's error if it does not exist;
    by default the resource is a record. `listing` does the same for lists, where services are more lenient.
    """

    def __init__(self, rules: TagRules, find: Find | None = None, listing: Find | None = None) -> None:
        self.rules = rules
        self.find: Find = find or self._of_record
        self.listing = listing or self.find

    def _of_record(self, ctx: Context, arn: str) -> str:
        """Return the ARN of a record of this service in this account and region. Raise the service's error
        for another."""
        record = ctx.tx.by_arn(arn)
        if (
            record is None
            or record.scope != ctx.scope
            or not record.kind.startswith(f"{ctx.op.service.name}:")
        ):
            raise AwsError(self.rules.missing[0], self.rules.missing[1].format(arn=arn))
        return arn

    def derive(self, model: Mapping[str, Operation]) -> Iterator[tuple[str, Handler, Any]]:
        """Yield the tagging operations of a model, each with its handler and the ARN that it is about."""
        answers = {"tag": self.tag, "untag": self.untag, "list": self.listed}
        for verb, names in _OPERATIONS.items():
            for name in names:
                if name in model:
                    yield name, answers[verb], self.target

    @staticmethod
    def accepts(operation: str, members: Iterable[str]) -> Members | None:
        """Return the members that a tagging operation acts on; None for one that only lists."""
        if operation in _OPERATIONS["list"]:
            return None
        return Members(name for name in members if name.lower() in _ACTED_ON)

    @staticmethod
    def target(ctx: Context, params: Mapping[str, Any]) -> list[str]:
        return [params[spelling(ctx.op).resource]]

    def tag(self, ctx: Context, params: Doc) -> Doc:
        say = spelling(ctx.op)
        arn = self.find(ctx, params[say.resource])
        held = ctx.tx.tags(arn)
        given = self.rules.check(pairs_of(params[say.tags]), held, arn)
        ctx.tx.tag(arn, given)
        return {say.shown: shown(ctx.op, say, held | given)} if say.shown else {}

    def untag(self, ctx: Context, params: Doc) -> Doc:
        say = spelling(ctx.op)
        ctx.tx.untag(self.find(ctx, params[say.resource]), params[say.keys])
        return {}

    def listed(self, ctx: Context, params: Doc) -> Doc:
        """Return all tags, or a page if the model has pages."""
        say = spelling(ctx.op)
        held = ctx.tx.tags(self.listing(ctx, params[say.resource]))
        paging = ctx.op.paging
        if not paging:
            return {say.shown: shown(ctx.op, say, held)}
        token_in, token_out = paging["input_token"], paging["output_token"]
        start = int(read_token(ctx, params[token_in])) if params.get(token_in) else 0
        end = start + int(params.get(paging.get("limit_key", "")) or self.rules.most)
        page = shown(ctx.op, say, dict(list(held.items())[start:end]))
        return {say.shown: page} | ({token_out: sign_token(ctx, end)} if end < len(held) else {})


def shown(op: Operation, say: Spelling, tags: Mapping[str, str]) -> Any:
    """Return tags in the form of an operation's answer."""
    shape = op.output_members[say.shown]
    if shape.type_name == "map":
        return dict(tags)
    key, value = sorted(shape.member.members, key=lambda name: "value" in name.lower())[:2]
    return [{key: name, value: content} for name, content in tags.items()]
