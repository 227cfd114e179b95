"""The first noun of a service: one that is created, shown and deleted by one name, and that works at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.scaffold.spelling import Spelling, errors_of, shown_members, spell
from tools.scaffold.trial import Trial, tried
from tools.scaffold.values import NoValue, allows, smallest

from clary.kernel import AwsError
from clary.plane import Errors, Members, Noun, Service
from clary.plane.nouns import operations
from clary.plane.nouns.lists import Plan
from clary.wire import Operation, ServiceModel

_CREATES = ("Create", "Register")  # Put would write over what is there
_MOST_TRIALS = 40
_TAGS = frozenset({"Tags", "tags", "TagList", "tagList"})


@dataclass(frozen=True)
class FirstNoun:
    """A noun, how its service spells it, its operations by verb, what Create and Update are given, and how it went."""

    name: str
    verbs: Mapping[str, str]
    spelling: Spelling
    errors: Errors
    given: Mapping[str, Any]
    changed: Mapping[str, Any] | None
    accepts: Mapping[str, tuple[str, ...]]
    asked: Mapping[str, str]  # by verb, the member that names the record
    trial: Trial

    @property
    def name_member(self) -> str:
        """The member of Create that names the record; empty where the service makes an id."""
        made = self.spelling.key.startswith(("generated", "by_arn"))
        return "" if made else next(iter(_name_members(self.name, self.given, self.spelling)), "")


def first_noun(model: ServiceModel) -> FirstNoun | None:
    """Return the simplest noun that works; None where the model has none."""
    found = sorted(_candidates(model), key=lambda one: _rank(model, *one))
    for noun, verbs in found[:_MOST_TRIALS]:
        try:
            if made := _made(model, noun, verbs):
                return made
        except (NoValue, AwsError, LookupError, TypeError, ValueError):
            continue  # what does not work at once is no first noun
    return None


def _candidates(model: ServiceModel) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the nouns that are created, shown and deleted, with their operations by verb."""
    for operation in model.operations:
        for word in _CREATES:
            noun = operation.removeprefix(word)
            if noun == operation or not noun:
                continue
            verbs = {verb: name for name, verb in operations.find(model.operations, noun).items()}
            if verbs.get("create") == operation and _is_whole(model, noun, verbs):
                yield noun, verbs


def _is_whole(model: ServiceModel, noun: str, verbs: Mapping[str, str]) -> bool:
    """Tell whether a noun is shown and deleted, has one operation for each verb and no tags but at its creation."""
    if "delete" not in verbs or not {"describe", "list"} & verbs.keys():
        return False
    others = [model.operations[name].input_members for verb, name in verbs.items() if verb != "create"]
    return len(operations.find(model.operations, noun)) == len(verbs) and not any(
        _TAGS & set(one) for one in others
    )


def _rank(model: ServiceModel, noun: str, verbs: Mapping[str, str]) -> tuple[Any, ...]:
    """Return what makes a noun simple: a list, no update, few members that are required, a short name."""
    create = model.operations[verbs["create"]].input
    required = create.required_members if create else []
    nested = (
        sum(create.members[name].type_name in ("structure", "list") for name in required) if create else 0
    )
    return (
        "list" not in verbs,
        "describe" not in verbs,
        nested,
        len(required),
        "update" in verbs,
        len(noun),
        noun,
    )


def _made(model: ServiceModel, noun: str, verbs: Mapping[str, str]) -> FirstNoun | None:
    create, show = model.operations[verbs["create"]], model.operations[verbs.get("describe") or verbs["list"]]
    asked = {
        verb: _asked(model.operations[name])
        for verb, name in verbs.items()
        if verb not in ("create", "list", "batch")
    }
    spelling = spell(model, noun, asked.get("describe") or asked["delete"], create, shown_members(noun, show))
    if spelling is None:
        return None
    given = _named(noun, smallest(create.input), spelling, create)
    accepts = _accepts(model, verbs, given, spelling)
    errors = errors_of(model, (show, model.operations[verbs["delete"]]), create, spelling.dialect.errors)
    changed = smallest(model.operations[verbs["update"]].input) if "update" in verbs else None
    declared = Noun(
        noun,
        arn=spelling.arn,
        key=spelling.made_key(),
        states=spelling.states,
        accepts={verb: Members(names) for verb, names in accepts.items()},
        errors=errors,
    )
    service = Service(model.name, dialect=spelling.dialect)
    service.noun(declared)
    if "list" in verbs and Plan(service.nouns[noun], model.operations[verbs["list"]]).unknown:
        return None  # a filter that no record has needs a word in the declaration
    trial = tried(service, noun, verbs, asked, given, changed)
    if not trial.works:
        return None
    return FirstNoun(noun, verbs, spelling, errors, given, changed, accepts, asked, trial)


def _named(noun: str, given: dict[str, Any], spelling: Spelling, create: Operation) -> dict[str, Any]:
    """Return the request with a name that no other member has, where it has a name and the model allows that."""
    for member in _name_members(noun, given, spelling):
        words = (f"my-{noun.lower()}", f"my_{noun.lower()}", f"my{noun.lower()}")
        fitting = (word for word in words if allows(create.input_members[member], word))
        return given | {member: next(fitting, given[member])}
    return given


def _name_members(noun: str, given: Mapping[str, Any], spelling: Spelling) -> list[str]:
    own = spelling.dialect
    names = (spelling.member, *own.spelled((own.name, *own.also_named), noun))
    return [name for name in names if isinstance(given.get(name), str)]


def _asked(op: Operation) -> str:
    """Return the one member that names the record. Raise LookupError where several are required, or none."""
    required = op.input.required_members if op.input else []  # type: ignore[attr-defined]
    if len(required) != 1:
        if op.name.startswith("Update") and required:
            return required[0]
        raise LookupError(f"{op.name} asks for {len(required)} members")
    return required[0]


def _accepts(
    model: ServiceModel, verbs: Mapping[str, str], given: Mapping[str, Any], spelling: Spelling
) -> dict[str, tuple[str, ...]]:
    """Return the members that Create and Update act on: those that are required, and a token."""
    create = model.operations[verbs["create"]]
    token = (create.idempotency_token,) if create.idempotency_token else ()
    found = {"create": (*given, *(name for name in token if name not in given))}
    if "update" in verbs:
        update = model.operations[verbs["update"]]
        same = [name for name in update.input_members if name in given and name not in _TAGS]
        required = update.input.required_members if update.input else []  # type: ignore[attr-defined]
        found["update"] = tuple(dict.fromkeys([*required, *same]))
    return found
