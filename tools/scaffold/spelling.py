"""How the model of a service spells a noun: its key, its ARN, its times, its statuses, its errors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from tools.scaffold.values import allows

from clary.plane import Errors, Key, States, by_arn, generated
from clary.plane.nouns import dialects, operations
from clary.plane.nouns.dialects import Dialect, spelled
from clary.wire import Operation, ServiceModel

DIALECTS: Mapping[str, Dialect] = {
    name: getattr(dialects, name) for name in ("SAGEMAKER", "CAMEL", "GLUE", "LAMBDA", "DATABREW")
}
_MISSING = re.compile(r"NotFound|NoSuch|DoesNotExist|Missing|Unknown")
_TAKEN = re.compile(r"AlreadyExist|Exists|Conflict|InUse|Duplicate")
_BEGINS = re.compile(
    r"creating|create_in_?progress|pending|in_?progress|starting|provisioning|initializing", re.I
)
_READY = re.compile(
    r"active|available|ready|in_?service|succeeded|completed?|created|create_complete|enabled|running", re.I
)
_LEAVES = re.compile(r"deleting|delete_in_?progress", re.I)
_IDS = ("{hex32}", "{uuid}", "{hex12}", "{hex8}", "a-{hex10}")


@dataclass(frozen=True)
class Spelling:
    """One noun as its service writes it. `base` names the nearest dialect, `changes` what of it differs."""

    base: str
    changes: Mapping[str, tuple[str, ...]]
    key: str  # the expression, empty for the dialect's own
    member: str  # the key member as the record has it
    states: States | None
    arn: str

    @property
    def dialect(self) -> Dialect:
        """The dialect with its changes."""
        whole = {field.name: getattr(DIALECTS[self.base], field.name) for field in fields(Dialect)}
        return Dialect(**{**whole, **self.changes})

    def made_key(self) -> Key | None:
        """The key that the expression says."""
        return eval(self.key, {"Key": Key, "generated": generated, "by_arn": by_arn}) if self.key else None


def shown_members(noun: str, op: Operation) -> Mapping[str, Any]:
    """Return the members in which an answer shows a record: its own, those of the structure that is called as the noun, or
    those of the structures that a list holds."""
    members = op.output_members
    if op.name in operations.find([op.name], noun) and operations.find([op.name], noun)[op.name] == "list":
        entries = (shape.member for shape in members.values() if shape.type_name == "list")
        return next((entry.members for entry in entries if hasattr(entry, "members")), {})
    inside = next(
        (s for name, s in members.items() if name.lower() == noun.lower() and hasattr(s, "members")), None
    )
    return inside.members if inside is not None else members


def spell(
    model: ServiceModel, noun: str, asked: str, create: Operation, shown: Mapping[str, Any]
) -> Spelling | None:
    """Return how a noun is spelled; `asked` is the member by which Describe or Delete names it. None where no key fits."""
    base = _base(noun, asked, create, shown)
    own = DIALECTS[base]
    names = (own.name, *own.also_named)
    given = set(create.input_members)
    fits = asked in own.spelled(names, noun) and given & set(own.spelled(names, noun))
    key = "" if fits else _key(asked, create, shown, model)
    if key is None:
        return None
    member = spelled(own.name, noun) if fits else ("id" if key.startswith("by_arn") else asked)
    return Spelling(
        base, _changes(own, noun, shown), key, member, _states(noun, shown), _arn(noun, member, shown)
    )


def _base(noun: str, asked: str, create: Operation, shown: Mapping[str, Any]) -> str:
    """Return the dialect that has most of the noun's words."""

    def score(name: str) -> int:
        own = DIALECTS[name]
        words = own.spelled((*own.arn, *own.created, *own.modified), noun)
        named = own.spelled((own.name, *own.also_named), noun)
        return (
            sum(word in shown for word in words)
            + 2 * (asked in named)
            + (name == "CAMEL") * asked[0].islower()
        )

    return max(DIALECTS, key=score)


def _key(asked: str, create: Operation, shown: Mapping[str, Any], model: ServiceModel) -> str | None:
    if asked in create.input_members:
        return f'Key("{asked}")'
    if asked.lower().endswith("arn"):
        return f'by_arn("{asked}")'
    shape = shown.get(asked) or create.output_members.get(asked)
    if shape is None:
        return None
    pattern = next((one for one in _IDS if allows(shape, _example(one))), None)
    return f'generated("{pattern}", "{asked}")' if pattern else None


def _example(pattern: str) -> str:
    text = pattern.replace("{uuid}", "00000000-0000-0000-0000-00000000000a")
    return re.sub(r"\{hex(\d+)\}", lambda found: "a" * int(found[1]), text)


def _changes(own: Dialect, noun: str, shown: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    times = {name for name, shape in shown.items() if shape.type_name == "timestamp"}
    arns = [name for name in shown if name.lower() in ("arn", f"{noun}arn".lower())]
    wanted = {
        "arn": tuple(arns),
        "created": tuple(name for name in shown if name in times and name.lower() in dialects.CREATED),
        "modified": tuple(name for name in shown if name in times and name.lower() in dialects.MODIFIED),
    }
    return {what: names for what, names in wanted.items() if not _says(own, what, noun, names, shown)}


def _says(own: Dialect, what: str, noun: str, names: tuple[str, ...], shown: Mapping[str, Any]) -> bool:
    """Tell whether the dialect shows these members and no other ones of this noun."""
    return {word for word in own.spelled(getattr(own, what), noun) if word in shown} == set(names)


def _states(noun: str, shown: Mapping[str, Any]) -> States | None:
    """Return the status member with its first status; `final` is the one in which the noun can be used."""
    for name in _status_names(noun):
        values = (
            shown[name].metadata.get("enum", [])
            if name in shown and shown[name].type_name == "string"
            else []
        )
        start, ready, leaving = (_first(pattern, values) for pattern in (_BEGINS, _READY, _LEAVES))
        if start and ready:
            return States(name, start=start, final=(ready,), leaving=leaving or None)
    return None


def _status_names(noun: str) -> Iterator[str]:
    for word in ("Status", "State"):
        yield from (f"{noun}{word}", f"{noun[:1].lower()}{noun[1:]}{word}", word, word.lower())


def _first(pattern: re.Pattern[str], words: list[str]) -> str:
    return next((word for word in words if pattern.fullmatch(word)), "")


def _arn(noun: str, member: str, shown: Mapping[str, Any]) -> str:
    """Return the resource part of the noun's ARN: by the pattern of a member, or the noun in small letters."""
    kebab = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", noun).lower()
    patterns = [
        str(shape.metadata.get("pattern", ""))
        for name, shape in shown.items()
        if name.lower().endswith("arn")
    ]
    found = (re.search(rf"[:)]({kebab}|{noun.lower()})([/:])", pattern) for pattern in patterns)
    word, between = next((one.groups() for one in found if one), (kebab, "/"))
    return f"{word}{between}{{{member}}}"


def errors_of(model: ServiceModel, finds: Sequence[Operation], create: Operation, own: Errors) -> Errors:
    """Return the codes that the model declares for a noun that is missing and for a name that is taken."""
    return Errors(
        missing_code=next(filter(None, (_code(model, op, _MISSING) for op in finds)), "") or own.missing_code,
        missing="The {words} {id} does not exist.",
        taken_code=_code(model, create, _TAKEN) or own.taken_code,
        taken="The {words} {id} already exists.",
    )


def _code(model: ServiceModel, op: Operation, pattern: re.Pattern[str]) -> str:
    return next((model.errors[name].code for name in op.errors if pattern.search(name)), "")
