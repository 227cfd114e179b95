"""Every member of a writing operation is acted on, shown again for a stated reason, or refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import isawaitable
from typing import Any

import pytest
from botocore.model import Shape

from clary.kernel import AwsError
from clary.plane import Members, Service
from clary.plane.action import Action
from clary.services import load_services

SERVICES = load_services()


def paths(shape: Shape | None, path: str = "", above: tuple[str, ...] = ()) -> Iterator[str]:
    """Every member below a structure, lists being transparent; a shape that holds itself is not walked again."""
    while shape is not None and shape.type_name == "list":
        shape = shape.member
    if shape is None or shape.name in above:
        return
    if shape.type_name == "structure" and shape.members:
        for name, inner in shape.members.items():
            yield from paths(inner, f"{path}.{name}" if path else name, (*above, shape.name))
    elif path:
        yield path


def declared() -> list[Any]:
    return [
        pytest.param(service, operation, known, id=f"{service.name}-{operation}")
        for service in SERVICES.values()
        for operation, known in service.accepts.items()
    ]


def answered(handler: Any, request: Any) -> None:
    """Call a handler, of either colour, until it has looked at its request."""
    answer = handler(None, request)
    if isawaitable(answer):
        next(answer.__await__())


every_declaration = pytest.mark.parametrize(("service", "operation", "known"), declared())


@every_declaration
def test_what_is_listed_is_in_the_model(service: Service, operation: str, known: Members) -> None:
    assert operation in service.actions
    every = list(paths(service.model.operations[operation].input))
    for listed in known.paths:
        assert any(path == listed or path.startswith(f"{listed}.") for path in every), listed
    assert not set(known.done) & set(known.echoed)
    assert all(known.echoed.values())


@every_declaration
def test_what_is_not_listed_is_refused_by_name(service: Service, operation: str, known: Members) -> None:
    for path in paths(service.model.operations[operation].input):
        if known.covers(path):
            continue
        request: Any = "x"
        for name in reversed(path.split(".")):
            request = {name: [request]} if isinstance(request, dict) else {name: request}
        with pytest.raises(AwsError) as caught:
            answered(service.actions[operation].handler, request)
        assert (caught.value.code, caught.value.status) == ("NotImplemented", 501)
        assert path in caught.value.message


def is_writing(operation: str, action: Action) -> bool:
    """By its lane; of those that stream by the name as well."""
    reads = action.lane == "stream" and operation.startswith(("Get", "Head", "List"))
    return action.lane not in ("read", "heavy_read") and not reads


def test_every_writing_operation_says_what_it_acts_on() -> None:
    """A member that nobody reads would be a success that did nothing."""
    silent = [
        (service.name, operation)
        for service in SERVICES.values()
        for operation, action in service.actions.items()
        if operation not in service.accepts and is_writing(operation, action)
    ]
    assert silent == []
