"""How many of a model's Lists are read whole: every filter and every order that the model has is understood."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import unwrap

from clary.plane import Noun, States
from clary.plane.nouns.lists import Listing, Plan
from clary.plane.nouns.operations import plurals
from clary.services import load_services
from clary.wire import ServiceModel, load

STATES = States("Status", start="Creating")


def lists_of(model: ServiceModel) -> Iterator[Plan]:
    """Every List of a model, as if its noun were declared."""
    for name, op in model.operations.items():
        if name.startswith("List") and any(one.type_name == "list" for one in op.output_members.values()):
            noun = Noun(
                _noun(model, name.removeprefix("List")), arn="x/{x}", states=STATES, service=model.name
            )
            yield Plan(noun, op)


def _noun(model: ServiceModel, plural: str) -> str:
    """The noun that has this plural, by its Create or Describe; else the word without its last letter."""
    nouns = {
        name.removeprefix(verb)
        for name in model.operations
        for verb in ("Create", "Describe")
        if name.startswith(verb)
    }
    return next((noun for noun in sorted(nouns) if plural in set(plurals(noun))), plural[:-1])


def read_whole(service: str) -> tuple[int, int]:
    """How many Lists of a service there are, and of how many every filter and order is understood."""
    plans = list(lists_of(load(service)))
    return len(plans), sum(not plan.unknown for plan in plans)


def test_most_of_sagemakers_lists_need_no_declaration() -> None:
    """The rest ask for the name of a parent, which a noun's `lists` says, or for what no record has."""
    lists, whole = read_whole("sagemaker")
    assert lists == 97
    assert whole >= 67


def test_the_lists_of_declared_nouns_are_read_whole() -> None:
    """But for the type of a model package, which its own function answers, and domains, which are not there."""
    unknown = {
        (operation, name)
        for service in load_services().values()
        for operation, action in service.actions.items()
        if isinstance(answer := unwrap(action.handler), Listing)
        for name in answer.plan.unknown
    }
    assert unknown == {("ListMlflowApps", "DefaultForDomainId")}
