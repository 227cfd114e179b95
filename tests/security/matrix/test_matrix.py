"""Every operation that answers, tried by everybody who must not: unsigned, from another account, without the right,
with the right for everything else, against an explicit Deny, narrowed by a session policy, below a boundary.

An operation that answers and has no input in `inputs/` fails here, so a new service is in it from its first day.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import pytest

from clary.services import load_services
from tests.inprocess import Loop
from tests.security.matrix import callers, exceptions, presigned
from tests.security.matrix.callers import Caller
from tests.security.matrix.case import Case
from tests.security.matrix.row import Row
from tests.security.matrix.snapshot import change
from tests.security.matrix.world import World

SERVICES = load_services()
ANSWERED = [(service, name) for service, found in SERVICES.items() for name in sorted(found.actions)]


def inputs(service: str) -> ModuleType:
    """The module of a service, whose name has `_` behind it where it is a word of Python's."""
    name = service.replace("-", "_")
    return import_module(f"tests.security.matrix.inputs.{name}{'_' * keyword.iskeyword(name)}")


def case_of(service: str, operation: str) -> Case:
    found = inputs(service).CASES.get(operation)
    assert found, f"{service} answers {operation}: give it a Case in {inputs(service).__name__}"
    return found


class Worlds:
    """The world of one service at a time, for all of its operations."""

    def __init__(self, folders: pytest.TempPathFactory, loop: Loop) -> None:
        self._folders = folders
        self._loop = loop
        self._world: World | None = None

    def of(self, service: str) -> World:
        if self._world is None or self._world.service != service:
            self.close()
            self._world = World(service, self._folders.mktemp("w"), self._loop)
            getattr(inputs(service), "prepare", lambda world: None)(self._world)
        return self._world

    def close(self) -> None:
        if self._world is not None:
            self._world.close()


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory, loop: Loop) -> Iterator[Worlds]:
    worlds = Worlds(tmp_path_factory, loop)
    yield worlds
    worlds.close()


@pytest.mark.parametrize(("service", "operation"), ANSWERED, ids=[f"{s}-{o}" for s, o in ANSWERED])
def test_only_the_owner(worlds: Worlds, service: str, operation: str) -> None:
    world = worlds.of(service)
    case = case_of(service, operation)
    row = Row(world, operation, case)
    params = case.make(world)
    callers.deny(world.client("iam", world.root), row.action)
    found = {caller.name: row.tried_by(caller, params) for caller in everybody(world, operation)}
    found["owner"] = row.done_by(world.owner, params)
    found["root"] = row.done_by(world.root, case.make(world))
    assert {name: problems for name, problems in found.items() if problems} == {}


def presigned_by(caller: Caller, service: str, operation: str) -> list[Caller]:
    """The same caller once more for each way to sign a URL."""
    return presigned.forms_of(caller, SERVICES[service].model.operations[operation])


def everybody(world: World, operation: str) -> list[Caller]:
    powerless = next(caller for caller in world.outsiders if caller.name == "powerless")
    return world.outsiders + presigned_by(powerless, world.service, operation)


def test_the_matrix_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """`pytest tests/security/matrix -k whole` says how many calls it is."""
    tried = {
        (service, operation): len(callers.OUTSIDERS) + len(presigned_by(Caller(""), service, operation))
        for service, operation in ANSWERED
        if case_of(service, operation)
    }
    with capsys.disabled():
        print(f"\n{len(tried)} operations, {sum(tried.values())} calls that must not do anything")
    assert len(tried) == sum(len(service.actions) for service in SERVICES.values())


def test_no_input_is_for_what_does_not_answer() -> None:
    unknown = {
        f"{service}:{operation}"
        for service in SERVICES
        for operation in inputs(service).CASES
        if operation not in SERVICES[service].actions
    }
    assert unknown == set()


def test_every_exemption_is_of_an_operation_that_answers() -> None:
    stale = [e for e in exceptions.EXEMPTIONS if (e.service, e.operation) not in ANSWERED or not e.source]
    assert stale == []


@pytest.mark.parametrize(
    ("service", "operation", "changes"),
    [
        ("s3", "PutObject", True),
        ("s3", "UploadPart", True),
        ("s3", "GetObject", False),
        ("sagemaker-runtime", "InvokeEndpoint", True),
    ],
)
def test_what_a_call_changes_is_seen(worlds: Worlds, service: str, operation: str, changes: bool) -> None:
    """Rows, stored bytes, and what a model's worker was asked: or no refusal would prove anything."""
    world = worlds.of(service)
    params = case_of(service, operation).make(world)
    before = world.observer.state()
    assert world.call(world.owner, operation, params).succeeded
    assert bool(change(before, world.observer.state())) is changes
