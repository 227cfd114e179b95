"""A service: its model and what answers each of its operations. Knows no transport and no store."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from dataclasses import replace
from importlib.resources import files
from typing import Any, TypeVar

from clary.plane.action import Action, Handler, Params, Target
from clary.plane.context import Context
from clary.plane.controller import Reconcile
from clary.plane.request_keys import OwnKeys
from clary.plane.resource import Resource
from clary.plane.verbs import derive
from clary.wire import ServiceModel, load

# Its argument is the Platform of the gateway.
Background = Callable[[Any], Coroutine[Any, Any, None]]
F = TypeVar("F", bound=Callable[..., Any])


class Service:
    """One AWS endpoint. `schema` is the package that holds its `schema.sql`, if it has tables of its own; `principal`
    is what policies call the service when it acts by itself, where that is not made of its signing name."""

    def __init__(
        self, name: str, *, schema: str | None = None, actions: str | None = None, principal: str = ""
    ) -> None:
        self.name = name
        self.model: ServiceModel = load(name)
        self.actions: dict[str, Action] = {}
        self.resources: dict[str, Resource] = {}
        self.controllers: dict[str, Reconcile] = {}
        self.action_prefix = actions or self.model.signing_name
        self.principal = principal or f"{self.model.signing_name}.amazonaws.com"
        self.resource_policy: Callable[[Context, Params], str | None] | None = None
        self.owner: Callable[[Context, Params], str | None] | None = None
        self.condition_keys: OwnKeys | None = None
        self.background_work: list[Background] = []
        self._schema = schema
        self._by_folded_name = {op.lower(): op for op in self.model.operations}

    @property
    def schema(self) -> str:
        """The SQL of this service's own tables, or nothing."""
        return (files(self._schema) / "schema.sql").read_text() if self._schema else ""

    def operation(
        self, fn: F | None = None, *, on: Target = "*", action: str | None = None, open: bool = False
    ) -> Any:
        """Register a function as the operation of its name; over-rules a derived verb.

        `async def` makes it hot: it runs on the event loop, without a transaction.
        """

        def register(handler: F) -> F:
            self.answer(self.name_of(handler.__name__), handler, on, action, open)
            return handler

        return register(fn) if fn else register

    def answer(
        self,
        operation: str,
        handler: Handler,
        on: Target = "*",
        action: str | None = None,
        open: bool = False,
    ) -> None:
        """Let `handler` answer `operation`."""
        name = f"{self.action_prefix}:{action or operation}"
        hot = inspect.iscoroutinefunction(handler)
        self.actions[operation] = Action(handler, name, on, hot, open)

    def inside(self, operation: str) -> Callable[[Handler], Handler]:
        """Register a plain function that answers a hot operation for handlers that call it in their own transaction."""

        def register(handler: Handler) -> Handler:
            self.actions[operation] = replace(self.actions[operation], inside=handler)
            return handler

        return register

    def name_of(self, snake: str) -> str:
        """`create_training_job` -> `CreateTrainingJob`. Raises LookupError for what the model does not have."""
        folded = snake.replace("_", "")
        if folded not in self._by_folded_name:
            raise LookupError(f"{self.name} has no operation {snake}")
        return self._by_folded_name[folded]

    def resource(self, resource: Resource) -> Resource:
        """Derive the verbs of a declared noun that the model has and nobody wrote by hand."""
        self.resources[resource.name] = resource
        for operation, handler, target in derive(self.model.operations, resource):
            if operation not in self.actions:
                self.answer(operation, handler, target)
        return resource

    def controller(self, resource: Resource) -> Callable[[Reconcile], Reconcile]:
        """Register the function that moves records of `resource` along."""

        def register(reconcile: Reconcile) -> Reconcile:
            self.controllers[resource.name] = reconcile
            return reconcile

        return register

    def background(self, work: Background) -> Background:
        """Register what goes on in every gateway beside the requests, until it is cancelled."""
        self.background_work.append(work)
        return work
