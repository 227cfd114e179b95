"""Create, describe, update, list, start, stop and delete for declared nouns."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping

from clary.kernel import AwsError
from clary.plane.action import Handler, Target
from clary.plane.context import Context
from clary.plane.nouns import keys, operations, tags
from clary.plane.nouns.calls import Spelled
from clary.plane.nouns.documents import Doc
from clary.plane.nouns.lists import Listing
from clary.plane.nouns.members import Members
from clary.plane.nouns.noun import Noun
from clary.store.api import Exists, Record
from clary.wire import Operation

Verb = Callable[[Spelled, Context, Doc], Doc]


def derive(model: Mapping[str, Operation], noun: Noun) -> Iterator[tuple[str, str, Listing | Answer]]:
    """Yield the operations of a model that are this noun's, each with its verb and what answers it."""
    for operation, verb in operations.find(model, noun.name).items():
        if verb == "list":
            yield operation, verb, Listing(noun, model[operation])
        elif (verb not in ("start", "stop")) or _has(noun, verb):
            yield operation, verb, Answer(noun, model[operation], _VERBS[verb])


def _has(noun: Noun, verb: str) -> bool:
    """Return whether a noun can be started or stopped at all."""
    return bool(noun.states and (noun.states.again if verb == "start" else noun.states.stop))


class Answer:
    """Answers one operation of a noun. The model's spellings are read at the first call."""

    def __init__(self, noun: Noun, op: Operation, verb: Verb) -> None:
        self._noun, self._op, self._verb = noun, op, verb
        self._spelled: Spelled | None = None

    @property
    def spelled(self) -> Spelled:
        if self._spelled is None:
            self._spelled = Spelled(self._noun, self._op)
        return self._spelled

    def __call__(self, ctx: Context, params: Doc) -> Doc:
        return self._verb(self.spelled, ctx, params)

    def arns(self, ctx: Context, params: Doc) -> list[str]:
        """Return the ARN that a request is about, before it is known whether the record exists."""
        return [self.spelled.arn_meant(ctx, params)]


def create(say: Spelled, ctx: Context, params: Doc) -> Doc:
    """Create the record; for an idempotency token that was seen before, return the answer of that time."""
    token = params.get(say.token) if say.token else None
    if token and (before := ctx.tx.once(ctx.scope, ctx.op.name, token)) is not None:
        return before
    answer = say.answer(insert(say, ctx, params))
    if token:
        ctx.tx.remember(ctx.scope, ctx.op.name, token, say.kept(answer))
    return answer


def insert(say: Spelled, ctx: Context, params: Doc) -> Record:
    """Insert the record of a Create call with its tags; controllers handle it at once.

    Raise the noun's error if the name is taken.
    """
    noun, given = say.noun, say.flat(params)
    noun.hooks.allow(ctx, params)
    wanted = tags.of_request(noun.spelling.tags, given)
    record = _fresh(say, ctx, given)
    try:
        record = ctx.tx.insert(record)
    except Exists:
        raise noun.says.exists(record.arn, record.id, noun.words) from None
    ctx.tx.tag(record.arn, wanted)
    ctx.wake()
    return record


def _fresh(say: Spelled, ctx: Context, given: Doc) -> Record:
    noun = say.noun
    made = noun.named.made
    id = keys.make(made, ctx.platform.ids) if made else noun.named.id(say.values(given))
    stamped = noun.hooks.stamp(ctx, given)
    return Record(
        kind=noun.kind,
        scope=ctx.scope,
        id=id,
        arn=noun.arn_of(ctx, id),
        status=noun.states.start if noun.states else "",
        doc=stamped.over(say.spec(given)),
        created=ctx.now,
        modified=ctx.now,
        due=ctx.now if noun.states else None,
        parent=stamped.parent or ctx.parent,
    )


def describe(say: Spelled, ctx: Context, params: Doc) -> Doc:
    return say.answer(say.record(ctx, params))


def update(say: Spelled, ctx: Context, params: Doc) -> Doc:
    """Change what the request names; with `replaces`, replace all content."""
    noun, record = say.noun, say.record(ctx, params)
    given = say.completed(record, say.spec(say.flat(params)))
    if noun.spelling.replaces:
        record = record.evolve(doc={**record.doc, "spec": {}})
    changed = noun.hooks.update(ctx, record, given).evolve(modified=ctx.now)
    record = ctx.tx.update(changed)
    if record.due is not None:
        ctx.wake()
    return say.answer(record)


def start(say: Spelled, ctx: Context, params: Doc) -> Doc:
    noun, record = say.noun, say.record(ctx, params)
    return _moved(say, ctx, noun.hooks.start(ctx, record), noun.states.again)  # type: ignore[union-attr]


def stop(say: Spelled, ctx: Context, params: Doc) -> Doc:
    """Request the end of a running record; its controller does the rest."""
    noun, record = say.noun, say.record(ctx, params)
    if record.status in noun.states.final:  # type: ignore[union-attr]
        raise noun.says.has_ended(record.status, noun.words)
    return _moved(say, ctx, noun.hooks.stop(ctx, record), noun.states.stop)  # type: ignore[union-attr]


def _moved(say: Spelled, ctx: Context, record: Record, status: str | None) -> Doc:
    """Write a new status, which controllers handle at once."""
    record = record.evolve(status=status or record.status, modified=ctx.now, due=ctx.now)
    ctx.wake()
    return say.answer(ctx.tx.update(record))


def delete(say: Spelled, ctx: Context, params: Doc) -> Doc:
    """Delete the record, or leave that to its controller. Raise the noun's error while it is busy."""
    noun, record = say.noun, say.record(ctx, params)
    if noun.states and record.status in noun.states.busy:
        raise noun.says.in_use(record.arn, record.id, record.status, noun.words)
    noun.hooks.delete(ctx, record)
    if noun.states and noun.states.leaving:
        return _moved(say, ctx, record, noun.states.leaving)
    ctx.tx.delete(record)
    return say.answer(record)


def batch(say: Spelled, ctx: Context, params: Doc) -> Doc:
    """Return the named records that exist, and the names of the others (BatchGet of Glue)."""
    asked, found_in, missing_in = _batch_members(ctx.op)
    found: list[Doc] = []
    missing: list[str] = []
    for name in params.get(asked, []):
        try:
            found.append(say.noun.describe(say.noun.at(ctx, [name])))
        except AwsError:
            missing.append(name)
    return {found_in: found, **({missing_in: missing} if missing_in else {})}


def _batch_members(op: Operation) -> tuple[str, str, str]:
    """Return the members for the requested names, the records found and the names not found."""
    lists = {
        name: shape.member.type_name for name, shape in op.output_members.items() if shape.type_name == "list"
    }
    asked = next(name for name, shape in op.input_members.items() if shape.type_name == "list")
    found = next(name for name, of in lists.items() if of == "structure")
    return asked, found, next((name for name, of in lists.items() if of == "string"), "")


_VERBS: Mapping[str, Verb] = {
    "create": create,
    "describe": describe,
    "update": update,
    "start": start,
    "stop": stop,
    "delete": delete,
    "batch": batch,
}

WRITING: frozenset[str] = frozenset({"create", "update", "start", "stop", "delete"})
_TOKENS = ("ClientToken", "ClientRequestToken", "clientToken", "clientRequestToken")
_MEMBER = re.compile(r"\{(\w+)\}")


def accepts(noun: Noun, verb: str, members: Collection[str]) -> Members | None:
    """Return the members that a writing operation acts on; None for a verb that does not write.

    They are those declared or, if the verb needs no others, those that name the record.
    """
    if verb not in WRITING:
        return None
    if verb in noun.accepts:
        return noun.accepts[verb]
    named = (*noun.named.members, *noun.key_aliases, *noun.arn_members, *_TOKENS)
    return Members(name for name in named if name in members)


def target(noun: Noun, verb: str, members: Collection[str], answer: Handler) -> Target:
    """Return what to authorise for an operation of a noun.

    That is the noun's ARN with members of the request if it spells them so, else the ARN of the record. Lists
    are about all records of the noun.
    """
    if verb in ("list", "batch"):
        return "*"
    names = _MEMBER.findall(noun.arn)
    said = {name: _said(noun, name, members, len(names) == 1) for name in names}
    if verb == "create" or all(said.values()):
        return _MEMBER.sub(lambda found: "{" + (said[found[1]] or found[1]) + "}", noun.arn)
    return answer.arns  # type: ignore[attr-defined]


def _said(noun: Noun, name: str, members: Collection[str], alone: bool) -> str:
    """Return the member of a request for this part of an ARN; a single member may also be the whole ARN."""
    others = (*noun.key_aliases, *noun.arn_members) if alone else ()
    return next((one for one in (name, *others) if one in members), "")
