"""One declared noun as a user of boto3 sees it: its operations by their verbs, whatever the service calls them."""

from __future__ import annotations

from collections.abc import Callable
from inspect import unwrap
from typing import Any

from botocore import xform_name

from clary.plane import Noun, Platform, Service
from clary.plane.nouns import operations
from clary.plane.nouns.lists import Listing, Plan
from tests.conformance.scratch.nouns import Case

Params = dict[str, Any]


class Tried:
    """One noun as a user of boto3 sees it."""

    def __init__(self, platform: Platform, case: Case, client: Callable[..., Any]) -> None:
        self.case, self.platform, self._client = case, platform, client
        self.service: Service = platform.services[case.service]
        self.noun: Noun = self.service.nouns[case.noun.name]
        self.verbs: dict[str, str] = {}
        for operation, verb in operations.find(self.service.model.operations, self.noun.name).items():
            if operation in self.service.actions:
                self.verbs.setdefault(verb, operation)

    def call(self, operation: str, region: str = "us-east-1", **params: Any) -> Params:
        client = self._client(self.case.service, region_name=region)
        answer = getattr(client, xform_name(operation))(**params)
        return {name: value for name, value in answer.items() if name != "ResponseMetadata"}

    def create(self, n: int = 1, **more: Any) -> Params:
        """Create a record, and return the members that name it."""
        given = self.case.input(n) | more
        answer = self.call(self.verbs["create"], **given)
        return self.named(given, answer)

    def named(self, given: Params, answer: Params) -> Params:
        flat = {
            **given,
            **answer,
            **next((v for v in answer.values() if isinstance(v, dict) and len(answer) == 1), {}),
        }
        names = self.noun.named.members or (self.noun.named.arn_member,)
        return {name: flat[name] for name in names}

    def about(self, verb: str, named: Params, **more: Any) -> Params:
        """A call about a record, its name in the members that the operation has."""
        operation = self.verbs[verb]
        members = self.service.members_of(operation)
        spelled = {
            next(one for one in (name, *self.noun.key_aliases) if one in members): value
            for name, value in named.items()
        }
        return self.call(operation, **spelled, **more)

    def shown(self, named: Params) -> Params:
        if "describe" in self.verbs:
            return bare(self.about("describe", named))
        ((name, value),) = named.items()
        return self.call(self.verbs["list"], **{f"{name}s": [value]})[self.plans[0].result][0]

    def shown_members(self) -> set[str]:
        """The members that the model has where a record is shown: bare, and of one record."""
        if "describe" not in self.verbs:
            listed = self.service.model.operations[self.verbs["list"]].output_members
            return set(listed[self.plans[0].result].member.members)
        members = self.service.model.operations[self.verbs["describe"]].output_members
        ((_, only), *others) = members.items()
        return set(only.members) if not others and only.type_name == "structure" else set(members)

    @property
    def plans(self) -> list[Plan]:
        """How each List of the noun is spelled."""
        handlers = [unwrap(action.handler) for action in self.service.actions.values()]
        found = [one.plan for one in handlers if isinstance(one, Listing)]
        return [plan for plan in found if plan.noun.name == self.noun.name]

    def records(self) -> list[Any]:
        with self.platform.store.read() as tx:
            return tx.list(self.noun.kind, None)

    def listed(self, plan: Plan, **query: Any) -> list[str]:
        """The ids of all pages, two at a time where the model has pages."""
        found: list[Any] = []
        pages = {plan.limit: 2} if plan.limit else {}
        query = {**self.case.parent, **query}
        while True:
            answer = self.call(plan.op.name, **query, **pages)
            found += answer[plan.result]
            if not answer.get(plan.token_out):
                return [self.id_of(entry) for entry in found]
            query[plan.token_in] = answer[plan.token_out]

    def id_of(self, entry: Any) -> str:
        texts = {
            one for one in (entry.values() if isinstance(entry, dict) else [entry]) if isinstance(one, str)
        }
        values = [one for one in self.records() if one.arn in texts or self._named(one, texts)]
        return values[0].id

    def _named(self, record: Any, texts: set[str]) -> bool:
        values = list(self.noun.named.values(record.id).values())
        return bool(values) and values[-1] in texts


def bare(answer: Params) -> Params:
    """An answer without the one member that it is wrapped in."""
    values = list(answer.values())
    return values[0] if len(values) == 1 and isinstance(values[0], dict) else answer
