"""Every member of a writing operation is acted on, shown again for a stated reason, or refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import Shape

from clary.kernel import AwsError
from clary.plane import Members, Service
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
            service.actions[operation].handler(None, request)
        assert (caught.value.code, caught.value.status) == ("NotImplemented", 501)
        assert path in caught.value.message
