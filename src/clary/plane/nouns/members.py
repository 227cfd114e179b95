"""The members of a request that are acted on, or only shown again. Every other member is rejected by name.

Otherwise a member that no code reads would be a success that did nothing; newer models add members. Does not
know values: these are checked next to the operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, wraps
from typing import Any

from clary.kernel.errors import not_implemented
from clary.plane.action import Handler


class Members:
    """The members of one operation; a path includes lists and everything below it (`A.B` covers `A.B.C`).

    `done` are acted on; `echoed` are only shown again by Describe, each with the reason why that is enough;
    `refused` are rejected by the operation itself, with its own message. Names may be given in one text,
    separated by spaces.
    """

    def __init__(
        self,
        done: str | Iterable[str] = (),
        echoed: Mapping[str, str] | None = None,
        refused: str | Iterable[str] = (),
    ) -> None:
        self.done = _names(done)
        self.echoed = dict(echoed or {})
        self.refused = _names(refused)

    @cached_property
    def paths(self) -> frozenset[str]:
        return frozenset((*self.done, *self.echoed, *self.refused))

    @cached_property
    def whole(self) -> frozenset[str]:
        """The members of the request that are covered with everything below them."""
        return frozenset(path for path in self.paths if "." not in path)

    def covers(self, path: str) -> bool:
        """Return whether a member, or everything below it, is covered."""
        names = path.split(".")
        return any(".".join(names[:length]) in self.paths for length in range(1, len(names) + 1))

    def check(self, service: str, operation: str, params: Mapping[str, Any]) -> None:
        """Raise NotImplemented for a member that has a value and is not covered."""
        if self.whole.issuperset(params):
            return
        for name, value in params.items():
            if name not in self.whole:
                self._check_below(service, operation, name, value)

    def strict(self, service: str, operation: str, handler: Handler) -> Handler:
        """Wrap a handler so that it rejects other members before it does anything, or begins a coroutine."""

        @wraps(handler, updated=())
        def checked(ctx: Any, params: dict[str, Any]) -> Any:
            self.check(service, operation, params)
            return handler(ctx, params)

        return checked

    def _check_below(self, service: str, operation: str, name: str, value: Any) -> None:
        for path in asked(value, name):
            if not self.covers(path):
                raise not_implemented(service, f"{operation} with {path}")


def _names(said: str | Iterable[str]) -> tuple[str, ...]:
    return tuple(said.split() if isinstance(said, str) else said)


def asked(value: Any, path: str) -> Iterator[str]:
    """Yield the paths of all members with a value; what is false or empty asks for nothing.

    A map with the caller's own keys (HyperParameters) is walked like a structure: its parent covers it.
    """
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from asked(inner, f"{path}.{name}")
    elif isinstance(value, list) and any(isinstance(entry, Mapping) for entry in value):
        for entry in value:
            yield from asked(entry, path)
    elif value or (value == 0 and value is not False):
        yield path
